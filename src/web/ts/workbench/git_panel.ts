import { confirmInPage } from "../dialog";
import { element, icon, iconButton } from "../element";
import { toast } from "../toasts";
import { ApiError, messageOf, type Api } from "./api";
import { askChoice, askText } from "./dialogs";
import { showConflict } from "./git_conflict";
import { showStashes } from "./git_stash";
import { graph, graphPicture, type Commit } from "./log_graph";
import { say } from "./say";

export type GitEntry = { path: string; index: string; worktree: string; conflicted?: boolean; untracked?: boolean };
export type GitStatus = { branch: string; ahead: number; behind: number; upstream?: string | null; hasCommits?: boolean; detached?: boolean; operation?: string; notGitRepository?: boolean; modified: string[]; added: string[]; deleted: string[]; untracked: string[]; staged?: string[]; conflicted?: string[]; entries?: GitEntry[] };
type Branches = { current: string; local: string[]; remote: string[] };

/** One letter a file for the tree: M A D ? and ! for a conflict. */
export function statesOf(status: GitStatus): Map<string, string> {
  const states = new Map<string, string>();
  for (const path of status.modified) states.set(path, "M");
  for (const path of status.added) states.set(path, "A");
  for (const path of status.deleted) states.set(path, "D");
  for (const path of status.untracked) states.set(path, "?");
  for (const path of status.conflicted ?? []) states.set(path, "!");
  return states;
}

const firstCommits = 30;

/** Branch, changes, commit and history of a project's repository. */
export class GitPanel {
  readonly root = element("div", { class: "tab-body" });
  private readonly head = element("div", { class: "git-head" });
  private readonly files = element("div", {});
  private readonly log = element("div", { class: "git-log" });
  private readonly message = element("textarea", { class: "textarea", rows: "2", "aria-label": say("commit_message"), placeholder: say("commit_message") });
  private readonly amend = element("input", { type: "checkbox" });
  private readonly commitButton = element("button", { type: "button", class: "button button-primary" }, say("commit"));
  private status: GitStatus | undefined;
  private commits = firstCommits;
  onStatus: (status: GitStatus) => void = () => {};
  onDiff: (path: string) => void = () => {};
  onCommit: (commit: Commit) => void = () => {};
  onChanged: () => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly project: string,
  ) {
    const scroll = element("div", { class: "pane-scroll", tabindex: "-1" });
    const box = element("div", { class: "git-commit" }, this.message, element("div", { class: "form-actions" }, this.commitButton, element("label", { class: "check" }, this.amend, ` ${say("amend")}`)));
    this.commitButton.addEventListener("click", () => void this.commit());
    this.message.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      void this.commit();
    });
    this.amend.addEventListener("change", () => void this.fillAmend());
    scroll.append(box, this.files, this.log);
    this.root.append(this.head, scroll);
    void this.load();
  }

  async load(): Promise<void> {
    try {
      this.status = await this.api.get<GitStatus>("/git/status", { project: this.project });
    } catch (error) {
      this.head.replaceChildren(element("p", { class: "empty-line" }, messageOf(error)));
      return;
    }
    this.onStatus(this.status);
    if (this.status.notGitRepository) return this.offerInit();
    this.drawHead();
    this.drawFiles();
    void this.loadLog();
  }

  private offerInit(): void {
    const init = element("button", { type: "button", class: "button" }, say("git_init"));
    init.addEventListener("click", () => void this.run("init"));
    this.root.replaceChildren(element("div", { class: "pane-note stack" }, element("p", {}, say("no_repository")), init));
  }

  private button(name: string, label: string, act: () => void, extra = ""): HTMLButtonElement {
    const made = element("button", { type: "button", class: "button button-small", title: label, "aria-label": `${label} ${extra}`.trim() }, icon(name), extra);
    made.addEventListener("click", act);
    return made;
  }

  private drawHead(): void {
    const { branch, ahead, behind, upstream, detached } = this.status!;
    const name = element("button", { type: "button", class: "button button-small git-branch", "aria-label": `${say("branch")}: ${branch}` }, icon("git-branch"), element("span", { class: "truncate" }, detached ? `${say("detached")} ${branch}` : branch), icon("chevron-down"));
    name.addEventListener("click", () => void this.chooseBranch());
    this.head.replaceChildren(name);
    this.head.append(this.button("refresh-cw", say("fetch"), () => void this.run("fetch")), this.button("arrow-down", say("pull"), () => void this.run("pull"), behind ? String(behind) : ""));
    if (upstream || ahead === undefined) this.head.append(this.button("arrow-up", say("push"), () => void this.run("push"), ahead ? String(ahead) : ""));
    else this.head.append(this.button("upload", say("publish"), () => void this.run("publish", { branch })));
    const more = this.button("ellipsis", say("more"), () => this.moreActions());
    this.head.append(more);
  }

  private moreActions(): void {
    askChoice(say("repository"), [
      { label: say("stashes"), act: () => void showStashes(this.api, this.project, (operation, body) => this.run(operation, body)) },
      { label: say("discards"), act: () => void this.chooseDiscarded() },
      { label: say("undo_commit"), act: () => void this.run("revert-local-commit") },
      { label: say("force_push"), danger: true, act: () => void confirmInPage(say("force_push_question")).then((yes) => yes && this.run("push", { force: true })) },
    ]);
  }

  /** What was discarded is kept for a while and can be taken back. */
  private async chooseDiscarded(): Promise<void> {
    try {
      const { discarded } = await this.api.get<{ discarded: { id: string; files: string[]; date: string }[] }>("/git/discarded", { project: this.project });
      if (!discarded.length) return toast({ text: say("discards_none"), kind: "info" });
      const label = (files: string[], date: string): string => `${files.slice(0, 2).join(", ")}${files.length > 2 ? ` +${files.length - 2}` : ""} · ${new Date(date).toLocaleString()}`;
      askChoice(say("discards"), discarded.slice(0, 12).map(({ id, files, date }) => ({ label: label(files, date), act: () => void this.run("undo-discard", { id }) })));
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
    }
  }

  private async chooseBranch(): Promise<void> {
    try {
      const { current, local, remote } = await this.api.get<Branches>("/git/branches", { project: this.project });
      const known = new Set(local);
      askChoice(say("branch"), [
        { label: say("new_branch"), act: () => void this.newBranch() },
        ...local.filter((one) => one !== current).map((branch) => ({ label: branch, act: () => void this.run("checkout", { branch }) })),
        ...remote.filter((one) => !known.has(one.replace(/^[^/]+\//, ""))).map((branch) => ({ label: branch, act: () => void this.run("checkout", { branch }) })),
      ]);
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
    }
  }

  private async newBranch(): Promise<void> {
    const branch = await askText(say("new_branch"), say("branch"), "", say("create"));
    if (branch) await this.run("create-branch", { branch });
  }

  /** A change to the repository; what went wrong is said with what git said. */
  private async run(operation: string, body: Record<string, unknown> = {}): Promise<boolean> {
    this.head.setAttribute("aria-busy", "true");
    try {
      const answer = await this.api.send<{ message?: string; output?: string }>("POST", `/git/${operation}`, { project: this.project, ...body });
      if (/^(fetch|pull|push|publish|checkout|stash|undo-discard|operation)/.test(operation)) toast({ text: answer.message || answer.output?.trim().split("\n").pop() || say("done"), kind: "success" });
      this.onChanged();
      await this.load();
      return true;
    } catch (error) {
      const details = error instanceof ApiError && typeof error.body["details"] === "string" ? ` ${error.body["details"].trim().split("\n").pop()}` : "";
      toast({ text: messageOf(error) + details, kind: "error" });
      // A pull or a stash that ended in a conflict has changed the files all the same.
      if (error instanceof ApiError && error.code === "GIT_MERGE_CONFLICT") {
        this.onChanged();
        await this.load();
      }
      return false;
    } finally {
      this.head.removeAttribute("aria-busy");
    }
  }

  private lists(): { conflicts: string[]; staged: [string, string][]; changed: [string, string][]; untracked: string[] } {
    const status = this.status!;
    const conflicts = status.conflicted ?? [];
    const states = statesOf(status);
    if (status.entries?.length) {
      const entries = status.entries.filter((one) => !one.conflicted);
      const letter = (one: string): string => (one === "?" ? "A" : one);
      const is = (one: string): boolean => one !== " " && one !== "." && one !== "?" && one !== "!";
      return { conflicts, staged: entries.filter((one) => is(one.index)).map((one) => [one.path, letter(one.index)]), changed: entries.filter((one) => is(one.worktree)).map((one) => [one.path, letter(one.worktree)]), untracked: entries.filter((one) => one.untracked).map((one) => one.path) };
    }
    const staged = new Set(status.staged ?? []);
    const changed = [...status.modified, ...status.added, ...status.deleted].filter((path) => !staged.has(path) && !conflicts.includes(path));
    return { conflicts, staged: [...staged].map((path) => [path, states.get(path) ?? "M"]), changed: changed.map((path) => [path, states.get(path) ?? "M"]), untracked: status.untracked.filter((path) => !staged.has(path)) };
  }

  private drawFiles(): void {
    const { conflicts, staged, changed, untracked } = this.lists();
    this.commitButton.textContent = staged.length ? say("commit_count", { count: staged.length }) : say("commit");
    const parts = [
      this.section(say("conflicts"), conflicts.map((path) => [path, "!"]), "conflict"),
      this.section(say("staged"), staged, "staged"),
      this.section(say("changed_files"), changed, "changed"),
      this.section(say("untracked"), untracked.map((path) => [path, "?"]), "untracked"),
    ].filter((one) => one !== undefined);
    const operation = this.operation();
    this.files.replaceChildren(...(operation ? [operation] : []), ...parts);
    if (!parts.length) this.files.append(element("p", { class: "empty-line pane-note" }, say("clean")));
  }

  /** A merge or rebase that is not concluded: it goes on or is called off. */
  private operation(): HTMLElement | undefined {
    const { operation, conflicted } = this.status!;
    if (!operation || operation === "bisect") return undefined;
    const note = element("div", { class: "notice git-operation", "data-state": "attention" }, element("p", {}, say("operation_open", { operation })));
    const add = (action: string): void => {
      const button = element("button", { type: "button", class: "button button-small" }, say(`operation_${action}`));
      button.addEventListener("click", () => void this.run("operation", { action }));
      note.append(button);
    };
    if (!conflicted?.length) add("continue");
    add("abort");
    return note;
  }

  private section(title: string, files: [string, string][], kind: string): HTMLElement | undefined {
    if (!files.length) return undefined;
    const all = files.map(([path]) => path);
    const head = element("div", { class: "git-section-head" }, element("h3", {}, `${title} · ${files.length}`));
    const add = (name: string, label: string, act: () => void): void => {
      const button = iconButton(name, label);
      button.addEventListener("click", act);
      head.append(button);
    };
    if (kind === "staged") add("minus", say("unstage_all"), () => void this.run("unstage", { files: all }));
    else if (kind !== "conflict") add("plus", say("stage_all"), () => void this.run("stage", { files: all }));
    const list = element("ul", {});
    for (const [path, state] of files.slice(0, 500)) list.append(this.fileRow(path, state, kind));
    if (files.length > 500) list.append(element("li", { class: "pane-note empty-line" }, say("files_more", { count: files.length - 500 })));
    return element("section", { class: "git-section", "aria-label": title }, head, list);
  }

  private fileRow(path: string, state: string, kind: string): HTMLLIElement {
    const open = element("button", { type: "button", title: path }, element("span", { class: "tree-state", "data-state": state }, state), element("span", { class: "git-name mono" }, element("bdi", {}, path)));
    const conflict = (): void => void showConflict(this.api, this.project, path, (operation, body) => this.run(operation, body));
    open.addEventListener("click", () => (kind === "conflict" ? conflict() : this.onDiff(path)));
    const row = element("li", { class: "git-file" }, open);
    const add = (name: string, label: string, act: () => void): void => {
      const button = iconButton(name, `${label}: ${path}`);
      button.addEventListener("click", act);
      row.append(button);
    };
    if (kind === "changed" || kind === "untracked") add("undo-2", say("discard"), () => void this.discard(path, kind));
    if (kind === "staged") add("minus", say("unstage"), () => void this.run("unstage", { files: [path] }));
    else if (kind === "conflict") add("git-merge", say("resolve"), conflict);
    else add("plus", say("stage"), () => void this.run("stage", { files: [path] }));
    return row;
  }

  private async discard(path: string, kind: string): Promise<void> {
    if (!(await confirmInPage(say("discard_question", { path })))) return;
    try {
      const answer = await this.api.send<{ hash?: string }>("POST", kind === "untracked" ? "/git/delete-untracked" : "/git/discard", { project: this.project, file: path });
      const id = answer.hash;
      toast({ text: say("discarded", { path }), kind: "success", ...(id ? { label: say("undo"), act: () => void this.run("undo-discard", { id }) } : {}) });
      this.onChanged();
      await this.load();
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
    }
  }

  private async commit(): Promise<void> {
    const text = this.message.value.trim();
    if (!text) {
      this.message.focus();
      toast({ text: say("message_missing"), kind: "warning" });
      return;
    }
    const { staged, changed } = this.lists();
    const files = staged.length || this.amend.checked ? undefined : changed.map(([path]) => path);
    if (files?.length && !(await confirmInPage(say("commit_all_question", { count: files.length })))) return;
    this.commitButton.setAttribute("aria-busy", "true");
    const done = await this.run("commit", { message: text, ...(files?.length ? { files } : {}), ...(this.amend.checked ? { amend: true } : {}) });
    this.commitButton.removeAttribute("aria-busy");
    if (!done) return;
    this.message.value = "";
    this.amend.checked = false;
    toast({ text: say("committed"), kind: "success" });
  }

  private async fillAmend(): Promise<void> {
    if (!this.amend.checked || this.message.value) return;
    const answer = await this.api.get<{ commits: Commit[] }>("/git/commits", { project: this.project, limit: 1 }).catch(() => undefined);
    this.message.value = answer?.commits[0]?.message ?? "";
  }

  private async loadLog(): Promise<void> {
    try {
      const { commits } = await this.api.get<{ commits: Commit[] }>("/git/commits", { project: this.project, limit: this.commits });
      const rows = graph(commits);
      const widest = Math.max(1, ...rows.map((row) => row.lanes));
      const list = element("ul", { "aria-label": say("history") });
      commits.forEach((commit, index) => {
        const row = element("button", { type: "button", class: "log-row", title: `${commit.author}, ${commit.hash.slice(0, 9)}\n${commit.message}` }, graphPicture(rows[index]!, widest));
        for (const ref of commit.refs.slice(0, 2)) row.append(element("span", { class: "log-ref" }, ref.replace(/^HEAD -> /, "")));
        row.append(element("span", { class: "log-message" }, commit.message), element("time", { datetime: commit.date }, commit.date.slice(0, 10)));
        row.addEventListener("click", () => this.onCommit(commit));
        list.append(element("li", {}, row));
      });
      this.log.replaceChildren(element("div", { class: "git-section-head" }, element("h3", {}, say("history"))), list);
      if (commits.length < this.commits || this.commits >= 100) return;
      const more = element("button", { type: "button", class: "button button-quiet" }, say("older_commits"));
      more.addEventListener("click", () => {
        this.commits = 100;
        void this.loadLog();
      });
      this.log.append(more);
    } catch {
      this.log.replaceChildren();
    }
  }
}
