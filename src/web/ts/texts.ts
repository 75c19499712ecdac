import texts from "virtual:texts";

/** A text of the scripts by its key in texts/en.toml, with {names} filled in. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  const found = texts[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
