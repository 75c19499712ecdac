// The icons of names.txt as symbols that a page holds once and refers to by `#i-NAME`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const icons = join(dirname(createRequire(import.meta.url).resolve("lucide-static/package.json")), "icons");

export function symbols() {
  const names = readFileSync(join(here, "names.txt"), "utf8").split("\n").filter(Boolean).sort();
  const text = names
    .map((name) => {
      const svg = readFileSync(join(icons, `${name}.svg`), "utf8");
      const drawing = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/<svg[\s\S]*?>/, "").replace("</svg>", "");
      return `<symbol id="i-${name}" viewBox="0 0 24 24">${drawing.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`;
    })
    .join("");
  return { names, text };
}
