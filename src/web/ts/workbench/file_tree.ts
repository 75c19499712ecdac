import { confirmInPage } from "../dialog";
import { element, icon, iconButton } from "../element";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { askChoice, askText } from "./dialogs";
import { say } from "./say";

type Entry = { name: string; path: string; type: "file" | "directory"; size?: number | null; isSymlink?: boolean };

/** The files of a project, a folder at a time, with what git says of each. */
export class FileTree {
  readonly root = element("div", { class: "tab-body" });
  private readonly list = element("ul", { class: "tree-view pane-scroll", "aria-label": say("files"), tabindex: "-1" });
  private readonly filter = element("input", { class: "input", type: "search", "aria-label": say("find_file"), placeholder: say("find_file"), autocomplete: "off" });
  private readonly open = new Set<string>();
  private states = new Map<string, string>();
  private current = "";
  private searching: AbortController | undefined;

  constructor(
    private readonly api: Api,
    private readonly project: string,
    private readonly onOpen: (path: string) => void,
  ) {
    const tools = element("div", { class: "pane-find tree-tools" }, this.filter);
    const add = (name: string, label: string, act: () => void): void => {
      const button = iconButton(name, label);
      button.addEventListener("click", act);
      tools.append(button);
    };
    add("file-plus", say("new_file"), () => void this.create("file", ""));
    add("folder-plus", say("new_folder"), () => void this.create("directory", ""));
    add("upload", say("upload"), () => this.choose(""));
    add("refresh-cw", say("refresh"), () => void this.load());
    this.root.append(tools, this.list);
    this.filter.addEventListener("input", () => void this.find());
    this.list.addEventListener("keydown", (event) => this.keys(event));
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      const folder = (event.target as Element).closest<HTMLElement>("[data-folder]")?.dataset.folder ?? "";
      if (event.dataTransfer?.files.length) void this.upload(folder, [...event.dataTransfer.files]);
    });
    void this.load();
  }

  private url(rest: string): string {
    return `/projects/${encodeURIComponent(this.project)}${rest}`;
  }

  async load(): Promise<void> {
    await this.fill(this.list, "");
  }

  mark(states: Map<string, string>): void {
    this.states = states;
    for (const row of this.list.querySelectorAll<HTMLElement>(".tree-row")) this.paint(row);
  }

  select(path: string): void {
    this.current = path;
    for (const row of this.list.querySelectorAll<HTMLElement>(".tree-row")) this.paint(row);
  }

  private paint(row: HTMLElement): void {
    const path = row.dataset.path!;
    if (path === this.current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    const inside = row.dataset.folder !== undefined && [...this.states.keys()].some((one) => one.startsWith(`${path}/`));
    const state = this.states.get(path) ?? (inside ? "•" : "");
    row.querySelector(".tree-state")?.remove();
    if (state) row.append(element("span", { class: "tree-state", "data-state": state }, state));
  }

  private async fill(list: HTMLElement, folder: string): Promise<void> {
    try {
      const entries = await this.api.get<Entry[]>(this.url("/files"), { path: folder || undefined, respectGitignore: false, truncate: true });
      const depth = folder ? folder.split("/").length : 0;
      list.replaceChildren(...entries.map((entry) => this.row(entry, depth)));
      if (!entries.length) list.append(element("li", { class: "pane-note empty-line" }, say("empty_folder")));
    } catch (error) {
      list.replaceChildren(element("li", { class: "pane-note empty-line" }, messageOf(error)));
    }
  }

  private row(entry: Entry, depth: number): HTMLLIElement {
    const folder = entry.type === "directory";
    const button = element("button", { type: "button", class: "tree-row", "data-path": entry.path, "data-folder": folder ? entry.path : undefined, title: entry.path });
    button.style.paddingInlineStart = `${12 + depth * 14}px`;
    button.append(folder ? this.chevron() : element("span", { class: "tree-gap" }), icon(folder ? "folder" : "file"), element("span", { class: "truncate" }, entry.name));
    const more = iconButton("ellipsis", say("more_for", { name: entry.name }));
    more.classList.add("tree-more");
    more.addEventListener("click", () => this.menu(entry));
    const item = element("li", { class: "tree-item" }, element("div", { class: "tree-line" }, button, more));
    this.paint(button);
    if (!folder) {
      button.addEventListener("click", () => this.onOpen(entry.path));
      return item;
    }
    const children = element("ul", { hidden: true });
    item.append(children);
    const show = (open: boolean): void => {
      button.setAttribute("aria-expanded", String(open));
      children.hidden = !open;
      if (open) {
        this.open.add(entry.path);
        if (!children.children.length) void this.fill(children, entry.path);
      } else this.open.delete(entry.path);
    };
    show(this.open.has(entry.path));
    button.addEventListener("click", () => show(Boolean(children.hidden)));
    return item;
  }

  private chevron(): SVGSVGElement {
    const made = icon("chevron-right");
    made.classList.add("chevron");
    return made;
  }

  private keys(event: KeyboardEvent): void {
    const row = (event.target as Element).closest<HTMLElement>(".tree-row");
    if (!row) return;
    const rows = [...this.list.querySelectorAll<HTMLElement>(".tree-row")].filter((one) => one.offsetParent);
    const at = rows.indexOf(row);
    const expanded = row.getAttribute("aria-expanded");
    if (event.key === "ArrowDown") rows[at + 1]?.focus();
    else if (event.key === "ArrowUp") rows[at - 1]?.focus();
    else if (event.key === "ArrowRight" && expanded === "false") row.click();
    else if (event.key === "ArrowLeft" && expanded === "true") row.click();
    else if (event.key === "ArrowLeft") row.closest("ul")?.closest("li")?.querySelector<HTMLElement>(".tree-row")?.focus();
    else if (event.key === "F2") void this.rename(row.dataset.path!);
    else if (event.key === "Delete") void this.remove(row.dataset.path!);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private menu(entry: Entry): void {
    const folder = entry.type === "directory";
    const here = folder ? entry.path : entry.path.split("/").slice(0, -1).join("/");
    const query = `?path=${encodeURIComponent(entry.path)}`;
    askChoice(entry.path, [
      { label: say("new_file"), act: () => void this.create("file", here) },
      { label: say("new_folder"), act: () => void this.create("directory", here) },
      { label: say("upload"), act: () => this.choose(here) },
      { label: say(folder ? "download_zip" : "download"), act: () => location.assign(this.api.base + this.url(folder ? `/files/archive${query}` : `/files/content${query}&download=1`)) },
      { label: say("rename"), act: () => void this.rename(entry.path) },
      { label: say("delete"), danger: true, act: () => void this.remove(entry.path) },
    ]);
  }

  private async create(type: "file" | "directory", folder: string): Promise<void> {
    const name = await askText(say(type === "file" ? "new_file" : "new_folder"), say("path_in_project"), folder ? `${folder}/` : "");
    if (!name) return;
    await this.change(() => this.api.send("POST", this.url("/files/create"), { path: name, type, content: "" }));
    if (type === "file") this.onOpen(name);
  }

  private async rename(path: string): Promise<void> {
    const name = await askText(say("rename"), say("path_in_project"), path, say("rename"));
    if (name && name !== path) await this.change(() => this.api.send("PUT", this.url("/files/rename"), { oldPath: path, newPath: name }));
  }

  private async remove(path: string): Promise<void> {
    if (!(await confirmInPage(say("delete_question", { path })))) return;
    await this.change(async () => {
      const answer = await this.api.send<{ undo?: string | null }>("DELETE", this.url("/files"), { path });
      const undo = answer.undo;
      toast({ text: say("deleted", { path }), kind: "success", ...(undo ? { label: say("undo"), act: () => void this.change(() => this.api.send("POST", this.url("/files/restore"), { undo })) } : {}) });
    });
  }

  private choose(folder: string): void {
    const input = element("input", { type: "file", multiple: true });
    input.addEventListener("change", () => void this.upload(folder, [...(input.files ?? [])]));
    input.click();
  }

  private async upload(folder: string, files: File[]): Promise<void> {
    const body = new FormData();
    for (const file of files.slice(0, 20)) body.append("files", file);
    body.append("targetPath", folder);
    body.append("relativePaths", JSON.stringify(files.slice(0, 20).map((file) => file.webkitRelativePath || file.name)));
    await this.change(async () => {
      const answer = await fetch(this.api.base + this.url("/files/upload"), { method: "POST", body });
      if (!answer.ok) throw new Error(((await answer.json().catch(() => ({}))) as { error?: { message?: string } }).error?.message ?? say("failed", { status: answer.status }));
      toast({ text: say("uploaded", { count: files.length }), kind: "success" });
    });
  }

  private async change(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      await this.load();
      this.root.dispatchEvent(new CustomEvent("pix:files-changed", { bubbles: true }));
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
    }
  }

  /** What is typed finds files by name anywhere in the project. */
  private async find(): Promise<void> {
    const query = this.filter.value.trim();
    this.searching?.abort();
    if (!query) return this.load();
    this.searching = new AbortController();
    try {
      const { results } = await this.api.get<{ results: { name: string; path: string }[] }>(this.url("/files/search"), { q: query, limit: 100 }, this.searching.signal);
      this.list.replaceChildren(
        ...results.map(({ path }) => {
          const button = element("button", { type: "button", class: "tree-row", "data-path": path, title: path }, icon("file"), element("span", { class: "truncate mono" }, path));
          button.addEventListener("click", () => this.onOpen(path));
          this.paint(button);
          return element("li", { class: "tree-item" }, button);
        }),
      );
      if (!results.length) this.list.append(element("li", { class: "pane-note empty-line" }, say("no_file")));
    } catch (error) {
      if (!(error instanceof DOMException)) this.list.replaceChildren(element("li", { class: "pane-note empty-line" }, messageOf(error)));
    }
  }
}
