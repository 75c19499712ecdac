// A Pix server and a Chromium for browser tests, and what each page is measured by.

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { chromium } from "playwright-core";

export const ROOT = resolve(import.meta.dirname, "../..");
const BUILD = resolve(process.env.PIX_BUILD ?? join(ROOT, "build"));
const DEADLINE = 30_000; // ms; for whatever the machine may be slow at, never for a speed
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--no-first-run",
];

/** `pix serve` on free ports with the example tools in a folder of its own; `prepare` fills the user's home first. */
export async function startServer(prepare = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), "pix-e2e-"));
  const home = join(folder, "home");
  const tools = join(folder, "tools");
  mkdirSync(join(folder, "user"), { recursive: true });
  cpSync(join(BUILD, "examples/tools"), tools, { recursive: true });
  prepare(join(folder, "user"));
  const log = join(folder, "log");
  const output = openSync(log, "a");
  const node = resolve(process.execPath, "..");
  const server = spawn(
    join(BUILD, "pix"),
    ["serve", "--home", home, "--tools-dir", tools, "--user-home", join(folder, "user"), "--tools-port", "0",
      "--workbench-port", "0", "--security-port", "0"],
    { stdio: ["ignore", output, output], env: { PATH: `${node}:/usr/local/bin:/usr/bin:/bin`, HOME: join(folder, "user") } },
  );
  const ended = new Promise((done) => server.once("exit", done));
  const doors = join(home, "doors.json");
  await until(() => {
    if (server.exitCode !== null) throw new Error(`pix serve ended with ${server.exitCode}:\n${readFileSync(log, "utf8")}`);
    return existsSync(doors);
  }, "doors.json");
  const origins = JSON.parse(readFileSync(doors, "utf8"));
  return {
    origin: origins.tools,
    workbench: origins.workbench,
    async stop() {
      server.kill("SIGTERM");
      const late = setTimeout(() => server.kill("SIGKILL"), DEADLINE);
      await ended;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function startBrowser() {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
}

/** Polls until the condition holds and returns its value. */
export async function until(condition, what) {
  const deadline = Date.now() + DEADLINE;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A page that notes what went wrong in it: errors, refused content, failed requests; and layout shifts. */
export async function openPage(browser, { width = 1440, height = 900, theme = "light", touch = false } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, hasTouch: touch, isMobile: touch, locale: "en-GB",
    timezoneId: "Europe/London", reducedMotion: "reduce",
  });
  context.setDefaultTimeout(DEADLINE);
  await context.addInitScript(() => {
    globalThis.pixShifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        if (entry.hadRecentInput) continue;
        const from = entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 200) ?? "");
        globalThis.pixShifts.push({ value: entry.value, from });
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(`error: ${error.stack ?? error}`));
  page.on("console", (message) => {
    // A page of its own says 404 by intent; the browser logs the document's status as an error.
    if (message.type() === "error" && !/status of 404/.test(message.text())) page.problems.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") page.problems.push(`request: ${request.url()} ${why}`);
  });
  return page;
}

/** Bytes on the wire for everything a first visit loads, until the page is quiet. */
export async function bytesOfFirstLoad(page, url) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const parts = new Map();
  const urls = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => urls.set(requestId, response.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => parts.set(requestId, encodedDataLength));
  await page.goto(url, { waitUntil: "networkidle" });
  await session.detach();
  const listed = [...parts].map(([id, bytes]) => ({ url: urls.get(id), bytes })).sort((a, b) => b.bytes - a.bytes);
  return { total: listed.reduce((sum, part) => sum + part.bytes, 0), listed };
}

/** What axe finds: one line a violation and place. */
export async function accessibilityProblems(page) {
  await page.evaluate(AXE);
  const result = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 300)} ${failureSummary.slice(0, 300)}`),
  );
}

/** Controls that are smaller than they may be: 24 px, 44 on touch. */
export async function smallControls(page, least) {
  return page.evaluate((minimum) => {
    const found = [];
    for (const control of document.querySelectorAll("button, select, summary, textarea, input:not([type=hidden]), .button, [role=button]")) {
      const place = control.closest("label") ?? control;
      const { width, height } = place.getBoundingClientRect();
      const visible = control.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      const offScreen = control.closest(".visually-hidden, .skip-link, [inert]") !== null;
      const drawn = control.closest(".js-plotly-plot") !== null;
      if (!visible || offScreen || drawn || width === 0) continue;
      if (height < minimum - 0.5 || width < minimum - 0.5) found.push(`${Math.round(width)}x${Math.round(height)} ${control.outerHTML.slice(0, 160)}`);
    }
    return found;
  }, least);
}

export async function layoutShifts(page) {
  await page.waitForTimeout(300);
  const shifts = await page.evaluate(() => globalThis.pixShifts);
  return shifts.filter(({ value }) => value > 0.001);
}
