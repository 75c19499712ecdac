import { element, icon } from "../element";
import { storage } from "../storage";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { markWords, parseUnified, type DiffLine, type FileDiff, type Hunk } from "./diff";
import { changeCount, diffElement, type DiffLayout, type HunkAction } from "./diff_view";
import { say } from "./say";

type WireLine = { kind: string; text: string; oldLine?: number; newLine?: number; oldNumber?: number; newNumber?: number; old?: number; new?: number; noNewline?: boolean };
type WireHunk = { id: string; oldStart: number; oldLines: number; newStart: number; newLines: number; section: string; lines: WireLine[] };
type WireFile = { path: string; oldPath?: string; status: string; binary: boolean; hunks: WireHunk[] };
type DiffAnswer = { diff: string; binary?: boolean; isTruncated?: boolean; files?: WireFile[] };
type NamedHunk = Hunk & { id?: string };

function fromWire(file: WireFile): FileDiff {
  const hunks = file.hunks.map((hunk): NamedHunk => {
    let old = hunk.oldStart;
    let now = hunk.newStart;
    const lines = hunk.lines.map((line): DiffLine => {
      const kind = line.kind === "add" ? "added" : line.kind === "del" || line.kind === "delete" || line.kind === "remove" ? "removed" : "same";
      return { kind, text: line.text, old: kind === "added" ? undefined : old++, new: kind === "removed" ? undefined : now++, noEnd: line.noNewline };
    });
    markWords(lines);
    return { id: hunk.id, oldStart: hunk.oldStart, oldCount: hunk.oldLines, newStart: hunk.newStart, newCount: hunk.newLines, heading: hunk.section, lines };
  });
  const status = file.status === "added" ? "added" : file.status === "deleted" ? "removed" : file.status === "renamed" ? "renamed" : "changed";
  return { oldPath: file.oldPath ?? file.path, newPath: file.path, status, binary: file.binary, header: [], hunks };
}

/** Changes: of one file (staged and not), or of one commit with all its files. */
export class DiffTab {
  readonly root = element("div", { class: "tab-body" });
  private readonly body = element("div", { class: "diff-full", tabindex: "0", role: "group", "aria-label": say("changes") });
  private layout: DiffLayout = storage.get<DiffLayout>("diff-layout", "unified");
  onStaged: () => void = () => {};
  onOpen: (path: string) => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly project: string,
    private readonly what: { file?: string; commit?: string },
    title: string,
  ) {
    const layout = element("button", { type: "button", class: "button button-small", "aria-pressed": String(this.layout === "split") }, icon("columns-2"), say("side_by_side"));
    layout.addEventListener("click", () => {
      this.layout = this.layout === "split" ? "unified" : "split";
      storage.set("diff-layout", this.layout);
      layout.setAttribute("aria-pressed", String(this.layout === "split"));
      void this.load();
    });
    const bar = element("div", { class: "editor-bar" }, element("span", { class: "editor-path", title }, title));
    if (what.file) {
      const open = element("button", { type: "button", class: "button button-small button-quiet" }, say("edit"));
      open.addEventListener("click", () => this.onOpen(what.file!));
      bar.append(open);
    }
    bar.append(layout);
    this.root.append(bar, this.body);
    void this.load();
  }

  async load(): Promise<void> {
    try {
      const parts = this.what.commit ? [await this.commit()] : await this.file();
      const shown = parts.filter((part) => part.files.length || part.note);
      this.body.replaceChildren(...shown.flatMap((part) => this.part(part)));
      if (!shown.length) this.body.append(element("p", { class: "empty-line pane-note" }, say("no_changes")));
    } catch (error) {
      this.body.replaceChildren(element("p", { class: "empty-line pane-note" }, messageOf(error)));
    }
  }

  private async commit(): Promise<{ files: FileDiff[]; note: string; staged?: boolean; title: string }> {
    const answer = await this.api.get<DiffAnswer>("/git/commit-diff", { project: this.project, commit: this.what.commit, parsed: true });
    return { files: answer.files?.map(fromWire) ?? parseUnified(answer.diff), note: answer.isTruncated ? say("truncated") : "", title: "" };
  }

  private async file(): Promise<{ files: FileDiff[]; note: string; staged: boolean; title: string }[]> {
    const ask = async (staged: boolean): Promise<{ files: FileDiff[]; note: string; staged: boolean; title: string }> => {
      const answer = await this.api.get<DiffAnswer>("/git/diff", { project: this.project, file: this.what.file, staged, parsed: true });
      const files = answer.files?.map(fromWire) ?? parseUnified(answer.diff);
      return { files, note: answer.isTruncated ? say("truncated") : "", staged, title: say(staged ? "staged" : "not_staged") };
    };
    const [loose, staged] = await Promise.all([ask(false), ask(true)]);
    const same = JSON.stringify(loose!.files) === JSON.stringify(staged!.files);
    return same ? [loose!] : [loose!, staged!];
  }

  private part(part: { files: FileDiff[]; note: string; staged?: boolean; title: string }): HTMLElement[] {
    const out: HTMLElement[] = [];
    for (const file of part.files) {
      const name = file.oldPath !== file.newPath && file.oldPath && file.newPath ? `${file.oldPath} → ${file.newPath}` : file.newPath || file.oldPath || (this.what.file ?? "");
      const head = element("div", { class: "diff-file-head" }, element("span", { class: "mono truncate" }, name), changeCount(file.hunks));
      if (part.title) head.append(element("span", { class: "badge", "data-state": part.staged ? "good" : "neutral" }, part.title));
      out.push(head);
      if (file.binary) out.push(element("p", { class: "empty-line pane-note" }, say("binary_change")));
      else out.push(diffElement(file.hunks, this.layout, part.staged === undefined ? undefined : this.action(file, part.staged)));
    }
    if (part.note) out.push(element("p", { class: "empty-line pane-note" }, part.note));
    return out;
  }

  private action(file: FileDiff, staged: boolean): HunkAction | undefined {
    if (!file.hunks.some((hunk: NamedHunk) => hunk.id)) return undefined;
    return {
      label: say(staged ? "unstage_hunk" : "stage_hunk"),
      act: (hunk: NamedHunk, chosen) => void this.stage(hunk, chosen, staged),
    };
  }

  private async stage(hunk: NamedHunk, chosen: Set<DiffLine>, staged: boolean): Promise<void> {
    const numbers = hunk.lines.flatMap((line, index) => (chosen.has(line) ? [index] : []));
    const part = numbers.length ? { id: hunk.id, lines: numbers } : { id: hunk.id };
    try {
      await this.api.send("POST", staged ? "/git/unstage" : "/git/stage", { project: this.project, file: this.what.file, hunks: [part] });
      this.onStaged();
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
    }
    await this.load();
  }
}
