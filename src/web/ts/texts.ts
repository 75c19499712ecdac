import english from "virtual:texts";

/** The page says in which language it is; another one than English is loaded when it is needed. */
const texts = typeof document === "object" && document.documentElement.lang === "de" ? (await import("virtual:texts/de")).default : english;

/** A text of the scripts by its key in texts/*.toml, with {names} filled in. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const found = texts[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
