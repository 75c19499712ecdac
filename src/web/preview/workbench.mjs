// node src/web/preview/workbench.mjs [PORT] | --look DIR [NAMES]: the workbench's pages over an API of samples, on loopback.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { symbols } from "../icons/symbols.mjs";
import { render } from "./mustache.mjs";
import { frame } from "./samples.mjs";
import { files, git, grow, messagesOf, oldContent, projects, search, sessions, tree } from "./workbench_samples.mjs";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; manifest-src 'self'; media-src 'self' data: blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const types = { ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json" };
const agents = { claude: "Claude Code", cursor: "Cursor", codex: "Codex", gemini: "Gemini CLI", qwen: "Qwen Code", opencode: "OpenCode" };

function texts() {
  const found = {};
  const folder = join(root, "src/web/texts");
  for (const file of readdirSync(folder).filter((name) => /(^|\.)en\.toml$/.test(name))) {
    let section = "";
    for (const line of readFileSync(join(folder, file), "utf8").split("\n")) {
      const head = /^\[(\w+)\]/.exec(line);
      if (head) found[(section = head[1])] ??= {};
      const pair = /^(\w+) = (".*")$/.exec(line);
      if (pair) found[section][pair[1]] = JSON.parse(pair[2]);
    }
  }
  return found;
}

const out = mkdtempSync(join(tmpdir(), "pix-workbench-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
process.on("SIGINT", () => process.exit(0));
process.on("SIGTERM", () => process.exit(0));
if (spawnSync(process.execPath, [join(root, "src/web/build.mjs"), out], { stdio: ["ignore", "inherit", "inherit"] }).status !== 0) process.exit(1);
const names = JSON.parse(readFileSync(join(out, "names.json"), "utf8"));
const icons = symbols().text;

const load = (name) => readFileSync(join(root, name.startsWith("workbench/") ? "src/workbench/pages" : "src/app", `${name}.html`), "utf8");
const row = (session, project) => ({ ...session, agent: agents[session.provider], title: session.title, project, count: String(session.messageCount), at: session.lastActivity, at_text: session.lastActivity.slice(0, 16).replace("T", " "), link: `/sessions/${session.provider}/${session.id}` });
const projectRow = (one) => ({ name: one.name, display: one.displayName, path: one.path, starred: one.isStarred, count: String(one.sessionMeta.total), agents: one.detectedProviders.map((provider) => ({ provider, agent: agents[provider] })), at: one.sessions[0]?.lastActivity, at_text: one.sessions[0]?.lastActivity.slice(0, 16).replace("T", " "), link: `/projects/${one.name}` });

function messageRow(message) {
  const common = { id: message.id, at: message.timestamp, at_text: message.timestamp.slice(0, 16).replace("T", " ") };
  if (message.kind === "text") return { ...common, role: message.role, who: message.role === "user" ? "You" : agents[message.provider], content: message.content, tool: false };
  if (message.kind === "tool_use") return { ...common, role: "tool", tool: true, who: message.toolName, content: message.toolInput.command ?? message.toolInput.file_path ?? "" };
  return undefined;
}

function views(url) {
  const at = (pattern) => pattern.exec(url.pathname);
  const home = { text: "Workbench", link: "/" };
  const common = { api: "/api", base: "", search: "/search" };
  if (url.pathname === "/") return ["home", "Workbench", [{ text: "Workbench" }], { ...common, any: true, has_recent: true, recent: [...sessions].sort((a, b) => b.lastActivity.localeCompare(a.lastActivity)).slice(0, 12).map((one) => row(one, one.projectDisplayName)), projects: projects.map(projectRow), project_count: String(projects.length), reload: "/" }];
  if (url.pathname === "/nothing") return ["home", "Workbench", [{ text: "Workbench" }], { ...common, any: false, has_recent: false, recent: [], projects: [], project_count: "0", reload: "/" }];
  const project = at(/^\/projects\/([^/]+)$/);
  if (project) {
    const found = projects.find((one) => one.name === project[1]);
    const own = sessions.filter((one) => one.projectName === found.name);
    return ["project", found.displayName, [home, { text: found.displayName }], { ...common, ...projectRow(found), self: url.pathname, has_sessions: own.length > 0, sessions: own.map((one) => row(one, "")) }];
  }
  const session = at(/^\/sessions\/([^/]+)\/([^/]+)$/);
  if (session) {
    const found = sessions.find((one) => one.id === session[2]);
    if (!found) return ["session", "Untitled session", [home, { text: "Untitled session" }], { ...common, provider: session[1], agent: agents[session[1]], id: session[2], title: "Untitled session", project: "", project_title: "", project_link: "", total: "0", messages: [] }];
    return ["session", found.title, [home, { text: found.projectDisplayName, link: `/projects/${found.projectName}` }, { text: found.title }], { ...common, provider: found.provider, agent: agents[found.provider], id: found.id, title: found.title, project: found.projectName, project_title: found.projectDisplayName, project_link: `/projects/${found.projectName}`, total: String(messagesOf(found.id).length), messages: messagesOf(found.id).slice(-30).map(messageRow).filter(Boolean) }];
  }
  if (url.pathname === "/search") {
    const query = url.searchParams.get("q") ?? "";
    const found = query.length > 1 ? search(query) : { results: [], total: 0 };
    return ["search", "Search", [home, { text: "Search" }], { ...common, self: "/search", query, asked: query.length > 1, has_rows: found.results.length > 0, total: String(found.total), rows: found.results.map((one) => ({ ...row(one, one.projectDisplayName), matches: one.matches.map((match) => ({ who: match.role, link: `/sessions/${one.provider}/${one.id}#${match.messageId}`, parts: [{ text: match.snippet.slice(0, match.highlights[0].start) }, { text: query, marked: true }, { text: match.snippet.slice(match.highlights[0].end) }] })) })) }];
  }
  if (url.pathname === "/settings/account") return ["settings", "Account", [{ text: "Settings", link: "/settings" }, { text: "Account" }], { ...common, appearance: "/settings" }];
  return undefined;
}

const etags = new Map();
const etag = (path) => `"${etags.get(path) ?? 1}"`;
const keys = [{ id: 1, key_name: "laptop", api_key: "px_1a2b3c4...", created_at: new Date().toISOString(), last_used: null, is_active: true }];
let preferences = { channels: { inApp: true, webPush: false }, events: { actionRequired: true, stop: true, error: true } };
const credentials = [{ id: 4, credential_name: "work", credential_type: "github_token", description: "", is_active: true, created_at: new Date().toISOString() }];

function api(method, path, query, body, headers) {
  const ok = (value = { success: true }, status = 200, more = {}) => [status, value, more];
  const bad = (status, code, message) => [status, { success: false, error: { code, message } }, {}];
  const project = /^\/projects\/([^/]+)(\/.*)?$/.exec(path);
  const session = /^\/sessions\/([^/]+)\/messages$/.exec(path);
  if (session) {
    const list = messagesOf(session[1]);
    if (!list) return bad(404, "SESSION_NOT_FOUND", "There is no such session.");
    const offset = Number(query.get("offset") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    const end = Math.max(0, list.length - offset);
    const start = Math.max(0, end - limit);
    const found = sessions.find((one) => one.id === session[1]);
    return ok({ messages: list.slice(start, end), total: list.length, hasMore: start > 0, session: { ...found, cwd: "/home/ada/pix", gitBranch: "main" } });
  }
  if (path === "/projects") return ok(projects);
  if (path === "/search/conversations") return ok(search(query.get("q")));
  if (project?.[2] === "/sessions") return ok(sessions.filter((one) => one.projectName === project[1]));
  if (project?.[2] === "/files" && method === "GET") return ok(tree(query.get("path") ?? ""));
  if (project?.[2] === "/files" && method === "DELETE") return files.delete(body.path), ok();
  if (project?.[2] === "/files/search") return ok({ results: [...files.keys()].filter((name) => name.includes(query.get("q"))).map((name) => ({ name, path: name })) });
  if (project?.[2] === "/files/create") return files.set(body.path, body.content ?? ""), ok({}, 201);
  if (project?.[2] === "/files/rename") return files.set(body.newPath, files.get(body.oldPath)), files.delete(body.oldPath), ok();
  if (project?.[2] === "/file" && method === "GET") {
    const name = query.get("path");
    return files.has(name) ? ok({ content: files.get(name), encoding: "utf-8", path: name, etag: etag(name) }, 200, { ETag: etag(name) }) : bad(404, "FILE_NOT_FOUND", "There is no such file.");
  }
  if (project?.[2] === "/file") {
    if (headers["if-match"] && headers["if-match"] !== etag(body.path)) return bad(409, "FILE_CHANGED", "The file has changed since it was read.");
    files.set(body.path, body.content);
    etags.set(body.path, (etags.get(body.path) ?? 1) + 1);
    return ok({ success: true, etag: etag(body.path) }, 200, { ETag: etag(body.path) });
  }
  if (project && (path.endsWith("/star") || path.endsWith("/archive") || method === "DELETE")) return ok();
  if (path === "/projects/quick-start") return ok(projects[0]);
  const { status } = git;
  if (path === "/git/status") return ok(status);
  if (path === "/git/diff") return ok({ diff: git.diff(query.get("file")) });
  if (path === "/git/branches") return ok(git.branches);
  if (path === "/git/commits") return ok({ commits: git.commits });
  if (path === "/git/commit-diff") return ok({ diff: git.diff("") });
  if (path === "/git/remote-status") return ok({ hasRemote: true, hasUpstream: true, branch: "main", remoteName: "origin", ahead: 1, behind: 0 });
  if (path === "/git/file-with-diff") return ok({ currentContent: files.get(query.get("file")) ?? "", oldContent: oldContent(query.get("file")), isDeleted: false, isUntracked: false });
  if (path === "/git/stage") return (status.staged = [...new Set([...status.staged, ...(body.files ?? [])])]), ok();
  if (path === "/git/unstage") return (status.staged = status.staged.filter((name) => !(body.files ?? []).includes(name))), ok();
  if (path === "/git/commit") return body.message ? ((status.modified = status.modified.filter((name) => !status.staged.includes(name))), (status.staged = []), ok()) : bad(400, "INVALID", "The message is empty.");
  if (path.startsWith("/git/")) return ok();
  if (path === "/auth/user") return ok({ user: { id: 1, username: "ada", created_at: new Date(Date.now() - 9e9).toISOString(), last_login: new Date().toISOString() } });
  if (path === "/settings/api-keys" && method === "GET") return ok(keys);
  if (path === "/settings/api-keys") return keys.push({ id: keys.length + 1, key_name: body.name, api_key: "px_ffee...", created_at: new Date().toISOString(), last_used: null, is_active: true }), ok({ ...keys.at(-1), api_key: `px_${"0123456789abcdef".repeat(2)}` }, 201);
  if (path === "/settings/notification-preferences") return method === "PUT" ? ((preferences = body.preferences ?? body), ok()) : ok({ preferences });
  if (path === "/settings/credentials" && method === "GET") return ok({ credentials });
  if (path === "/user/git-config") return ok({ gitName: "Ada Lovelace", gitEmail: "ada@example.org" });
  if (path === "/browse-filesystem") return ok({ path: "/home/ada", parent: "/home", entries: [{ name: "pix", type: "directory" }, { name: "science", type: "directory" }, { name: "notes", type: "directory" }] });
  return ok();
}

export async function startWorkbench(port = 0) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const answer = (status, type, body, more = {}) => response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": policy, ...more }).end(body);
    if (url.pathname.startsWith("/api/")) {
      let text = "";
      for await (const part of request) text += part;
      const [status, value, more] = api(request.method, url.pathname.slice(4).replace(/%2F/gi, "/"), url.searchParams, text ? JSON.parse(text) : {}, request.headers);
      return answer(status, "application/json", JSON.stringify(value), more);
    }
    if (url.pathname === "/grow") return grow(url.searchParams.get("session")), answer(204, "text/plain", "");
    if (url.pathname === "/touch") return etags.set(url.searchParams.get("path"), Date.now()), answer(204, "text/plain", "");
    if (url.pathname.startsWith("/static/") && !url.pathname.includes("..")) return answer(200, types[extname(url.pathname)] ?? "text/plain", readFileSync(join(out, url.pathname)));
    const t = texts();
    if (url.pathname === "/login" || url.pathname === "/setup") return answer(200, "text/html; charset=utf-8", render(load("workbench/sign_in"), { t, theme: "system", style: `/static/${names["style.css"]}`, icon: `/static/${names["icon.svg"]}`, first: url.pathname === "/setup", action: url.pathname, next: "/", username: "", problem: request.method === "POST" ? t.signin.wrong : "" }, load));
    const view = views(url);
    if (!view) return answer(404, "text/plain", "not found");
    const [template, title, crumbs, data] = view;
    const look = { theme: "system", accent: "indigo", density: "comfortable" };
    const links = { home: "/", settings: "/settings/account", runs: "/runs" };
    const shown = frame("workbench", title, crumbs, render(load(`workbench/${template}`), { t, links, ...data }, load), names, icons, look);
    for (const list of [shown.areas, shown.bar]) for (const area of list) area.link = { Workbench: "/", Tools: "/tools/" }[area.label] ?? area.link;
    answer(200, "text/html; charset=utf-8", render(load("frame"), { t, ...shown, links: { ...shown.links, live: "" } }, load));
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { origin: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

const pictures = {
  login: "/login", setup: "/setup", home: "/", nothing: "/nothing", session: "/sessions/claude/pix-0", long: "/sessions/claude/long", project: "/projects/-home-ada-pix",
  search: "/search?q=reader", account: "/settings/account",
  file: ["/projects/-home-ada-pix?file=reader.py", ".cm-content"], diff: ["/projects/-home-ada-pix?diff=reader.py", ".diff-line"], commit: ["/projects/-home-ada-pix?commit=" + git.commits[0].hash, ".diff-line"],
  git: ["/projects/-home-ada-pix", ".log-row", "[data-pane=git], [data-right=git]"], palette: ["/projects/-home-ada-pix", ".palette-item", "[data-palette]"],
  opened: ["/projects/-home-ada-pix?session=claude/pix-0", ".message-prose"],
};

async function look(origin, folder, only) {
  const { chromium } = await import("playwright-core");
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] });
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  mkdirSync(folder, { recursive: true });
  let problems = 0;
  for (const width of [1440, 390])
    for (const theme of ["light", "dark"]) {
      const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme: theme, hasTouch: width === 390, isMobile: width === 390, reducedMotion: "reduce", locale: "en-GB" });
      for (const [name, target] of Object.entries(pictures)) {
        if (only && !only.includes(name)) continue;
        const tab = await context.newPage();
        const found = [];
        tab.on("console", (message) => message.type() === "error" && found.push(message.text()));
        tab.on("pageerror", (error) => found.push(String(error.stack ?? error)));
        const [path, wanted, press] = [target].flat();
        await tab.goto(origin + path, { waitUntil: "networkidle" });
        if (press) await tab.locator(press).filter({ visible: true }).first().click();
        if (name === "palette") await tab.keyboard.type("reader", { delay: 20 });
        if (name === "palette") await tab.locator(".palette-item", { hasText: "All messages" }).waitFor({ timeout: 8000 }).catch(() => found.push("no messages in the palette"));
        if (wanted) await tab.locator(wanted).first().waitFor({ timeout: 8000 }).catch(() => found.push(`no ${wanted}`));
        await tab.waitForTimeout(250);
        const wide = (await tab.evaluate(() => document.documentElement.scrollWidth)) - width;
        if (wide > 0) found.push(`${wide} px wider than the window`);
        await tab.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`) });
        found.push(...(await tab.evaluate(`${axe}; axe.run(document, {runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa","best-practice"]}).then((result) => result.violations.map((one) => one.id + ": " + one.nodes.slice(0, 3).map((node) => node.target.join(" ") + " " + (node.any[0]?.message ?? node.all[0]?.message ?? "")).join(" | ")))`).catch((error) => [String(error)])));
        for (const one of found) console.log(`${name} ${width} ${theme}: ${one}`);
        problems += found.length;
        await tab.close();
      }
      await context.close();
    }
  await browser.close();
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const looking = process.argv[2] === "--look";
  const { origin, stop } = await startWorkbench(looking ? 0 : Number(process.argv[2] ?? 0));
  if (looking) {
    const problems = await look(origin, process.argv[3], process.argv[4]?.split(","));
    stop();
    console.log(`${problems} problems`);
    process.exit(problems ? 1 : 0);
  }
  console.log(origin);
}
