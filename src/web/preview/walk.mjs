// A walk through the behaviours in a real browser, against the preview's samples and pretended streams.
import assert from "node:assert/strict";
import { WebSocketServer } from "ws";

const card = (key, type) => `<article class="card output-card" id="out-${key}" data-output-key="${key}" data-output-type="${type}"><header class="card-head"><h2 class="card-title">${key}</h2></header><div class="card-body" data-output-body></div></article>`;

/** What the run route of a streaming tool answers, in small. */
export const streamFragment = `<div class="output-streaming" data-run-id="r1" hx-ext="sse" sse-connect="/tool/stream?run_id=r1" sse-close="done" data-final-url="/final"><div class="run-bar"><span class="badge" data-state="info" data-stream-state>Running</span><span class="run-timer numeric" data-run-timer></span><button class="button button-small" data-run-cancel hidden>Cancel</button><span class="run-note" role="status"></span></div>${card("answer", "stream_text")}${card("log", "log")}${card("curve", "chart_line")}${card("part", "progress")}${card("cells", "table")}</div>`;
export const finalFragment = `<div>${card("cells", "table").replace("></div></article>", "><p>the server's table</p></div></article>")}</div>`;

/** Breaks off after the first events, to see the browser come back with the last id. */
export function answerStream(request, response) {
  const after = Number(request.headers["last-event-id"] ?? 0);
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const events = [
    { output_key: "answer", value: "Hello" },
    { output_key: "answer", value: ", world" },
    { output_key: "log", value: { lines: ["INFO one"] } },
    { part: 0.4, done: false },
    { x: 1, y: 2, val_y: 3, done: false },
    { x: 2, y: 4, val_y: 5, done: false },
    { output_key: "log", value: { lines: ["ERROR two"] } },
    { output_key: "cells", value: { rows: [] } },
    { chunk: "!", done: false },
    { part: 1, done: true },
  ];
  response.write("retry: 50\n\n");
  events.slice(after, after ? undefined : 5).forEach((event, index) => response.write(`id: ${after + index + 1}\ndata: ${JSON.stringify(event)}\n\n`));
  if (after) response.write("event: done\ndata: {}\n\n");
  setTimeout(() => response.end(), 100);
}

/** The server's side of /live: keeps what pages say and lets the walk speak. */
export function openLive(server) {
  const sockets = new WebSocketServer({ server, path: "/live" });
  const said = [];
  sockets.on("connection", (socket) => socket.on("message", (text) => said.push(JSON.parse(String(text)))));
  return { said, send: (frames) => sockets.clients.forEach((socket) => socket.send(JSON.stringify(frames))), drop: () => sockets.clients.forEach((socket) => socket.terminate()), close: () => sockets.close() };
}

async function until(what, check) {
  for (let tries = 0; tries < 200; ++tries) {
    if (await check()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`never happened: ${what}`);
}

export async function walk(browser, origin, live) {
  const tab = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const complaints = [];
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("console", (message) => message.type() === "error" && !/WebSocket|404/.test(message.text()) && complaints.push(message.text()));
  const text = (selector) => tab.locator(selector).first().innerText();
  const passed = [];
  const step = async (name, act) => {
    await act();
    passed.push(name);
    console.log(`ok ${name}`);
  };

  await step("a streamed run fills its cards, survives a lost connection and loads what only the server draws", async () => {
    await tab.goto(`${origin}/tool`);
    await tab.waitForFunction(() => document.querySelector("pix-log .log-line"));
    await tab.click("[data-run-button]");
    await until("done", async () => (await tab.locator("[data-stream-state]").count()) && (await text("[data-stream-state]")) === "Done");
    assert.equal(await text("#out-answer [data-output-body]"), "Hello, world!");
    await until("both log lines", async () => (await tab.locator("#out-log .log-line").count()) === 2);
    await until("two points on two series", () => tab.evaluate(() => JSON.stringify(document.querySelector("#out-curve pix-chart")?.figure?.series) === '[{"name":"y","y":[2,4]},{"name":"val","y":[3,5]}]'));
    assert.match(await text("#out-part .progress-text"), /100 %/);
    await until("the server's table", async () => (await text("#out-cells [data-output-body]")) === "the server's table");
    assert.equal(await tab.locator("[data-run-button][aria-busy]").count(), 0);
  });

  await step("fields follow their condition and widgets keep the native value", async () => {
    await tab.goto(`${origin}/tool`);
    assert.equal(await tab.locator("#in-damp").isVisible(), false);
    await tab.check("input[value=euler]");
    assert.equal(await tab.locator("#in-damp").isVisible(), true);
    await tab.locator("pix-tags .tags input").fill("new");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.locator("#in-tags").inputValue(), '["chaos","ode","new"]');
    await tab.locator("pix-grid input").nth(1).fill("7");
    assert.equal(await tab.locator("#in-start").inputValue(), '[{"x":1,"y":7}]');
    await tab.locator("#in-json").fill("{");
    await until("the JSON's state", async () => (await tab.locator(".json-state").getAttribute("data-state")) === "bad");
    await tab.click("button[type=reset]");
    await until("the tags' return", async () => (await tab.locator("pix-tags .tag").count()) === 2);
  });

  await step("a table sorts, filters and turns its pages", async () => {
    await tab.click("th:has-text('Least') button");
    const first = Number(await text("pix-table tbody tr td:nth-child(2)"));
    await tab.click("th:has-text('Least') button");
    assert.ok(Number(await text("pix-table tbody tr td:nth-child(2)")) > first);
    await tab.locator("pix-table input[type=search]").fill("-18.000");
    assert.equal(await tab.locator("pix-table tbody tr").count(), 1);
  });

  await step("a log of 300,000 lines draws only what is in view and finds one line", async () => {
    const drawn = () => tab.locator("#out-log .log-line").count();
    assert.ok((await drawn()) < 100);
    await tab.locator("#out-log .log-view").evaluate((view) => (view.scrollTop = view.scrollHeight));
    await until("the last line", async () => (await tab.locator("#out-log .log-line").last().innerText()).includes("step 299999"));
    await tab.locator("#out-log input[type=search]").fill("step 123456:");
    await until("no line", async () => (await text("#out-log .push")).startsWith("0 of"));
  });

  await step("the palette finds, the keys go, the list moves", async () => {
    await tab.goto(`${origin}/runs`);
    await tab.waitForLoadState("load");
    await tab.keyboard.press("j");
    await tab.keyboard.press("j");
    assert.match(await tab.evaluate(() => document.activeElement.textContent), /Nightly scan/);
    await tab.keyboard.press("k");
    assert.match(await tab.evaluate(() => document.activeElement.textContent), /Count primes/);
    await tab.keyboard.press("g");
    await tab.keyboard.press("t");
    await tab.waitForURL(`${origin}/`);
    await tab.keyboard.press("Control+k");
    await tab.keyboard.type("runs");
    await tab.keyboard.press("Enter");
    await tab.waitForURL(`${origin}/runs`);
    await tab.keyboard.press("/");
    assert.equal(await tab.evaluate(() => document.activeElement.id), "runs-text");
  });

  await step("live rows are swapped in place, new ones go to the front, and a lost connection asks for what was missed", async () => {
    await until("a subscription", () => live.said.some((message) => message.subscribe?.jobs === 0));
    const row = (id, title) => `<li class="row run-row" id="run-${id}" data-live-into="runs-list"><span class="badge">x</span><a class="row-main" href="/run"><span class="row-title">${title}</span></a></li>`;
    await tab.locator("#run-job_1 .row-main").focus();
    live.send([{ stream: "jobs", number: 7, kind: "job_progress", html: row("job_1", "Changed") }, { stream: "jobs", number: 8, kind: "job_enqueued", html: row("job_9", "Brand new") }]);
    await until("the change", async () => (await text("#run-job_1 .row-title")) === "Changed");
    assert.equal(await tab.evaluate(() => document.activeElement.closest("li")?.id), "run-job_1");
    assert.equal(await tab.locator("#runs-list > li").first().getAttribute("id"), "run-job_9");
    live.said.length = 0;
    live.drop();
    await until("the next subscription", () => live.said.some((message) => message.subscribe?.jobs === 8));
    live.send([{ stream: "jobs", number: 99, kind: "resync" }]);
    await until("the part's return", async () => (await tab.locator("#run-job_9").count()) === 0);
  });

  await step("the theme changes at once and stays", async () => {
    await tab.click(".sidebar-foot [data-theme-form] button");
    assert.equal(await tab.evaluate(() => document.documentElement.dataset.theme), "dark");
    await tab.goto(`${origin}/settings`);
    await until("the kept theme", () => tab.evaluate(() => document.documentElement.dataset.theme === "dark"));
  });

  await step("pages are of use without script", async () => {
    const plain = await browser.newPage({ javaScriptEnabled: false });
    await plain.goto(`${origin}/`);
    await plain.click("text=Mandelbrot set >> nth=0");
    assert.match(await plain.locator("h1").innerText(), /Lorenz/);
    assert.equal(await plain.locator("#in-tags").isVisible(), true);
    assert.equal(await plain.locator("pix-table tbody tr").count(), 40);
    await plain.close();
  });

  assert.deepEqual(complaints, []);
  await tab.close();
  return passed.length;
}
