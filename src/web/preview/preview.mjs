// Serves the templates with sample views on loopback; with --look DIR takes pictures and checks every page with axe; with
// --walk tries the behaviours.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";
import { symbols } from "../icons/symbols.mjs";
import { render } from "./mustache.mjs";
import { frame, pages } from "./samples.mjs";
import { answerStream, finalFragment, openLive, streamFragment, walk } from "./walk.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const app = join(root, "src/app");
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; media-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json" };

function texts() {
  const found = {};
  let section = "";
  for (const line of readFileSync(join(root, "src/web/texts/en.toml"), "utf8").split("\n")) {
    const head = /^\[(\w+)\]/.exec(line);
    if (head) found[(section = head[1])] = {};
    const pair = /^(\w+) = (".*")$/.exec(line);
    if (pair) found[section][pair[1]] = JSON.parse(pair[2]);
  }
  return found;
}

const out = mkdtempSync(join(tmpdir(), "pix-preview-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(0));
const built = spawnSync(process.execPath, [join(root, "src/web/build.mjs"), out], { stdio: ["ignore", "inherit", "inherit"] });
if (built.status !== 0) process.exit(1);
const names = JSON.parse(readFileSync(join(out, "names.json"), "utf8"));
const icons = symbols().text;

function page(path, look) {
  const { html, template, view, active, title, crumbs } = pages[path];
  const t = texts();
  const load = (name) => readFileSync(join(app, `${name}.html`), "utf8");
  const body = html ? html() : render(load(template), { t, ...view }, load);
  return render(load("frame"), { t, ...frame(active, title, crumbs, body, names, icons, look) }, load);
}

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const answer = (status, type, body) => response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": policy }).end(body);
  const look = { theme: url.searchParams.get("theme") ?? "system", accent: url.searchParams.get("accent") ?? "indigo", density: url.searchParams.get("density") ?? "comfortable" };
  if (request.method === "POST" && url.pathname === "/tool/run") return answer(200, "text/html", streamFragment);
  if (url.pathname === "/tool/stream") return answerStream(request, response);
  if (url.pathname === "/final") return answer(200, "text/html", finalFragment);
  if (request.method === "POST") return answer(204, "text/plain", "");
  if (url.pathname.startsWith("/static/") && !url.pathname.includes("..")) {
    const type = types[extname(url.pathname)] ?? "text/plain";
    return answer(200, type, readFileSync(join(out, url.pathname)));
  }
  if (url.pathname === "/manifest.webmanifest") return answer(200, types[".webmanifest"], readFileSync(join(out, "static/manifest.webmanifest")));
  if (url.pathname === "/log") return answer(200, "text/plain", Array.from({ length: 500 }, (_, index) => `INFO line ${index}`).join("\n"));
  const known = pages[url.pathname] ? url.pathname : "/missing";
  return answer(known === "/missing" ? 404 : 200, "text/html; charset=utf-8", page(known, look));
});
const looking = process.argv[2] === "--look" ? process.argv[3] : undefined;
const walking = process.argv[2] === "--walk";
const live = openLive(server);
await new Promise((done) => server.listen(looking || walking ? 0 : Number(process.argv[2] ?? 0), "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;

async function startBrowser() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
}

/** What opens over a page: the palette, the keys, a toast, the phone's drawer. */
async function openThings(tab, folder, width, theme) {
  const results = [];
  const look = async (name) => {
    await tab.waitForTimeout(200);
    await tab.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`) });
    results.push([name, await tab.evaluate(() => axe.run(document).then((result) => result.violations.map((one) => `${one.id} ${one.nodes[0].target.join(" ")}`)))]);
  };
  await tab.keyboard.press("Control+k");
  await tab.keyboard.type("lor");
  await look("palette");
  await tab.keyboard.press("Escape");
  await tab.keyboard.press("?");
  await look("keys");
  await tab.keyboard.press("Escape");
  await tab.evaluate(() => document.body.dispatchEvent(new CustomEvent("pixie:toast", { detail: { text: "The run was cancelled", kind: "success", undo: { url: "/undo" } } })));
  if (width === 390) await tab.click("[data-drawer-open]");
  await look(width === 390 ? "drawer" : "toast");
  return results;
}

async function takePictures(folder) {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  mkdirSync(folder, { recursive: true });
  const browser = await startBrowser();
  let problems = 0;
  const only = process.argv[4]?.split(",");
  for (const width of [1440, 390])
    for (const theme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: theme, hasTouch: width === 390, isMobile: width === 390, bypassCSP: false, reducedMotion: "reduce" });
      for (const path of Object.keys(pages)) {
        if (only && !only.includes(path)) continue;
        const tab = await context.newPage();
        const complaints = [];
        tab.on("console", (message) => ["error", "warning"].includes(message.type()) && !/WebSocket|404/.test(message.text()) && complaints.push(message.text()));
        tab.on("pageerror", (error) => complaints.push(String(error)));
        await tab.goto(`${origin}${path}`, { waitUntil: "load" });
        if (/chart|tool/.test(path)) await tab.waitForFunction(() => [...document.querySelectorAll("pix-chart")].every((one) => one.querySelector(".main-svg")), undefined, { timeout: 30_000 }).catch(() => complaints.push("a chart was not drawn"));
        await tab.waitForTimeout(300);
        const wide = (await tab.evaluate(() => document.documentElement.scrollWidth)) - width;
        if (wide > 0) complaints.push(`${wide} px wider than the window`);
        await tab.screenshot({ path: join(folder, `${path.slice(1) || "dashboard"}-${width}-${theme}.png`), fullPage: width > 390 });
        if (width === 390) await tab.evaluate(() => scrollBy(0, 100_000));
        if (width === 390) await tab.screenshot({ path: join(folder, `${path.slice(1) || "dashboard"}-${width}-${theme}-end.png`) });
        const found = await tab.evaluate(`${axe}; axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then((result) => result.violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? node.all[0]?.message ?? "")).join(" | ")))`).catch((error) => [String(error)]);
        const opened = path === "/" ? await openThings(tab, folder, width, theme) : [];
        for (const [name, violations] of opened) if (violations.length) found.push(`${name}: ${violations.join(", ")}`);
        for (const problem of [...complaints, ...found]) console.log(`${path} ${width} ${theme}: ${problem}`);
        problems += complaints.length + found.length;
        await tab.close();
      }
      await context.close();
    }
  await browser.close();
  return problems;
}

if (looking) {
  const problems = await takePictures(looking);
  server.close();
  console.log(`${problems} problems`);
  process.exit(problems ? 1 : 0);
}
if (walking) {
  const browser = await startBrowser();
  const steps = await walk(browser, origin, live).finally(() => browser.close());
  console.log(`${steps} steps`);
  process.exit(0);
}
console.log(origin);
