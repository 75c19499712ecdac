// The walk of a person who has used Claude Code for months: sign in, find a session, read it to its beginning, search, edit a file,
// review the change and commit it; on a desk and on a phone. With PIX_PICTURES=1 it also takes the pictures in docs/pictures.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ROOT, accessibilityProblems, bytesOfFirstLoad, openPage, smallControls, startBrowser, startServer, until } from "./pix.mjs";
import { smallPng } from "./png.mjs";

const BUDGET = 60 * 1024; // bytes of a first load, compressed, before a page's heavy part
const HEAVY = /codemirror|plotly/i;
const TURNS = 5000; // each is four messages: 20,000 in all
const PASSWORD = "correct horse";

let server;
let browser;
let user;
let cookies;

const project = () => join(user, "orbit");
const transcript = (id) => join(user, ".claude/projects", project().replace(/[^A-Za-z0-9]/g, "-"), `${id}.jsonl`);
const wireName = () => project().replace(/[^A-Za-z0-9]/g, "-");
const long = "11111111-1111-4111-8111-111111111111";
const short = "22222222-2222-4222-8222-222222222222";

/** The records of one turn as Claude Code writes them: a prompt, a call with its result, an edit, an answer. */
function turn(session, number, parent) {
  const at = (step) => new Date(Date.UTC(2026, 0, 5) + number * 60_000 + step * 1000).toISOString();
  const id = (step) => `${session.slice(0, 8)}-${String(number).padStart(4, "0")}-4000-8000-${String(step).padStart(12, "0")}`;
  const common = (step, type, before) => ({ parentUuid: before, isSidechain: false, userType: "external", cwd: project(), sessionId: session, version: "2.0.0", gitBranch: "main", type, uuid: id(step), timestamp: at(step) });
  const said = (content) => ({ id: `msg_${session.slice(0, 4)}_${number}`, type: "message", role: "assistant", model: "claude-opus-4-1", content, stop_reason: null, usage: { input_tokens: 12, cache_read_input_tokens: 4000, cache_creation_input_tokens: 0, output_tokens: 90 } });
  return [
    { ...common(0, "user", parent), message: { role: "user", content: `Prompt ${number}: please steer the comet past step ${number}.` } },
    { ...common(1, "assistant", id(0)), message: said([{ type: "tool_use", id: `toolu_${number}`, name: "Bash", input: { command: `echo step ${number}`, description: "Say the step" } }]) },
    { ...common(2, "user", id(1)), message: { role: "user", content: [{ type: "tool_result", tool_use_id: `toolu_${number}`, content: `step ${number}\nfine`, is_error: false }] } },
    { ...common(3, "assistant", id(2)), message: said([{ type: "tool_use", id: `tooledit_${number}`, name: "Edit", input: { file_path: join(project(), "orbit.py"), old_string: `speed = ${number}`, new_string: `speed = ${number + 1}` } }]) },
    { ...common(4, "user", id(3)), message: { role: "user", content: [{ type: "tool_result", tool_use_id: `tooledit_${number}`, content: "ok" }] } },
    { ...common(5, "assistant", id(4)), message: said([{ type: "text", text: `Answer ${number}: the **comet** is on course.\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n<img src=x onerror=alert(1)>` }]) },
  ];
}

function write(session, turns) {
  const text = [];
  let parent = null;
  for (let number = 0; number < turns; ++number) {
    const records = turn(session, number, parent);
    parent = records.at(-1).uuid;
    text.push(...records.map((record) => JSON.stringify(record)));
  }
  writeFileSync(transcript(session), `${text.join("\n")}\n`);
}

function git(...args) {
  const done = spawnSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...args], { cwd: project(), encoding: "utf8" });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
}

function prepare(folder) {
  user = folder;
  mkdirSync(project(), { recursive: true });
  mkdirSync(join(transcript(long), ".."), { recursive: true });
  writeFileSync(join(project(), "orbit.py"), "speed = 1\n\n\ndef fly():\n    return speed * 2\n");
  writeFileSync(join(project(), "README.md"), "# Orbit\n");
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Ada");
  git("config", "user.email", "ada@example.org");
  git("add", ".");
  git("commit", "-q", "-m", "start");
  write(long, TURNS);
  write(short, 3);
}

before(async () => {
  server = await startServer(prepare);
  browser = await startBrowser();
  const page = await openPage(browser);
  await page.goto(`${server.workbench}/projects/x`);
  await page.waitForURL("**/setup?next=*");
  await page.fill("#username", "ada");
  await page.fill("#password", PASSWORD);
  await page.fill("#again", PASSWORD);
  await page.goto(`${server.workbench}/setup`);
  await page.fill("#username", "ada");
  await page.fill("#password", PASSWORD);
  await page.fill("#again", PASSWORD);
  await page.getByRole("button").click();
  await page.waitForURL(`${server.workbench}/`);
  cookies = await page.context().cookies();
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A test with a page that is signed in, which has to end without a problem in the page. */
function walk(name, options, body) {
  test(name, async () => {
    const page = await openPage(browser, options);
    await page.context().addCookies(cookies);
    try {
      await body(page);
      assert.deepEqual(page.problems, []);
    } finally {
      await page.context().close();
    }
  });
}

const reader = (id) => `${server.workbench}/sessions/claude/${id}`;
const desk = () => `${server.workbench}/projects/${encodeURIComponent(wireName())}`;

test("signing in needs no script, refuses a wrong password and returns to the page that was asked for", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${server.workbench}/search?q=comet`);
  await page.fill("#username", "ada");
  await page.fill("#password", "wrong horse");
  await page.getByRole("button").click();
  assert.match(await page.getByRole("alert").innerText(), /wrong/);
  assert.equal(await page.inputValue("#username"), "ada");
  await page.fill("#password", PASSWORD);
  await page.getByRole("button").click();
  await page.waitForURL("**/search?q=comet");
  assert.ok(await page.locator(".result mark").count());
  await page.goto(server.workbench);
  await page.locator("#recent-sessions a").first().click();
  assert.match(await page.locator(".conversation-plain").innerText(), /Answer \d+/);
  await context.close();
});

test("a user's menu leads to the account's settings and signs out", async () => {
  const page = await openPage(browser);
  await page.goto(`${server.workbench}/login`);
  await page.fill("#username", "ada");
  await page.fill("#password", PASSWORD);
  await page.getByRole("button").click();
  await page.waitForURL(`${server.workbench}/`);
  const menu = page.locator("header details[data-menu]");
  assert.match(await menu.locator("summary").innerText(), /ada/);
  await menu.locator("summary").click();
  await menu.getByRole("link", { name: "Account settings" }).click();
  await page.waitForURL("**/settings/account");
  await page.goto(`${server.workbench}/settings`);
  await page.locator("main").getByRole("link", { name: "Account settings" }).click();
  await page.waitForURL("**/settings/account");
  await menu.locator("summary").click();
  await menu.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/login");
  assert.match(await page.locator("main").innerText(), /pix user reset-password NAME/);
  await page.goto(`${server.workbench}/`);
  await page.waitForURL("**/login*");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

walk("home lists the sessions and projects and is light", {}, async (page) => {
  const { total, listed } = await bytesOfFirstLoad(page, `${server.workbench}/`);
  assert.ok(total <= BUDGET, `${total} bytes: ${JSON.stringify(listed)}`);
  assert.equal(await page.locator("#recent-sessions .session-row").count(), 2);
  assert.match(await page.locator("#project-list").innerText(), /orbit/);
});

walk("a conversation of 20,000 messages opens at its end, draws what is in view and reaches its beginning", {}, async (page) => {
  const { listed } = await bytesOfFirstLoad(page, reader(long));
  const light = listed.filter(({ url }) => !HEAVY.test(url) && !url.includes("/api/")).reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(light <= BUDGET, `${light} bytes: ${JSON.stringify(listed)}`);
  await page.getByText(`Answer ${TURNS - 1}:`).waitFor();
  const drawn = await page.locator("article.message").count();
  assert.ok(drawn > 3 && drawn < 120, `${drawn} messages are drawn`);
  assert.equal(await page.locator('article.message[aria-setsize="20000"]').count(), drawn);
  assert.equal(await page.locator("article.message img").count(), 0, "what an agent writes is no HTML");
  const view = page.locator(".conversation-view");
  await view.hover();
  const top = () => view.evaluate((one) => one.scrollTop);
  const end = await top();
  await page.mouse.wheel(0, -3000);
  await until(async () => (await top()) < end - 2000, "the view above");
  await view.focus();
  await page.keyboard.press("Home");
  await page.getByText("Prompt 0:").first().waitFor();
  await page.locator(".conversation-end").click();
  await page.getByText(`Answer ${TURNS - 1}:`).waitFor();
});

walk("an edit is shown as a diff by word and a call with its result", {}, async (page) => {
  await page.goto(reader(short));
  const edit = page.locator('.tool[data-kind="edit"]').last();
  await edit.locator(".diff-line").first().waitFor();
  assert.deepEqual(await edit.locator("mark").allInnerTexts(), ["2", "3"]);
  const call = page.locator(".tool", { hasText: "echo step 2" });
  await call.locator("summary").click();
  assert.match(await call.locator(".tool-output").innerText(), /fine/);
});

walk("a message is found as it is typed and jumped to", {}, async (page) => {
  await page.goto(`${server.workbench}/`);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("steer 4321", { delay: 10 });
  const hit = page.locator(".palette-item", { hasText: "4321" }).first();
  await hit.waitFor();
  await hit.click();
  await page.waitForURL("**/sessions/claude/**");
  await page.getByText("Prompt 4321:").first().waitFor();
  await page.goto(`${server.workbench}/search`);
  await page.locator("[data-search-form] input").fill("comet role:user");
  await page.locator(".result-match").first().waitFor();
});

walk("a session that grows is followed", {}, async (page) => {
  await page.goto(reader(short));
  await page.getByText("Answer 2:").waitFor();
  appendFileSync(transcript(short), turn(short, 77, null).map((record) => `${JSON.stringify(record)}\n`).join(""));
  await page.getByText("Answer 77:").waitFor();
});

walk("a file is edited, its change reviewed, staged and committed", {}, async (page) => {
  await page.goto(desk());
  await page.locator('.tree-row[data-path="orbit.py"]').click();
  const editor = page.locator(".cm-content");
  await editor.waitFor();
  await editor.click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("End");
  await page.keyboard.type("2");
  await page.locator(".tab-dirty").waitFor();
  await page.keyboard.press("Control+s");
  await until(() => readFileSync(join(project(), "orbit.py"), "utf8").startsWith("speed = 12\n"), "the file on disk");
  await page.locator("[data-right=git]").click();
  await page.locator(".git-file", { hasText: "orbit.py" }).locator("button").first().click();
  await page.locator('.diff-line[data-kind="added"]').first().waitFor();
  await page.getByRole("button", { name: "Stage", exact: true }).first().click();
  await page.locator('.git-section[aria-label="Staged"] .git-file').waitFor();
  await page.getByLabel("Commit message").fill("Fly faster");
  await page.getByRole("button", { name: /^Commit/ }).click();
  await until(() => git("log", "-1", "--format=%s").trim() === "Fly faster", "the commit");
  assert.equal(git("status", "--porcelain").trim(), "");
});

walk("a file that changed underneath is not overwritten without asking", {}, async (page) => {
  await page.goto(`${desk()}?file=README.md`);
  await page.locator(".cm-content").click();
  await page.keyboard.type("mine ");
  writeFileSync(join(project(), "README.md"), "# Theirs\n");
  await page.keyboard.press("Control+s");
  const note = page.locator(".editor-note");
  await note.waitFor();
  assert.equal(readFileSync(join(project(), "README.md"), "utf8"), "# Theirs\n");
  await note.getByRole("button", { name: "Load theirs" }).click();
  await page.getByText("# Theirs").waitFor();
  git("checkout", "-q", "README.md");
  page.problems = page.problems.filter((problem) => !/409/.test(problem));
});

walk("a project is added, starred, renamed, archived, brought back and removed", {}, async (page) => {
  const folder = join(user, "comet");
  mkdirSync(folder, { recursive: true });
  await page.goto(`${server.workbench}/`);
  await page.getByRole("button", { name: "Add project" }).click();
  await page.locator(".folder-list").getByRole("button", { name: "comet" }).click();
  await until(async () => (await page.inputValue("#add-path")).endsWith("/comet"), "the folder");
  await page.getByRole("button", { name: "Add this folder" }).click();
  await page.waitForURL("**/projects/*comet*");
  const head = page.locator(".wb-head-actions");
  await head.getByRole("button", { name: "Star" }).click();
  await head.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  await page.fill("#ask-text", "Halley");
  await page.locator("dialog").getByRole("button", { name: "Rename", exact: true }).click();
  await page.locator("h1", { hasText: "Halley" }).waitFor();
  await page.goto(`${server.workbench}/`);
  const row = page.locator(".project-row", { hasText: "Halley" });
  assert.equal(await page.locator(".project-row").first().innerText(), await row.innerText());
  await row.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await row.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Archived" }).click();
  await page.getByRole("button", { name: /Take out of the archive/ }).click();
  await row.waitFor();
  await row.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Remove from the list" }).click();
  await page.locator("dialog button[value=yes]").click();
  await row.waitFor({ state: "detached" });
  await page.reload();
  assert.equal(await row.count(), 0);
});

walk("a clone that fails says why and leaves the dialog open", {}, async (page) => {
  await page.goto(`${server.workbench}/`);
  await page.getByRole("button", { name: "Add project" }).click();
  await page.locator(".segment", { hasText: "Clone a repository" }).click();
  await page.fill("#clone-url", "https://127.0.0.1:1/nova.git");
  await page.getByRole("button", { name: "Clone", exact: true }).click();
  await until(async () => /could not be cloned/.test(await page.locator("dialog [role=alert]").innerText()), "the reason");
});

walk("changes are stashed and brought back, a discard is undone, a conflict is resolved", {}, async (page) => {
  const file = join(project(), "README.md");
  const start = readFileSync(file, "utf8");
  writeFileSync(file, `${start}more\n`);
  await page.goto(desk());
  await page.locator("[data-right=git]").click();
  const more = page.locator(".git-head").getByRole("button", { name: "More" });
  const row = page.locator(".git-file", { hasText: "README.md" });
  await row.waitFor();
  await more.click();
  await page.getByRole("button", { name: "Stashes", exact: true }).click();
  await page.fill("#stash-message", "later");
  await page.getByRole("button", { name: "Stash all changes" }).click();
  await page.locator("dialog .row", { hasText: "later" }).waitFor();
  assert.equal(readFileSync(file, "utf8"), start);
  await page.getByRole("button", { name: /^Bring back/ }).click();
  await row.waitFor();
  await row.getByRole("button", { name: /^Discard/ }).click();
  await page.locator("dialog button[value=yes]").click();
  await until(() => readFileSync(file, "utf8") === start, "the discard");
  await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
  await until(() => readFileSync(file, "utf8") === `${start}more\n`, "its undoing");
  git("checkout", "-q", "README.md");
  git("checkout", "-q", "-b", "theirs");
  writeFileSync(file, "# Theirs\n");
  git("commit", "-qam", "theirs");
  git("checkout", "-q", "main");
  writeFileSync(file, "# Ours\n");
  git("commit", "-qam", "ours");
  spawnSync("git", ["merge", "-q", "theirs"], { cwd: project() });
  await page.reload();
  await page.locator('.git-section[aria-label="Conflicts"] .git-file').getByRole("button", { name: /^Resolve/ }).click();
  assert.match(await page.locator(".conflict-side").first().innerText(), /# Ours/);
  await page.getByRole("button", { name: "Take theirs" }).click();
  await until(() => readFileSync(file, "utf8") === "# Theirs\n", "the resolved file");
  await page.locator(".git-operation").getByRole("button", { name: "Continue" }).click();
  await page.locator(".git-operation").waitFor({ state: "detached" });
  assert.equal(git("status", "--porcelain").trim(), "");
});

walk("a key is shown once and can be switched off", {}, async (page) => {
  await page.goto(`${server.workbench}/settings/account`);
  await page.locator("#key-name").fill("laptop");
  await page.getByRole("button", { name: "Make a key" }).click();
  const key = await page.locator(".secret code").innerText();
  assert.match(key, /^px_[0-9a-f]{32}$/);
  const asked = () => page.request.get(`${server.workbench}/api/auth/user`, { headers: { "X-API-Key": key } });
  assert.equal((await asked()).status(), 200);
  await page.reload();
  const row = page.locator(".row", { hasText: "laptop" });
  await row.waitFor();
  assert.ok(!(await page.locator("pix-account").innerText()).includes(key));
  await row.locator(".switch").click();
  await until(async () => (await asked()).status() === 401, "the key's end");
});

walk("the pages speak German once it is chosen", {}, async (page) => {
  await page.goto(`${server.workbench}/settings/account`);
  await page.locator("#language").selectOption("de");
  await page.getByText("API-Schlüssel").waitFor();
  await page.goto(`${server.workbench}/`);
  assert.equal(await page.locator("h1").innerText(), "Werkbank");
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.goto(reader(short));
  await page.getByText("Deine Anweisungen").waitFor();
});

/** Each page by the name of its picture, ready to be looked at. */
function pages() {
  const at = (target, wanted) => async (page) => {
    await page.goto(target(), { waitUntil: "load" });
    await page.locator(wanted).first().waitFor();
  };
  return [
    ["workbench-home", at(() => `${server.workbench}/`, "#project-list")],
    ["workbench-session", at(() => reader(short), ".message-prose")],
    ["workbench-project", at(() => `${desk()}?session=claude/${short}`, ".message-prose")],
    ["workbench-editor", at(() => `${desk()}?file=orbit.py`, ".cm-content")],
    ["workbench-git", async (page) => {
      writeFileSync(join(project(), "README.md"), "# Orbit\n\nComets, and how to steer them.\n");
      await page.goto(`${desk()}?diff=README.md`, { waitUntil: "load" });
      await page.locator('.diff-line[data-kind="added"]').first().waitFor();
      await page.locator("[data-right=git], [data-pane=git]").filter({ visible: true }).first().click();
      await page.locator(".log-row").first().waitFor();
    }],
    ["workbench-add", async (page) => {
      await page.goto(`${server.workbench}/`);
      await page.locator("[data-add-project]").click();
      await page.locator(".segment", { hasText: "Clone a repository" }).click();
      await page.locator(".folder-list .tree-row").first().waitFor();
    }],
    ["workbench-keys", async (page) => {
      await page.goto(`${server.workbench}/`);
      await page.locator("[data-workbench-home]").waitFor({ state: "attached" });
      await page.waitForLoadState("networkidle");
      await page.keyboard.press("?");
      await page.getByText("Next prompt").waitFor();
    }],
    ["workbench-search", at(() => `${server.workbench}/search?q=comet`, ".result")],
    ["workbench-account", at(() => `${server.workbench}/settings/account`, "#key-name")],
    ["workbench-login", async (page) => {
      await page.context().clearCookies();
      await page.goto(`${server.workbench}/login`);
    }],
  ];
}

for (const theme of ["light", "dark"])
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    const touch = width === 390;
    walk(`every page of the workbench is accessible, ${theme}, ${width} px`, { width, height, theme, touch }, async (page) => {
      for (const [name, open] of pages()) {
        await open(page);
        await page.waitForTimeout(200);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name} is ${wide} px too wide`);
        assert.deepEqual(await accessibilityProblems(page), [], name);
        assert.deepEqual(await smallControls(page, 24), [], name);
        if (process.env.PIX_PICTURES === "1") {
          mkdirSync(join(ROOT, "docs/pictures"), { recursive: true });
          writeFileSync(join(ROOT, "docs/pictures", `${name}-${width}-${theme}.png`), smallPng(await page.screenshot()));
        }
      }
    });
  }
