import { element, icon, iconButton } from "../element";
import { confirmInPage } from "../dialog";
import type { LiveEvent } from "../live";
import { storage } from "../storage";
import { Api } from "./api";
import { define as defineConversation, type ConversationElement } from "./conversation";
import { DiffTab } from "./diff_tab";
import { FileTab } from "./file_tab";
import { FileTree } from "./file_tree";
import { GitPanel, statesOf } from "./git_panel";
import { projectActions } from "./project_actions";
import { say } from "./say";

type Kind = "session" | "file" | "diff" | "commit";
type Tab = { kind: Kind; id: string; title: string; icon: string; root: HTMLElement; button: HTMLButtonElement; file?: FileTab; diff?: DiffTab };
type Kept = { kind: Kind; id: string; title: string };

const kinds: Kind[] = ["session", "file", "diff", "commit"];
const icons: Record<Kind, string> = { session: "message-square", file: "file-text", diff: "file-pen", commit: "git-commit-horizontal" };

/** `<pix-project>`: the sessions of a project, its files and its changes, and in the middle whatever of them is open. */
class ProjectElement extends HTMLElement {
  private api!: Api;
  private tabs: Tab[] = [];
  private current: Tab | undefined;
  private readonly bar = element("div", { class: "tab-bar", role: "toolbar", "aria-label": say("open_tabs"), hidden: true });
  private files!: FileTree;
  private git!: GitPanel;

  connectedCallback(): void {
    if (this.api) return;
    this.api = new Api(this.dataset["api"] ?? "/api");
    const middle = this.slotted("middle");
    middle.prepend(this.bar);
    projectActions(this.slotted("actions"), this.api, { name: this.project, display: this.dataset["title"] ?? this.project, path: this.dataset["path"] ?? "" }, "starred" in this.dataset, `${this.dataset["base"] ?? ""}/`);
    this.makeRight();
    this.makeSwitch();
    this.addEventListener("click", (event) => this.clicked(event));
    this.addEventListener("pix:live", (event) => this.live(event as LiveEvent));
    document.addEventListener("keydown", (event) => this.keys(event));
    addEventListener("beforeunload", (event) => this.tabs.some((tab) => tab.file?.dirty) && event.preventDefault());
    addEventListener("popstate", () => this.fromAddress());
    if (!this.fromAddress()) this.restore();
  }

  /** What happens in other projects is not for this list. */
  private live(event: LiveEvent): void {
    if ((event.target as Element).id !== "project-sessions-part") return;
    const data = event.detail.data as { projectName?: string } | null;
    if (event.detail.kind === "index_progress" || (data?.projectName && data.projectName !== this.project)) event.preventDefault();
    else setTimeout(() => this.paint(), 1500);
  }

  private slotted(name: string): HTMLElement {
    return this.querySelector<HTMLElement>(`[data-slot="${name}"]`)!;
  }

  private get project(): string {
    return this.dataset["name"] ?? "";
  }

  private makeRight(): void {
    this.files = new FileTree(this.api, this.project, (path) => this.open("file", path));
    this.git = new GitPanel(this.api, this.project);
    this.git.onDiff = (path) => this.open("diff", path);
    this.git.onCommit = (commit) => this.open("commit", commit.hash, commit.message);
    this.git.onChanged = () => this.changed();
    const right = this.slotted("right");
    const buttons = (["files", "git"] as const).map((name) => {
      const button = element("button", { type: "button", class: "pane-tab", "aria-pressed": "false", "data-right": name }, say(`pane_${name}`));
      button.addEventListener("click", () => this.showRight(name));
      return button;
    });
    this.git.onStatus = (status) => {
      const states = statesOf(status);
      this.files.mark(states);
      buttons[1]!.textContent = states.size ? `${say("pane_git")} · ${states.size}` : say("pane_git");
    };
    this.files.root.addEventListener("pix:files-changed", () => void this.git.load());
    right.replaceChildren(element("header", { class: "pane-head" }, element("h2", { class: "visually-hidden" }, say("files_and_git")), ...buttons), this.files.root, this.git.root);
    this.showRight(storage.get<"files" | "git">("pane-right", "files"));
  }

  private showRight(name: "files" | "git"): void {
    storage.set("pane-right", name);
    this.files.root.hidden = name !== "files";
    this.git.root.hidden = name !== "git";
    for (const button of this.querySelectorAll<HTMLElement>("[data-right]")) button.setAttribute("aria-pressed", String(button.dataset["right"] === name));
  }

  /** On narrow screens one pane at a time. */
  private makeSwitch(): void {
    const bar = element("div", { class: "pane-switch", role: "toolbar", "aria-label": say("panes") });
    const add = (show: string, label: string, right?: "files" | "git"): void => {
      const button = element("button", { type: "button", "data-pane": right ?? show, "aria-pressed": "false" }, label);
      button.addEventListener("click", () => {
        if (right) this.showRight(right);
        this.show(show, right ?? show);
      });
      bar.append(button);
    };
    add("left", say("pane_sessions"));
    add("middle", say("pane_open"));
    add("right", say("pane_files"), "files");
    add("right", say("pane_git"), "git");
    this.querySelector(".wb-panes")!.before(bar);
    this.show("left", "left");
  }

  private show(pane: string, button: string): void {
    this.dataset["show"] = pane;
    for (const one of this.querySelectorAll<HTMLElement>("[data-pane]")) one.setAttribute("aria-pressed", String(one.dataset["pane"] === button));
  }

  private clicked(event: MouseEvent): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    const row = (event.target as Element).closest<HTMLElement>(".pane-left [data-session]");
    if (!row || !(event.target as Element).closest("a")) return;
    event.preventDefault();
    this.open("session", row.dataset["session"]!, row.querySelector(".row-title")?.textContent ?? "");
  }

  private keys(event: KeyboardEvent): void {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const at = this.current ? this.tabs.indexOf(this.current) : -1;
    if (event.key === "w" && this.current) void this.close(this.current);
    else if (event.key === "ArrowRight" && this.tabs.length) this.select(this.tabs[(at + 1) % this.tabs.length]!);
    else if (event.key === "ArrowLeft" && this.tabs.length) this.select(this.tabs[(at - 1 + this.tabs.length) % this.tabs.length]!);
    else return;
    event.preventDefault();
  }

  private fromAddress(): boolean {
    const query = new URLSearchParams(location.search);
    for (const kind of kinds) {
      const id = query.get(kind);
      if (!id) continue;
      this.open(kind, id, "", false);
      return true;
    }
    return false;
  }

  private restore(): void {
    const kept = storage.get<{ tabs: Kept[]; current: number }>(`tabs.${this.project}`, { tabs: [], current: -1 });
    const tab = kept.tabs[kept.current];
    for (const one of kept.tabs.slice(0, 12)) if (one !== tab && one.kind !== "diff") this.add(one.kind, one.id, one.title);
    if (tab && matchMedia("(min-width: 1024px)").matches) this.open(tab.kind, tab.id, tab.title, false);
    else this.paint();
  }

  private keep(): void {
    const tabs = this.tabs.map(({ kind, id, title }) => ({ kind, id, title }));
    storage.set(`tabs.${this.project}`, { tabs, current: this.current ? this.tabs.indexOf(this.current) : -1 });
  }

  private open(kind: Kind, id: string, title = "", remember = true): void {
    const tab = this.tabs.find((one) => one.kind === kind && one.id === id) ?? this.add(kind, id, title);
    this.select(tab, remember);
    this.show("middle", "middle");
  }

  private titleOf(kind: Kind, id: string): string {
    if (kind === "session") return this.querySelector(`.pane-left [data-session="${CSS.escape(id)}"] .row-title`)?.textContent ?? say("session");
    if (kind === "commit") return id.slice(0, 9);
    return id.split("/").pop() ?? id;
  }

  /** What a tab shows is made when it is first looked at. */
  private add(kind: Kind, id: string, title: string): Tab {
    const name = title || this.titleOf(kind, id);
    const button = element("button", { type: "button", class: "tab-button", "aria-pressed": "false", title: id }, icon(icons[kind]), element("span", { class: "truncate" }, name));
    const close = iconButton("x", say("close_tab", { name }));
    close.classList.add("tab-close");
    const tab: Tab = { kind, id, title: name, icon: icons[kind], root: element("div", { class: "tab-body", hidden: true }), button };
    button.addEventListener("click", () => this.select(tab));
    button.addEventListener("auxclick", (event) => event.button === 1 && void this.close(tab));
    close.addEventListener("click", () => void this.close(tab));
    this.bar.append(element("div", { class: "tab-item" }, button, close));
    this.slotted("middle").append(tab.root);
    this.tabs.push(tab);
    return tab;
  }

  private fill(tab: Tab): void {
    if (tab.root.children.length) return;
    if (tab.kind === "file") {
      const file = new FileTab(this.api, this.project, tab.id, Number(/^#L(\d+)$/.exec(location.hash)?.[1] ?? 0));
      file.onDirty = (dirty) => this.dirty(tab, dirty);
      file.onSaved = () => void this.git.load();
      tab.file = file;
      tab.root.append(file.root);
    } else if (tab.kind === "session") {
      const [provider, ...rest] = tab.id.split("/");
      defineConversation();
      const conversation = document.createElement("pix-conversation") as ConversationElement;
      conversation.className = "conversation";
      Object.assign(conversation.dataset, { live: "workbench", provider, session: rest.join("/"), project: this.project, api: this.dataset["api"], base: this.dataset["base"], root: this.dataset["path"] });
      conversation.openFile = (path) => this.open("file", path.startsWith(`${this.dataset["path"]}/`) ? path.slice(this.dataset["path"]!.length + 1) : path);
      tab.root.append(conversation);
    } else {
      const diff = new DiffTab(this.api, this.project, tab.kind === "diff" ? { file: tab.id } : { commit: tab.id }, tab.kind === "diff" ? tab.id : tab.title);
      diff.onStaged = () => void this.git.load();
      diff.onOpen = (path) => this.open("file", path);
      tab.diff = diff;
      tab.root.append(diff.root);
    }
  }

  private select(tab: Tab, remember = true): void {
    this.current = tab;
    this.fill(tab);
    this.paint();
    const address = new URL(location.href);
    for (const kind of kinds) address.searchParams.delete(kind);
    address.searchParams.set(tab.kind, tab.id);
    if (remember) {
      address.hash = "";
      history.replaceState(null, "", address.toString().replaceAll("%2F", "/"));
    }
    this.keep();
    if (tab.kind === "file") this.files.select(tab.id);
    if (tab.kind === "diff") void tab.diff?.load();
    tab.button.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private paint(): void {
    this.bar.hidden = this.tabs.length === 0;
    this.slotted("nothing").hidden = this.current !== undefined;
    for (const tab of this.tabs) {
      tab.root.hidden = tab !== this.current;
      tab.button.setAttribute("aria-pressed", String(tab === this.current));
    }
    for (const row of this.querySelectorAll<HTMLElement>(".pane-left [data-session]")) row.toggleAttribute("data-current", this.current?.kind === "session" && row.dataset["session"] === this.current.id);
  }

  private dirty(tab: Tab, dirty: boolean): void {
    tab.button.querySelector(".tab-dirty")?.remove();
    if (dirty) tab.button.append(element("span", { class: "tab-dirty", role: "img", "aria-label": say("unsaved") }));
  }

  private async close(tab: Tab): Promise<void> {
    if (tab.file?.dirty && !(await confirmInPage(say("close_question", { path: tab.id })))) return;
    const at = this.tabs.indexOf(tab);
    tab.file?.close();
    tab.root.remove();
    tab.button.parentElement!.remove();
    this.tabs.splice(at, 1);
    if (this.current === tab) {
      this.current = undefined;
      const next = this.tabs[Math.min(at, this.tabs.length - 1)];
      if (next) this.select(next);
      else history.replaceState(null, "", location.pathname);
    }
    this.paint();
    this.keep();
  }

  private changed(): void {
    for (const tab of this.tabs) {
      void tab.diff?.load();
      void tab.file?.showChanges();
    }
  }
}

export function define(): void {
  if (!customElements.get("pix-project")) customElements.define("pix-project", ProjectElement);
}
