import { element } from "../element";
import { addSource, type Entry } from "../palette";
import { Api } from "./api";
import { agentName } from "./message";
import { say } from "./say";

type Mark = { start: number; end: number };
export type Match = { role: string; snippet: string; highlights: Mark[]; messageId: string; timestamp?: string };
export type Result = { projectName: string; projectDisplayName: string; sessionId: string; provider: string; title: string | null; lastActivity: string; matches: Match[] };
export type Answer = { results: Result[]; total: number };
type Project = { name: string; displayName: string; path: string; sessions?: { id: string; title?: string | null; provider: string }[] };

export function sessionLink(base: string, provider: string, id: string, message = ""): string {
  return `${base}/sessions/${encodeURIComponent(provider)}/${encodeURIComponent(id)}${message ? `#${encodeURIComponent(message)}` : ""}`;
}

/** `provider:`, `project:` and their like are the server's to read; what is quoted stays as it is. */
function marked(match: Match): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { start, end } of match.highlights) {
    if (start < at || end > match.snippet.length) continue;
    parts.push(match.snippet.slice(at, start), element("mark", {}, match.snippet.slice(start, end)));
    at = end;
  }
  parts.push(match.snippet.slice(at));
  return parts;
}

/** A snippet from a few letters before its first mark on, for a line that is short. */
function opening(match: Match): string {
  const start = match.highlights[0]?.start ?? 0;
  const from = start > 24 ? match.snippet.lastIndexOf(" ", start - 12) + 1 : 0;
  return from > 0 ? `… ${match.snippet.slice(from)}` : match.snippet;
}

function resultItem(result: Result, base: string): HTMLLIElement {
  const link = sessionLink(base, result.provider, result.sessionId);
  const head = element("div", { class: "result-head" }, element("span", { class: "agent", "data-agent": result.provider }, agentName(result.provider)), element("a", { class: "row-main", href: link }, element("span", { class: "row-title" }, result.title || say("untitled"))), element("span", { class: "row-note" }, result.projectDisplayName), element("time", { class: "row-meta", datetime: result.lastActivity }, result.lastActivity.slice(0, 10)));
  const item = element("li", { class: "result" }, head);
  for (const match of result.matches)
    item.append(element("a", { class: "result-match", href: sessionLink(base, result.provider, result.sessionId, match.messageId), "data-item": true }, element("span", { class: "result-who" }, match.role === "user" ? say("you") : agentName(result.provider)), element("span", {}, ...marked(match))));
  return item;
}

/** The search page answers as somebody types; its address follows, so that it can be kept and shared. */
export function installSearchPage(form: HTMLFormElement): void {
  const api = new Api(form.dataset["api"] ?? "/api");
  const base = form.dataset["base"] ?? "";
  const input = form.querySelector<HTMLInputElement>("input")!;
  const results = document.getElementById("search-results")!;
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = async (): Promise<void> => {
    running?.abort();
    const query = input.value.trim();
    if (query.length < 2) {
      results.replaceChildren();
      return;
    }
    const mine = new AbortController();
    running = mine;
    try {
      const answer = await api.get<Answer>("/search/conversations", { q: query, limit: 50 }, mine.signal);
      if (mine.signal.aborted) return;
      const list = element("ul", { class: "results", "data-list": true });
      list.append(...answer.results.map((one) => resultItem(one, base)));
      const count = element("p", { class: "small muted numeric", id: "search-count" }, say("sessions_match", { count: answer.total }));
      results.replaceChildren(...(answer.results.length ? [count, list] : [element("p", { class: "empty-line" }, say("no_match"))]));
      const address = new URL(location.href);
      address.searchParams.set("q", query);
      history.replaceState(null, "", address);
    } catch (error) {
      if (!(error instanceof DOMException)) results.replaceChildren(element("p", { class: "empty-line", role: "alert" }, error instanceof Error ? error.message : String(error)));
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    void run();
  });
}

/** Ctrl-K finds sessions, projects, files of the project in view, and messages. */
export function installFindSources(base: string): void {
  const api = new Api(`${base}/api`);
  let projects: Promise<Project[]> | undefined;
  const known = (): Promise<Project[]> => {
    projects ??= api.get<Project[]>("/projects").catch(() => {
      projects = undefined;
      return [];
    });
    return projects;
  };
  addSource(async (query) => {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const hit = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
    const found: Entry[] = [];
    for (const project of await known()) {
      if (hit(`${project.displayName} ${project.path}`)) found.push({ kind: "project", text: project.displayName, note: project.path, icon: "folder", link: `${base}/projects/${encodeURIComponent(project.name)}` });
      for (const one of project.sessions ?? []) if (one.title && hit(one.title)) found.push({ kind: "session", text: one.title, note: project.displayName, icon: "message-square", link: sessionLink(base, one.provider, one.id) });
    }
    return found.slice(0, 12);
  });
  addSource(async (query, signal) => {
    const here = document.querySelector<HTMLElement>("pix-project")?.dataset["name"];
    if (!here) return [];
    const { results } = await api.get<{ results: { path: string }[] }>(`/projects/${encodeURIComponent(here)}/files/search`, { q: query, limit: 12 }, signal);
    return results.map(({ path }) => ({ kind: "file", text: path, note: say("kind_file"), icon: "file-text", link: `${base}/projects/${encodeURIComponent(here)}?file=${encodeURIComponent(path)}` }));
  });
  addSource(async (query, signal) => {
    const { results } = await api.get<Answer>("/search/conversations", { q: query, limit: 12 }, signal);
    const entries: Entry[] = results.flatMap((one) => one.matches.slice(0, 1).map((match) => ({ kind: "message", text: opening(match), note: one.title || one.projectDisplayName, icon: "search", link: sessionLink(base, one.provider, one.sessionId, match.messageId) })));
    if (entries.length) entries.push({ kind: "action", text: say("all_results", { query }), icon: "search", link: `${base}/search?q=${encodeURIComponent(query)}` });
    return entries;
  });
}
