// The walk of a first visit: dashboard, the Lorenz tool, its chart, its history, a chat, a long job, the palette, the
// themes and a phone. With PIX_PICTURES=1 it also takes the pictures in docs/pictures.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import {
  ROOT, accessibilityProblems, bytesOfFirstLoad, layoutShifts, openPage, smallControls, startBrowser, startServer, until,
} from "./pix.mjs";
import { smallPng } from "./png.mjs";

const BUDGET = 60 * 1024; // bytes of a first load, compressed, before a page's heavy part
const HEAVY = /plotly|leaflet|codemirror|xterm|katex/i;

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A test with a page of its own, which has to end without a problem in the page. */
function walk(name, options, body) {
  test(name, async () => {
    const page = await openPage(browser, options);
    try {
      await body(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

async function runLorenz(page) {
  await page.goto(`${server.origin}/tool/lorenz-ode-solver`);
  await page.locator('input[name="rho"]').fill("28"); // the form has what was sent last
  await page.locator("[data-run-button]").click();
  await chartIsDrawn(page, "attractor");
}

/** Plotly has drawn a path with many points and the two axis titles. */
async function chartIsDrawn(page, key) {
  const chart = page.locator(`#out-${key} .js-plotly-plot`).first();
  await chart.waitFor();
  await until(
    () => chart.evaluate((plot) => [...plot.querySelectorAll(".scatterlayer path.js-line")].some((path) => path.getAttribute("d").length > 5000)),
    `the line of ${key}`,
  );
  return chart;
}

walk("the dashboard loads light, paints and stays where it is", {}, async (page) => {
  const { total, listed } = await bytesOfFirstLoad(page, `${server.origin}/`);
  assert.ok(total > 1000 && total <= BUDGET, `${total} bytes: ${JSON.stringify(listed)}`);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  assert.ok(paint > 0, "something was painted");
  assert.deepEqual(await layoutShifts(page), []);
  for (const tool of ["Lorenz attractor", "Streaming chat", "Long job", "Disk usage", "Text statistics", "Mandelbrot set"]) {
    await page.getByRole("link", { name: tool }).first().waitFor();
  }
});

walk("a tool's page is light before its chart", {}, async (page) => {
  const { total, listed } = await bytesOfFirstLoad(page, `${server.origin}/tool/lorenz-ode-solver`);
  const light = listed.filter(({ url }) => !HEAVY.test(url)).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(light <= BUDGET, `${light} of ${total} bytes: ${JSON.stringify(listed)}`);
  assert.deepEqual(await layoutShifts(page), []);
});

walk("the Lorenz tool is found, filled in, run and seen as x against z", {}, async (page) => {
  await page.goto(server.origin);
  await page.getByRole("link", { name: "Lorenz attractor" }).first().click();
  await page.waitForURL("**/tool/lorenz-ode-solver");
  await page.locator('input[name="rho"]').fill("29.5");
  await page.locator("[data-run-button]").click();
  const chart = await chartIsDrawn(page, "attractor");
  assert.equal((await chart.locator(".xtitle").textContent()).trim(), "x");
  assert.equal((await chart.locator(".ytitle").textContent()).trim(), "z");
  const box = await chart.boundingBox();
  assert.ok(box.width > 300 && box.height > 250, JSON.stringify(box));
  await chartIsDrawn(page, "coordinates");
  assert.match(await page.locator("#out-summary table").innerText(), /Deviation[\s\S]*z/);
  assert.equal(await page.locator(".pixie-error").count(), 0);

  // History names the run; opening it shows what went in and what came out.
  const menu = page.locator("details.menu").filter({ hasText: /history/i }).first();
  await menu.locator("summary").click();
  const item = menu.locator("a, button").filter({ hasText: /[0-9a-f]{8}/ }).first();
  await item.waitFor();
  const id = /[0-9a-f]{8}/.exec(await item.innerText())[0];
  const runs = await (await page.request.get(`${server.origin}/tool/lorenz-ode-solver/runs`, { headers: { Accept: "application/json" } })).json();
  const run = runs.find(({ run_id }) => run_id.startsWith(id));
  await page.goto(`${server.origin}/tool/lorenz-ode-solver/runs/${run.run_id}`);
  await chartIsDrawn(page, "attractor");
  assert.equal(await page.locator('input[name="rho"]').inputValue(), "29.5");
  assert.ok((await page.locator("main").innerText()).includes(id));
});

walk("what a tool refuses is said beside the form", {}, async (page) => {
  await page.goto(`${server.origin}/tool/lorenz-ode-solver`);
  await page.locator("#run-form").evaluate((form) => form.setAttribute("novalidate", ""));
  await page.locator('input[name="rho"]').fill("1000");
  await page.locator("[data-run-button]").click();
  const panel = page.locator(".pixie-error");
  await panel.waitFor();
  assert.match(await panel.innerText(), /400/);
  assert.deepEqual(await accessibilityProblems(page), []);
});

walk("a chat streams its reply, and it is still there afterwards", {}, async (page) => {
  await page.goto(`${server.origin}/tool/streaming-chat`);
  await page.locator('[name="message"]').fill("I am happy with my tests");
  await page.locator("[data-run-button]").click();
  const reply = page.locator("#out-reply [data-stream-text]");
  const seen = new Set();
  await until(async () => {
    const text = (await reply.count()) ? await reply.innerText() : "";
    seen.add(text.length);
    return /[.?] .*\.$/s.test(text);
  }, "the whole reply");
  assert.ok(seen.size > 3, `it came in ${seen.size} steps`);
  const whole = await reply.innerText();
  await until(async () => /done|finished|ok|complete/i.test(await page.locator("#output-panel").innerText()), "the end of the run");
  await page.reload();
  const runs = await (await page.request.get(`${server.origin}/tool/streaming-chat/runs`, { headers: { Accept: "application/json" } })).json();
  await page.goto(`${server.origin}/tool/streaming-chat/runs/${runs[0].run_id}`);
  assert.ok((await page.locator("#out-reply").innerText()).includes(whole));
});

walk("a long job shows its progress and is cancelled from the page", {}, async (page) => {
  await page.goto(`${server.origin}/tool/long-job`);
  await page.locator('[name="stages"]').fill("200");
  await page.locator("[data-run-button]").click();
  await until(async () => ((await page.locator("#out-progress progress").first().getAttribute("value")) ?? 0) > 0.005, "progress");
  await page.locator("#out-log").getByText(/Stage 2/).first().waitFor();
  await page.locator("[data-run-cancel]:visible").first().click();
  await until(async () => /cancelled/i.test(await page.locator("main").innerText()), "the word cancelled");
  const runs = await (await page.request.get(`${server.origin}/tool/long-job/runs`, { headers: { Accept: "application/json" } })).json();
  assert.equal(runs[0].status, "cancelled");
});

walk("every example runs from its page", {}, async (page) => {
  for (const [tool, key, what] of [
    ["cpp-mandelbrot", "picture", "img"],
    ["cpp-mandelbrot", "escape_times", ".js-plotly-plot"],
    ["node-text-stats", "overview", ".prose strong"],
    ["disk-usage", "folders", "td"],
  ]) {
    await page.goto(`${server.origin}/tool/${tool}`);
    await page.locator("[data-run-button]").click();
    await page.locator(`#out-${key} ${what}`).first().waitFor();
  }
});

walk("the palette finds a tool by keyboard alone", {}, async (page) => {
  await page.goto(server.origin);
  await page.keyboard.press("Control+k");
  const field = page.locator("dialog[open] input").first();
  await field.waitFor();
  await field.pressSequentially("mandel");
  await page.locator("dialog[open]").getByText("Mandelbrot set").first().waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/tool/cpp-mandelbrot");
  await page.keyboard.press("Control+k");
  await field.waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("dialog[open]").count(), 0);
});

walk("a run is started by keyboard alone", {}, async (page) => {
  await page.goto(`${server.origin}/tool/node-text-stats`);
  for (let presses = 0; presses < 60; presses += 1) {
    if (await page.evaluate(() => document.activeElement?.getAttribute("name") === "text")) break;
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Control+a");
  await page.keyboard.type("tide tide sea");
  await page.keyboard.press("Control+Enter");
  await until(async () => /3 words/.test(await page.locator("#output-panel").innerText()), "the overview");
  await page.keyboard.press("Escape");
  await page.locator("body").click({ position: { x: 2, y: 2 } });
  await page.keyboard.press("?");
  await page.locator("dialog[open]").filter({ hasText: /key/i }).waitFor();
});

walk("the theme is switched and kept", {}, async (page) => {
  await page.goto(server.origin);
  const background = () => page.evaluate(() => ["html", "body", ".sidebar"].map((part) => getComputedStyle(document.querySelector(part)).backgroundColor).join());
  const light = await background();
  await chooseTheme(page, "dark");
  await until(async () => (await background()) !== light, "the dark background");
  const dark = await background();
  await page.reload();
  assert.equal(await background(), dark);
  await chooseTheme(page, "light");
  await until(async () => (await background()) === light, "the light background");
});

/** Presses the theme button until the page is in that theme. */
async function chooseTheme(page, theme) {
  const now = () => page.locator("html").getAttribute("data-theme");
  for (let presses = 0; presses < 3 && (await now()) !== theme; presses += 1) {
    const before = await now();
    await page.locator('.topbar [name="theme"]').click();
    await until(async () => (await now()) !== before, "another theme");
  }
  assert.equal(await now(), theme);
}

walk("a phone shows the same tool without sideways scrolling", { width: 390, height: 844, touch: true }, async (page) => {
  await runLorenz(page);
  for (const target of ["/", "/tool/lorenz-ode-solver", "/tool/long-job", "/runs", "/empty"]) {
    await page.goto(server.origin + target);
    const [inner, content] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(content <= inner, `${target} is ${content} px wide on a screen of ${inner}`);
    assert.deepEqual(await smallControls(page, 44), [], target);
  }
});

for (const theme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    const touch = width === 390;
    walk(`every page is accessible, ${theme}, ${width} px`, { width, height, theme, touch }, async (page) => {
      for (const [name, open] of pages()) {
        await open(page);
        assert.deepEqual(await accessibilityProblems(page), [], name);
        if (!touch) assert.deepEqual(await smallControls(page, 24), [], name);
        await takePicture(page, `${name}-${width}-${theme}`);
      }
    });
  }
}

/** Each page of the tools door by the name of its picture. */
function pages() {
  const at = (target) => (page) => page.goto(server.origin + target, { waitUntil: "networkidle" });
  return [
    ["dashboard", at("/")],
    ["tool", runLorenz],
    ["form", at("/tool/lorenz-ode-solver")],
    ["chat", async (page) => {
      await at("/tool/streaming-chat")(page);
      await page.locator("[data-run-button]").click();
      await until(async () => /\.$/.test(await page.locator("#out-reply").innerText()), "a reply");
    }],
    ["past-run", async (page) => {
      const runs = await (await page.request.get(`${server.origin}/tool/lorenz-ode-solver/runs`, { headers: { Accept: "application/json" } })).json();
      await at(`/tool/lorenz-ode-solver/runs/${runs[0].run_id}`)(page);
      await chartIsDrawn(page, "attractor");
    }],
    ["runs", at("/runs")],
    ["settings", at("/settings")],
    ["empty", at("/empty")],
    ["not-found", at("/no/such/page")],
  ];
}

async function takePicture(page, name) {
  if (process.env.PIX_PICTURES !== "1") return;
  const folder = join(ROOT, "docs", "pictures");
  mkdirSync(folder, { recursive: true });
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(300);
  writeFileSync(join(folder, `${name}.png`), smallPng(await page.screenshot()));
}

test("a page is useful without script", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.origin);
  await page.getByRole("link", { name: "Lorenz attractor" }).first().click();
  await page.locator('input[name="rho"]').fill("28");
  await page.locator('button[form="run-form"][type="submit"]').click();
  await page.locator("#out-summary td").first().waitFor();
  await context.close();
});
