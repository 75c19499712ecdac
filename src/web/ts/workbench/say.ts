import english from "virtual:texts/workbench";

const texts = document.documentElement.lang === "de" ? (await import("virtual:texts/workbench/de")).default : english;

/** A text of the workbench's scripts by its key in texts/workbench.*.toml, with {names} filled in. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  const found = texts[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** "1.2k", "34M": at most three digits before the unit. */
export function short(count: number): string {
  const units: [number, string][] = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
  for (const [size, unit] of units) if (count >= size) return `${(count / size).toFixed(count >= 100 * size ? 0 : 1).replace(/\.0$/, "")}${unit}`;
  return String(count);
}

export function bytes(count: number): string {
  return count < 1000 ? `${count} B` : `${short(count).replace("k", " k")}B`.replace(/(\d)([MG])B/, "$1 $2B");
}
