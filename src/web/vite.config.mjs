import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The `[script]` section of the texts; the file's form is `key = "value"` by line. */
export function scriptTexts() {
  const texts = {};
  let section = "";
  for (const line of readFileSync(join(here, "texts/en.toml"), "utf8").split("\n")) {
    const head = /^\[(\w+)\]/.exec(line);
    if (head) section = head[1];
    const pair = /^(\w+) = (".*")$/.exec(line);
    if (pair && section === "script") texts[pair[1]] = JSON.parse(pair[2]);
  }
  return texts;
}

/** htmx would run text as script if an attribute asked for it. None does, and the content policy would refuse: it is left out. */
const noEvalPlugin = {
  name: "no-eval",
  transform(code, id) {
    if (!id.includes("htmx.esm.js")) return undefined;
    const without = code.replace("return eval(str)", "return undefined");
    if (without === code) throw new Error("htmx no longer has the line that is left out; look where it evaluates text now");
    return { code: without, map: null };
  },
};

const textsPlugin = {
  name: "texts",
  resolveId: (id) => (id === "virtual:texts" ? "\0texts" : undefined),
  load: (id) => (id === "\0texts" ? `export default ${JSON.stringify(scriptTexts())}` : undefined),
};

/** Everything under names with hashes; Plotly in a file of its own, which pages without charts never load. */
export function webConfig(outDir) {
  return {
    root: here,
    base: "./",
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    plugins: [textsPlugin, noEvalPlugin],
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
        input: { main: join(here, "ts/main.ts"), style: join(here, "css/main.css"), plotly: join(here, "css/plotly.css") },
        output: {
          entryFileNames: "[name]-[hash].js",
          chunkFileNames: "[name]-[hash].js",
          assetFileNames: "[name]-[hash][extname]",
          codeSplitting: { groups: [{ name: "plotly", test: /plotly\.js-strict/ }] },
        },
      },
    },
  };
}
