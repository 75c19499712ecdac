import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** One section of a file of texts; the file's form is `key = "value"` by line. */
export function sectionOf(file, wanted) {
  const texts = {};
  let section = "";
  for (const line of readFileSync(join(here, "texts", file), "utf8").split("\n")) {
    const head = /^\[(\w+)\]/.exec(line);
    if (head) section = head[1];
    const pair = /^(\w+) = (".*")$/.exec(line);
    if (pair && section === wanted) texts[pair[1]] = JSON.parse(pair[2]);
  }
  return texts;
}

/** The texts that are built into the scripts, by the name of the module that holds them. */
const scriptTexts = {
  "virtual:texts": () => sectionOf("en.toml", "script"),
  "virtual:texts/de": () => sectionOf("de.toml", "script"),
  "virtual:texts/workbench": () => sectionOf("workbench.en.toml", "workbench_script"),
  "virtual:texts/workbench/de": () => sectionOf("workbench.de.toml", "workbench_script"),
};

/** Replaces exactly what is said, and stops the build when a new version no longer has it. */
function replaced(code, changes) {
  for (const [from, to] of changes) {
    const next = code.replaceAll(from, to);
    if (next === code) throw new Error(`a package no longer has what is replaced in it: ${from}`);
    code = next;
  }
  return { code, map: null };
}

/**
 * Makes two packages keep to the content policy. htmx would run text as script if an attribute asked for it. Plotly writes <style> elements
 * and style attributes; style sheets made by script and the style property do the same and are allowed.
 */
const policyPlugin = {
  name: "policy",
  transform(code, id) {
    if (id.includes("htmx.esm.js")) return replaced(code, [["return eval(str)", "return undefined"]]);
    if (!id.includes("plotly-strict.min.js")) return undefined;
    const { code: kept } = replaced(code, [
      [/n=document\.createElement\("style"\),n\.setAttribute\("id",i\),n\.appendChild\(document\.createTextNode\(""\)\),document\.head\.appendChild\(n\)/g, "n={sheet:new CSSStyleSheet},document.adoptedStyleSheets.push(n.sheet)"],
      [/if\(!document\.getElementById\("[0-9a-f]{64}"\)\)/g, "if(false)"],
      [/\.attr\("style",/g, ".call(pixStyle,"],
    ]);
    return { code: `function pixStyle(chosen, style) { chosen.each(function () { this.style.cssText = style; }); }\n${kept}`, map: null };
  },
};

const textsPlugin = {
  name: "texts",
  resolveId: (id) => (scriptTexts[id] ? `\0${id}` : undefined),
  load: (id) => (id.startsWith("\0virtual:texts") ? `export default ${JSON.stringify(scriptTexts[id.slice(1)]())}` : undefined),
};

/** Everything under names with hashes; Plotly in a file of its own, which pages without charts never load. */
export function webConfig(outDir) {
  return {
    root: here,
    base: "./",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [textsPlugin, policyPlugin],
    build: {
      outDir,
      emptyOutDir: true,
      manifest: "manifest.json",
      assetsDir: "",
      assetsInlineLimit: 0,
      modulePreload: false,
      sourcemap: false,
      target: ["chrome123", "firefox120", "safari17.5"],
      reportCompressedSize: false,
      chunkSizeWarningLimit: 6000,
      rollupOptions: {
        input: { main: join(here, "ts/main.ts"), style: join(here, "css/main.css") },
        output: {
          entryFileNames: "[name]-[hash].js",
          chunkFileNames: "[name]-[hash].js",
          assetFileNames: "[name]-[hash][extname]",
          codeSplitting: { groups: [{ name: "frame", test: /src\/web\/ts\/(copy_button|dialog|each|element|filter|fuzzy|keys|live|live_part|menu|morph|palette|run|show_if|sidebar|storage|swap|texts|theme|time|toasts)\.ts|preload-helper/ }, { name: "plotly", test: /plotly\.js-strict/ }, { name: "codemirror", test: /node_modules\/(@codemirror\/(state|view|language|commands|search|autocomplete)|@lezer\/(common|highlight|lr)|style-mod|crelt|w3c-keyname|@marijn)\// }] },
        },
      },
    },
  };
}
