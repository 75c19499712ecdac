import { element, icon } from "../element";
import { hunksOf, lines, parseUnified, type Hunk } from "./diff";
import { changeCount, diffElement } from "./diff_view";
import { picturesIn, plainText, type Message } from "./message";
import { say } from "./say";

type Fields = Record<string, unknown>;
type Edit = { path: string; hunks: Hunk[] };
type Todo = { text: string; state: string };

const longest = 40_000;

function fieldsOf(input: unknown): Fields {
  if (typeof input === "string" && input.trimStart().startsWith("{"))
    try {
      const read: unknown = JSON.parse(input);
      if (read && typeof read === "object") return read as Fields;
    } catch {
      return { input };
    }
  return input && typeof input === "object" ? (input as Fields) : { input };
}

function first(fields: Fields, ...names: string[]): string {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === "string" && value) return value;
    if (Array.isArray(value) && value.length && value.every((part) => typeof part === "string")) return value.join(" ");
  }
  return "";
}

export function pathOf(fields: Fields): string {
  return first(fields, "file_path", "filePath", "path", "absolute_path", "notebook_path", "target_file", "filename");
}

/** "*** Begin Patch" envelopes, as some agents write them: files with hunks that have no line numbers. */
function envelope(text: string): Edit[] {
  const edits: Edit[] = [];
  for (const line of text.split("\n")) {
    const file = /^\*\*\* (Add|Update|Delete) File: (.*)$/.exec(line);
    const fresh = (): Hunk => ({ oldStart: 0, oldCount: 0, newStart: 0, newCount: 0, heading: "", lines: [] });
    if (file) edits.push({ path: file[2]!, hunks: [fresh()] });
    const current = edits.at(-1);
    if (!current || file || line.startsWith("***")) continue;
    if (line.startsWith("@@")) {
      if (current.hunks.at(-1)!.lines.length) current.hunks.push(fresh());
      current.hunks.at(-1)!.heading = line.replace(/^@@ ?/, "").replace(/ ?@@$/, "");
    } else if (/^[ +-]/.test(line)) current.hunks.at(-1)!.lines.push({ kind: line[0] === "+" ? "added" : line[0] === "-" ? "removed" : "same", text: line.slice(1) });
  }
  for (const edit of edits)
    edit.hunks = edit.hunks.flatMap((hunk) => {
      const side = (skip: string): string => hunk.lines.filter((line) => line.kind !== skip).map((line) => line.text).join("\n");
      const made = hunksOf(side("added"), side("removed"), 3);
      for (const one of made) one.heading ||= hunk.heading;
      return made;
    });
  return edits;
}

/** The edits that a call asks for; none when it is no editing tool. */
export function editsOf(name: string, input: unknown): Edit[] {
  const fields = fieldsOf(input);
  const patch = first(fields, "patch", "patchText", "input", "diff", "command");
  if (patch.includes("*** Begin Patch")) return envelope(patch);
  if (/patch|diff/i.test(name) && patch.includes("@@ ")) return parseUnified(patch).map((file) => ({ path: file.newPath || file.oldPath, hunks: file.hunks }));
  const path = pathOf(fields);
  const one = (edit: Fields): Hunk[] => {
    const before = edit["old_string"] ?? edit["oldString"] ?? edit["old_str"];
    const after = edit["new_string"] ?? edit["newString"] ?? edit["new_str"];
    return typeof before === "string" && typeof after === "string" ? hunksOf(before, after) : [];
  };
  const several = Array.isArray(fields["edits"]) ? (fields["edits"] as Fields[]).flatMap((edit) => (edit && typeof edit === "object" ? one(edit) : [])) : [];
  const hunks = several.length ? several : one(fields);
  if (hunks.length) return [{ path, hunks }];
  const content = fields["content"] ?? fields["file_text"] ?? fields["contents"];
  if (path && typeof content === "string" && /write|create|save/i.test(name)) return [{ path, hunks: hunksOf("", content) }];
  const changes = fields["changes"];
  if (changes && typeof changes === "object")
    return Object.entries(changes as Record<string, Fields>).flatMap(([file, change]) => {
      const text = first(change ?? {}, "unified_diff", "diff");
      return text ? [{ path: file, hunks: parseUnified(text).flatMap((part) => part.hunks) }] : [];
    });
  return [];
}

export function todosOf(input: unknown): Todo[] {
  const fields = fieldsOf(input);
  const list = fields["todos"] ?? fields["plan"] ?? fields["items"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: unknown) => {
    if (!entry || typeof entry !== "object") return [];
    const text = first(entry as Fields, "content", "step", "text", "title", "description");
    return text ? [{ text, state: first(entry as Fields, "status", "state") || "pending" }] : [];
  });
}

export function todoList(todos: Todo[]): HTMLElement {
  const box = element("ul", { class: "todos" });
  for (const { text, state } of todos) {
    const done = /complete|done/.test(state);
    const active = /progress|active/.test(state);
    const name = done ? "circle-check" : active ? "circle-dot" : "circle";
    box.append(element("li", { "data-state": done ? "done" : active ? "active" : "open" }, icon(name), element("span", { class: "visually-hidden" }, say(done ? "todo_done" : active ? "todo_active" : "todo_open")), element("span", {}, text)));
  }
  return box;
}

/** A path inside its project for people: the project's own folder is left out. */
export function shortPath(path: string, root: string): string {
  return root && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function summaryOf(name: string, fields: Fields, root: string): string {
  const path = pathOf(fields);
  const said = first(fields, "description");
  const command = first(fields, "command", "cmd", "script");
  if (/task|agent/i.test(name) && said) return said;
  if (command) return command.replace(/^(\/bin\/)?(ba|z)?sh -l?c /, "");
  if (path) return shortPath(path, root);
  return first(fields, "pattern", "query", "url", "prompt", "description", "skill", "input", "name");
}

const icons: [RegExp, string][] = [
  [/todo|plan/i, "list-checks"],
  [/bash|shell|exec|terminal|command/i, "terminal"],
  [/edit|write|replace|patch|create|notebook/i, "file-pen"],
  [/read|view|cat/i, "file-text"],
  [/grep|glob|search|find|list|^ls$/i, "search"],
  [/web|fetch|http|browser/i, "globe"],
  [/task|agent/i, "bot"],
];

function output(text: string, isError: boolean): HTMLElement {
  const cut = text.length > longest;
  const pre = element("pre", { class: "tool-output", "data-error": isError, tabindex: "0" }, cut ? text.slice(0, longest) : text);
  if (!cut) return pre;
  const more = element("button", { type: "button", class: "button button-small" }, say("show_all", { size: Math.round(text.length / 1000) }));
  more.addEventListener("click", () => {
    pre.textContent = text;
    more.remove();
  });
  return element("div", {}, pre, more);
}

export function picture(source: { data?: string; name?: string }, onOpen: (address: string) => void): HTMLElement | undefined {
  if (!source.data || !/^data:image\/(png|jpeg|gif|webp|svg\+xml|avif|bmp);/.test(source.data)) return undefined;
  const image = element("img", { src: source.data, alt: source.name ?? say("picture"), loading: "lazy" });
  const button = element("button", { type: "button", class: "picture", "aria-label": say("show_larger", { name: source.name ?? say("picture") }) }, image);
  button.addEventListener("click", () => onOpen(source.data!));
  return button;
}

export type ToolContext = { root: string; openFile?: (path: string) => void; openPicture: (address: string) => void; isOpen: (key: string) => boolean; setOpen: (key: string, open: boolean) => void };

function details(call: Message, fields: Fields, edits: Edit[], todos: Todo[], context: ToolContext): HTMLElement {
  const box = element("div", { class: "tool-body" });
  const result = call.toolResult;
  const text = plainText(result?.content).trimEnd();
  const command = first(fields, "command", "cmd", "script");
  if (edits.length)
    for (const edit of edits) {
      if (edits.length > 1 && edit.path) box.append(element("p", { class: "mono small" }, shortPath(edit.path, context.root)));
      box.append(diffElement(edit.hunks));
    }
  else if (todos.length) box.append(todoList(todos));
  else if (command) box.append(element("pre", { class: "tool-command", tabindex: "0" }, command));
  else {
    const rest = Object.entries(fields).filter(([, value]) => value !== undefined && value !== "");
    const list = element("dl", { class: "tool-fields" });
    for (const [key, value] of rest.slice(0, 40)) list.append(element("div", {}, element("dt", {}, key), element("dd", { class: "mono" }, plainText(value).slice(0, 4000))));
    if (rest.length) box.append(list);
  }
  const showText = text && !(edits.length && !result?.isError) && !(todos.length && !result?.isError);
  if (showText) box.append(output(text, Boolean(result?.isError)));
  for (const one of picturesIn(result?.content)) {
    const shown = picture(one, context.openPicture);
    if (shown) box.append(shown);
  }
  for (const part of (call.subagentTools ?? []).slice(0, 200)) box.append(toolElement({ ...part, kind: "tool_use" }, context));
  if (!result) box.append(element("p", { class: "muted small" }, say("no_result")));
  return box;
}

/** A tool's call and its result as one row that opens. Edits and todo lists are open from the start. */
export function toolElement(call: Message, context: ToolContext): HTMLElement {
  const name = call.toolName ?? "tool";
  const fields = fieldsOf(call.toolInput);
  const edits = editsOf(name, call.toolInput);
  const todos = edits.length ? [] : todosOf(call.toolInput);
  const failed = Boolean(call.toolResult?.isError);
  const size = edits.reduce((sum, edit) => sum + edit.hunks.reduce((count, hunk) => count + hunk.lines.length, 0), 0);
  const box = element("details", { class: "tool", "data-error": failed, "data-kind": edits.length ? "edit" : todos.length ? "todo" : "call" });
  const key = `${call.id}:${call.toolId ?? ""}`;
  const openFirst = (edits.length > 0 && size <= 60) || todos.length > 0;
  const line = element("summary", { class: "tool-line" }, icon(icons.find(([pattern]) => pattern.test(name))?.[1] ?? "wrench"), element("span", { class: "tool-name" }, name));
  const path = pathOf(fields);
  line.append(element("span", { class: "tool-note mono" }, summaryOf(name, fields, context.root)));
  if (edits.length) line.append(changeCount(edits.flatMap((edit) => edit.hunks)));
  else if (call.toolResult && !failed) {
    const count = lines(plainText(call.toolResult.content)).length;
    if (count > 1) line.append(element("span", { class: "tool-size small muted numeric" }, say("line_count", { count })));
  }
  if (failed) line.append(element("span", { class: "badge", "data-state": "bad" }, say("failed_badge")));
  else if (!call.toolResult) line.append(element("span", { class: "badge", "data-state": "info" }, say("running")));
  box.append(line);
  let made = false;
  const fill = (): void => {
    if (made || !box.open) return;
    made = true;
    box.append(details(call, fields, edits, todos, context));
  };
  box.open = context.isOpen(key) !== openFirst;
  fill();
  box.addEventListener("toggle", () => {
    fill();
    context.setOpen(key, box.open !== openFirst);
  });
  const file = path || edits[0]?.path;
  if (!file || !context.openFile) return box;
  const label = say("open_file", { path: shortPath(file, context.root) });
  const open = element("button", { type: "button", class: "icon-button tool-open", "aria-label": label, title: label }, icon("external-link"));
  open.addEventListener("click", () => context.openFile!(file));
  return element("div", { class: "tool-box" }, box, open);
}
