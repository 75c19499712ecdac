import { element } from "../element";
import type { DiffLine, Hunk, Piece } from "./diff";
import { say } from "./say";

export type DiffLayout = "unified" | "split";
/** What may be done with a hunk or a line of it. */
export type HunkAction = { label: string; icon?: string; act: (hunk: Hunk, lines: Set<DiffLine>) => void };

const most = 3000;

function code(line: DiffLine): HTMLElement {
  const box = element("code", { class: "diff-text" });
  const pieces: Piece[] = line.pieces ?? [{ text: line.text, marked: false }];
  for (const piece of pieces) box.append(piece.marked ? element("mark", {}, piece.text) : piece.text);
  if (line.noEnd) box.append(element("span", { class: "diff-no-end" }, say("no_end")));
  return box;
}

const signs = { same: " ", removed: "−", added: "+" };

function sign(line: DiffLine): HTMLElement {
  const box = element("span", { class: "diff-sign", "aria-hidden": "true" }, signs[line.kind]);
  if (line.kind === "same") return box;
  return element("span", { class: "diff-sign-box" }, box, element("span", { class: "visually-hidden" }, say(line.kind)));
}

function number(value: number | undefined): HTMLElement {
  return element("span", { class: "diff-number" }, value ? String(value) : "");
}

function unifiedRow(line: DiffLine, select?: HTMLElement): HTMLElement {
  const row = element("div", { class: "diff-line", "data-kind": line.kind });
  if (select) row.append(select);
  row.append(number(line.old), number(line.new), sign(line), code(line));
  return row;
}

function splitRows(lines: DiffLine[]): HTMLElement[] {
  const rows: HTMLElement[] = [];
  const side = (line: DiffLine | undefined, old: boolean): HTMLElement => {
    const box = element("div", { class: "diff-side", "data-kind": line?.kind ?? "none" });
    if (line) box.append(number(old ? line.old : line.new), sign(line), code(line));
    return box;
  };
  for (let at = 0; at < lines.length; ) {
    if (lines[at]!.kind === "same") {
      rows.push(element("div", { class: "diff-pair" }, side(lines[at], true), side(lines[at], false)));
      ++at;
      continue;
    }
    const removed: DiffLine[] = [];
    const added: DiffLine[] = [];
    for (; at < lines.length && lines[at]!.kind === "removed"; ++at) removed.push(lines[at]!);
    for (; at < lines.length && lines[at]!.kind === "added"; ++at) added.push(lines[at]!);
    for (let index = 0; index < Math.max(removed.length, added.length); ++index) rows.push(element("div", { class: "diff-pair" }, side(removed[index], true), side(added[index], false)));
  }
  return rows;
}

export function hunkElement(hunk: Hunk, layout: DiffLayout, action?: HunkAction): HTMLElement {
  const chosen = new Set<DiffLine>();
  const box = element("div", { class: "diff-hunk" });
  const head = element("div", { class: "diff-hunk-head" });
  head.append(element("span", { class: "mono" }, `@@ −${hunk.oldStart},${hunk.oldCount} +${hunk.newStart},${hunk.newCount} @@`), element("span", { class: "diff-heading mono truncate" }, hunk.heading));
  const button = action && element("button", { type: "button", class: "button button-small" }, action.label);
  if (button) {
    button.addEventListener("click", () => action.act(hunk, chosen));
    head.append(button);
  }
  box.append(head);
  const shown = hunk.lines.slice(0, most);
  if (layout === "split") box.append(...splitRows(shown));
  else
    for (const line of shown) {
      let select: HTMLElement | undefined;
      if (action) {
        select = element("label", { class: "diff-select" });
        if (line.kind !== "same") {
          const tick = element("input", { type: "checkbox", "aria-label": say("choose_line", { line: line.old ?? line.new ?? 0 }) });
          tick.addEventListener("change", () => {
            if (tick.checked) chosen.add(line);
            else chosen.delete(line);
            button!.textContent = chosen.size ? say("with_lines", { label: action.label, count: chosen.size }) : action.label;
          });
          select.append(tick);
        }
      }
      box.append(unifiedRow(line, select));
    }
  if (hunk.lines.length > most) box.append(element("p", { class: "diff-cut muted small" }, say("lines_more", { count: hunk.lines.length - most })));
  return box;
}

export function diffElement(hunks: Hunk[], layout: DiffLayout = "unified", action?: HunkAction): HTMLElement {
  const box = element("div", { class: "diff", "data-layout": layout, role: "group", "aria-label": say("changes"), tabindex: "0" });
  for (const hunk of hunks) box.append(hunkElement(hunk, layout, action));
  return box;
}

/** "+3 −1" */
export function changeCount(hunks: Hunk[]): HTMLElement {
  const count = (kind: string): number => hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.kind === kind).length, 0);
  return element("span", { class: "change-count numeric" }, element("span", { class: "added" }, `+${count("added")}`), " ", element("span", { class: "removed" }, `−${count("removed")}`));
}

/**
 * The patch that takes `chosen` lines of one hunk (all of them if none is chosen) out of it: for `git apply --cached`, or, in reverse, for
 * taking them back. Lines that are not chosen become what the other side has.
 */
export function patchOf(oldPath: string, newPath: string, header: string[], hunk: Hunk, chosen: Set<DiffLine>, reverse: boolean): string {
  const out: string[] = [];
  let oldCount = 0;
  let newCount = 0;
  for (const line of hunk.lines) {
    const taken = line.kind === "same" || chosen.size === 0 || chosen.has(line);
    let mark = line.kind === "same" ? " " : line.kind === "removed" ? "-" : "+";
    if (!taken) {
      if ((line.kind === "added") !== reverse) continue;
      mark = " ";
    }
    if (mark !== "+") ++oldCount;
    if (mark !== "-") ++newCount;
    out.push(mark + line.text);
    if (line.noEnd) out.push("\\ No newline at end of file");
  }
  const names = header.some((line) => line.startsWith("--- ")) ? header : [`--- a/${oldPath || newPath}`, `+++ b/${newPath || oldPath}`];
  return [...names, `@@ -${hunk.oldStart},${oldCount} +${hunk.newStart},${newCount} @@`, ...out, ""].join("\n");
}
