// node src/web/build.mjs OUT: builds the pages' styles, scripts and icons into OUT/static and writes OUT/names.cc, which
// tells the server their names.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { appIcon, appIconPng } from "./icons/app_icon.mjs";
import { symbols } from "./icons/symbols.mjs";
import { offlinePage, workerScript, webManifest } from "./offline.mjs";
import { webConfig } from "./web_config.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = resolve(process.argv[2] ?? "build/web");
const folder = join(out, "static");
const names = {};

/** Writes a file under a name that holds its hash, as Vite does. */
function keep(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 7);
  const hashed = name.replace(/(\.\w+)$/, `-${hash}0$1`);
  writeFileSync(join(folder, hashed), bytes);
  names[name] = hashed;
}

function keepPlain(name, text) {
  writeFileSync(join(folder, name), text);
  names[name] = name;
}

/** A C++ raw string in pieces, because compilers need not take long ones. */
function literal(text) {
  return text.match(/[\s\S]{1,8000}/g).map((piece) => `R"pix(${piece})pix"`).join("\n    ");
}

function namesSource(icons) {
  const rows = Object.entries(names).sort().map(([name, path]) => `    {"${name}", "${path}"},`);
  return `#include "web/assets.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pix::web {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, ${rows.length}> names{{
${rows.join("\n")}
}};

constexpr std::array<std::string_view, ${icons.names.length}> icon_names{{
${icons.names.map((name) => `    "${name}",`).join("\n")}
}};

constexpr std::string_view symbol_text =
    ${literal(icons.text)};

} // namespace

std::string_view asset_url(std::string_view name)
{
    auto const* found = std::ranges::find(names, name, &std::pair<std::string_view, std::string_view>::first);
    return found == names.end() ? std::string_view() : found->second;
}

std::string_view symbols()
{
    return symbol_text;
}

bool has_icon(std::string_view name)
{
    return std::ranges::binary_search(icon_names, name);
}

} // namespace pix::web
`;
}

rmSync(out, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
await build(webConfig(folder));
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
rmSync(join(folder, "manifest.json"));
const short = { "ts/main.ts": "main.js", "css/main.css": "style.css" };
for (const [source, name] of Object.entries(short)) names[name] = manifest[source].file;

keep("icon.svg", appIcon());
keep("icon-192.png", appIconPng(192));
keep("icon-512.png", appIconPng(512));
keepPlain("offline.html", offlinePage(join(here, "texts/en.toml"), names));
keepPlain("worker.js", workerScript(names));
keepPlain("manifest.webmanifest", webManifest(names));
writeFileSync(join(out, "names.json"), JSON.stringify(names, null, 2));
writeFileSync(join(out, "names.cc"), namesSource(symbols()));
