import { each } from "./each";
import { element, icon } from "./element";
import { fuzzy } from "./fuzzy";
import { focusFilter, showKeys } from "./keys";
import { toggleSidebar } from "./sidebar";
import { storage } from "./storage";
import { text } from "./texts";
import { setAppearance } from "./theme";

export type Entry = { kind: string; text: string; link?: string; note?: string; icon?: string; act?: () => void };

/** Finds entries that are not in the page; called as somebody types. */
export type Source = (query: string, signal: AbortSignal) => Promise<Entry[]>;

const most = 50;
const typingPause = 120; // ms before the sources are asked
const icons: Record<string, string> = { tool: "wrench", run: "history", setting: "settings", page: "arrow-right" };
const sources: Source[] = [];
let asked: { query: string; entries: Entry[] } = { query: "", entries: [] };
let asking: AbortController | undefined;
let index: Entry[] | undefined;
let shown: Entry[] = [];
let selected = 0;

function actions(): Entry[] {
  const density = document.documentElement.dataset.density === "compact" ? "comfortable" : "compact";
  const list: [string, string, () => void][] = [
    ["action_theme_light", "sun", () => void setAppearance({ theme: "light" })],
    ["action_theme_dark", "moon", () => void setAppearance({ theme: "dark" })],
    ["action_theme_system", "monitor", () => void setAppearance({ theme: "system" })],
    ["action_density", "list", () => void setAppearance({ density })],
    ["action_sidebar", "panel-left", toggleSidebar],
    ["action_keys", "keyboard", showKeys],
    ["action_focus_filter", "search", () => void focusFilter()],
  ];
  return list.map(([key, name, act]) => ({ kind: "action", text: text(key), icon: name, act }));
}

function entries(): Entry[] {
  index ??= JSON.parse(document.getElementById("palette-index")?.textContent || "[]") as Entry[];
  return [...index, ...actions()];
}

function dialog(): HTMLDialogElement | null {
  return document.getElementById("palette") as HTMLDialogElement | null;
}

function keyOf(entry: Entry): string {
  return `${entry.kind}:${entry.link ?? entry.text}`;
}

function search(query: string): { entry: Entry; at: number[] }[] {
  const recent = storage.get<string[]>("palette", []);
  const found: { entry: Entry; at: number[]; score: number }[] = [];
  for (const entry of entries()) {
    const match = fuzzy(query, entry.text);
    const noted = match ? undefined : fuzzy(query, `${entry.text} ${entry.note ?? ""}`);
    if (!match && !noted) continue;
    const last = recent.indexOf(keyOf(entry));
    const score = (match ? match.score : noted!.score - 20) + (last >= 0 ? 10 - last : 0);
    found.push({ entry, at: match?.at ?? [], score });
  }
  found.sort((a, b) => b.score - a.score);
  const more = asked.query === query ? asked.entries.map((entry) => ({ entry, at: fuzzy(query, entry.text)?.at ?? [] })) : [];
  return [...found.slice(0, more.length ? 8 : most), ...more].slice(0, most);
}

/** Asks the sources for what is typed and shows their answer if it is still wanted. */
function ask(box: HTMLDialogElement, query: string): void {
  asking?.abort();
  if (!sources.length || query.trim().length < 2) return;
  const run = new AbortController();
  asking = run;
  setTimeout(async () => {
    if (run.signal.aborted) return;
    const answers = await Promise.all(sources.map((source) => source(query, run.signal).catch(() => [])));
    if (run.signal.aborted || !box.open) return;
    asked = { query, entries: answers.flat() };
    render(box, true);
  }, typingPause);
}

export function addSource(source: Source): void {
  sources.push(source);
}

function marked(title: string, at: number[]): Node[] {
  const places = new Set(at);
  return [...title].map((letter, place) => (places.has(place) ? element("mark", {}, letter) : document.createTextNode(letter)));
}

function select(list: HTMLElement, input: HTMLInputElement, to: number): void {
  selected = shown.length ? (to + shown.length) % shown.length : 0;
  [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === selected)));
  const item = list.children[selected];
  input.setAttribute("aria-activedescendant", item?.id ?? "");
  item?.scrollIntoView({ block: "nearest" });
}

function open(entry: Entry): void {
  const recent = storage.get<string[]>("palette", []).filter((key) => key !== keyOf(entry));
  storage.set("palette", [keyOf(entry), ...recent].slice(0, 10));
  dialog()?.close();
  if (entry.act) entry.act();
  else if (entry.link) location.assign(entry.link);
}

function render(box: HTMLDialogElement, keepPlace = false): void {
  const input = box.querySelector("input")!;
  const list = box.querySelector<HTMLElement>("#palette-list")!;
  const found = search(input.value);
  shown = found.map((one) => one.entry);
  list.replaceChildren(
    ...found.map(({ entry, at }, place) => {
      const item = element("li", { class: "palette-item", role: "option", id: `palette-${place}`, "aria-selected": "false" });
      item.append(icon(entry.icon || (icons[entry.kind] ?? "chevron-right")), element("span", { class: "palette-name" }, ...marked(entry.text, at)));
      item.append(element("span", { class: "palette-kind" }, entry.note || text(`kind_${entry.kind}`)));
      item.addEventListener("click", () => open(entry));
      item.addEventListener("pointermove", () => place !== selected && select(list, input, place));
      return item;
    }),
  );
  box.querySelector<HTMLElement>(".palette-none")!.hidden = found.length > 0;
  select(list, input, keepPlace ? selected : 0);
}

export function openPalette(): void {
  const box = dialog();
  if (!box || box.open) return;
  const input = box.querySelector("input")!;
  input.value = "";
  box.showModal();
  render(box);
  input.focus();
}

export function installPalette(): void {
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-palette]")) openPalette();
  });
  each("#palette", (element) => {
    const box = element as HTMLDialogElement;
    const input = box.querySelector("input")!;
    const list = box.querySelector<HTMLElement>("#palette-list")!;
    input.addEventListener("input", () => {
      render(box);
      ask(box, input.value);
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") select(list, input, selected + 1);
      else if (event.key === "ArrowUp") select(list, input, selected - 1);
      else if (event.key === "Enter" && shown[selected]) open(shown[selected]!);
      else return;
      event.preventDefault();
    });
    box.addEventListener("click", (event) => event.target === box && box.close());
  });
}
