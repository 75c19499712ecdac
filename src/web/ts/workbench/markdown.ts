import { element } from "../element";

/**
 * Markdown as agents write it, drawn with the page's own elements: nothing in the text becomes HTML, and links lead to http, https or
 * mailto only. Headings, paragraphs, lists with tasks, quotes, tables, fenced code, rules; in lines: code, emphasis, strike-through,
 * links, addresses.
 */
export function markdown(text: string): DocumentFragment {
  const out = document.createDocumentFragment();
  blocks(text.replace(/\r\n?/g, "\n").split("\n"), out, 0);
  return out;
}

const fence = /^( {0,3})(`{3,}|~{3,})\s*([^\s`]*)/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const bullet = /^(\s*)([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;
const rule = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const tableRule = /^ {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const deepest = 12;

function blocks(lines: string[], out: Node, depth: number): void {
  let at = 0;
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length) out.appendChild(inlineElement("p", paragraph.join("\n")));
    paragraph = [];
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const open = fence.exec(line);
    if (open) {
      flush();
      at = codeBlock(lines, at, open, out);
      continue;
    }
    const head = heading.exec(line);
    if (head) {
      flush();
      out.appendChild(inlineElement(`h${Math.min(6, head[1]!.length + 2)}` as "h3", head[2]!));
    } else if (rule.test(line)) {
      flush();
      out.appendChild(element("hr"));
    } else if (/^ {0,3}>/.test(line) && depth < deepest) {
      flush();
      const quoted: string[] = [];
      for (; at < lines.length && /^ {0,3}>/.test(lines[at]!); ++at) quoted.push(lines[at]!.replace(/^ {0,3}> ?/, ""));
      const quote = element("blockquote");
      blocks(quoted, quote, depth + 1);
      out.appendChild(quote);
      continue;
    } else if (bullet.test(line) && depth < deepest && (!paragraph.length || /^\s*([-*+]|1[.)])\s/.test(line))) {
      flush();
      at = list(lines, at, out, depth);
      continue;
    } else if (line.includes("|") && at + 1 < lines.length && tableRule.test(lines[at + 1]!) && lines[at + 1]!.includes("-")) {
      flush();
      at = table(lines, at, out);
      continue;
    } else if (!line.trim()) flush();
    else paragraph.push(line.trim());
    ++at;
  }
  flush();
}

function codeBlock(lines: string[], at: number, open: RegExpExecArray, out: Node): number {
  const [, indent, mark, language] = open;
  const body: string[] = [];
  let next = at + 1;
  for (; next < lines.length; ++next) {
    const line = lines[next]!;
    const close = line.trim();
    if (close.startsWith(mark!) && close.replaceAll(mark![0]!, "") === "") break;
    body.push(line.startsWith(indent!) ? line.slice(indent!.length) : line.trimStart());
  }
  out.appendChild(codeElement(body.join("\n"), language ?? ""));
  return next + 1;
}

/** A block of code with its language and a copy button. */
export function codeElement(text: string, language: string): HTMLElement {
  const pre = element("pre", { class: "md-code", tabindex: "0" }, element("code", {}, text));
  if (language) pre.dataset.language = language;
  const box = element("div", { class: "md-code-box" }, pre);
  const copy = element("button", { type: "button", class: "icon-button md-copy", "data-copy": text, "aria-label": "Copy" });
  copy.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#i-copy"/></svg>';
  box.append(copy);
  return box;
}

function list(lines: string[], from: number, out: Node, depth: number): number {
  const first = bullet.exec(lines[from]!)!;
  const ordered = /\d/.test(first[2]!);
  const base = first[1]!.length;
  const box = ordered ? element("ol") : element("ul");
  const start = parseInt(first[2]!, 10);
  if (ordered && start !== 1) (box as HTMLOListElement).start = start;
  let at = from;
  while (at < lines.length) {
    const item = bullet.exec(lines[at]!);
    if (!item || item[1]!.length > base + 1 || item[1]!.length < base || /\d/.test(item[2]!) !== ordered || rule.test(lines[at]!)) break;
    const indent = item[1]!.length + item[2]!.length + Math.min(item[3]!.length || 1, 4);
    const body = [item[4]!];
    ++at;
    while (at < lines.length) {
      const line = lines[at]!;
      const inside = line.length - line.trimStart().length;
      const blank = !line.trim();
      if (blank && at + 1 < lines.length && (lines[at + 1]!.length - lines[at + 1]!.trimStart().length >= Math.min(indent, base + 2) && lines[at + 1]!.trim())) body.push("");
      else if (blank) break;
      else if (inside >= Math.min(indent, base + 2)) body.push(line.slice(Math.min(inside, indent)));
      else if (bullet.test(line) || heading.test(line) || fence.test(line)) break;
      else body.push(line.trim());
      ++at;
    }
    box.append(listItem(body, depth));
    let next = at;
    while (next < lines.length && !lines[next]!.trim()) ++next;
    const follows = next < lines.length ? bullet.exec(lines[next]!) : null;
    if (next > at && follows && follows[1]!.length >= base && follows[1]!.length <= base + 1 && /\d/.test(follows[2]!) === ordered) at = next;
    else if (next > at) break;
  }
  out.appendChild(box);
  return Math.max(at, from + 1);
}

function listItem(body: string[], depth: number): HTMLLIElement {
  const item = element("li");
  const task = /^\[([ xX])\]\s+(.*)$/.exec(body[0]!);
  if (task) {
    body[0] = task[2]!;
    const done = task[1] !== " ";
    item.append(element("span", { class: "task", "data-done": done, "aria-label": done ? "done" : "open", role: "img" }));
  }
  const simple = body.every((line) => line.trim() && !bullet.test(line) && !fence.test(line) && !/^ {0,3}>/.test(line));
  if (simple) inline(body.map((line) => line.trim()).join("\n"), item);
  else {
    let lead = 0;
    while (lead < body.length && body[lead]!.trim() && !bullet.test(body[lead]!) && !fence.test(body[lead]!)) ++lead;
    inline(body.slice(0, lead).join("\n"), item);
    blocks(body.slice(lead), item, depth + 1);
  }
  return item;
}

function cells(line: string): string[] {
  const text = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return text.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function table(lines: string[], from: number, out: Node): number {
  const aligns = cells(lines[from + 1]!).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : ""));
  const row = (line: string, name: "th" | "td"): HTMLTableRowElement => {
    const made = element("tr");
    cells(line).slice(0, 50).forEach((cell, column) => {
      const box = inlineElement(name, cell);
      if (aligns[column]) box.dataset.align = aligns[column];
      made.append(box);
    });
    return made;
  };
  const body = element("tbody");
  let at = from + 2;
  for (; at < lines.length && lines[at]!.includes("|") && lines[at]!.trim(); ++at) body.append(row(lines[at]!, "td"));
  const made = element("table", {}, element("thead", {}, row(lines[from]!, "th")), body);
  out.appendChild(element("div", { class: "md-table", tabindex: "0" }, made));
  return at;
}

function inlineElement<K extends "p" | "h3" | "th" | "td">(name: K, text: string): HTMLElementTagNameMap[K] {
  const made = element(name);
  inline(text, made);
  return made;
}

const token = /(`+)([\s\S]*?[^`])\1(?!`)|!?\[([^\]\n]{0,500})\]\(\s*<?([^\s)>]{1,2000})>?(?:\s+"[^"]*")?\s*\)|(\*\*|__)(?=\S)([\s\S]{1,4000}?\S)\5|(\*|_)(?=\S)([^*_]{1,2000}?\S|\S)\7(?![\p{L}\p{N}])|~~(?=\S)([\s\S]{1,2000}?\S)~~|\b(https?:\/\/[^\s<>"'`)\]]{1,2000}[^\s<>"'`)\].,;:!?])|\\([\\`*_{}[\]()#+\-.!|~>])/u;

function inline(text: string, out: Node, depth = 0): void {
  let rest = text;
  while (rest) {
    const found = depth < 6 ? token.exec(rest) : null;
    if (!found) {
      plain(rest, out);
      return;
    }
    const before = rest.slice(0, found.index);
    const emphasis = found[7];
    if (emphasis === "_" && /[\p{L}\p{N}]$/u.test(before)) {
      plain(rest.slice(0, found.index + 1), out);
      rest = rest.slice(found.index + 1);
      continue;
    }
    plain(before, out);
    rest = rest.slice(found.index + found[0].length);
    if (found[1]) out.appendChild(element("code", {}, found[2]!.replaceAll("\n", " ").replace(/^ (.*\S.*) $/, "$1")));
    else if (found[4]) out.appendChild(link(found[4], found[3] || found[4], depth));
    else if (found[5]) nested("strong", found[6]!, out, depth);
    else if (emphasis) nested("em", found[8]!, out, depth);
    else if (found[9]) nested("s", found[9], out, depth);
    else if (found[10]) out.appendChild(link(found[10], "", depth));
    else out.appendChild(document.createTextNode(found[11]!));
  }
}

function nested(name: "strong" | "em" | "s", text: string, out: Node, depth: number): void {
  const made = element(name);
  inline(text, made, depth + 1);
  out.appendChild(made);
}

function link(address: string, label: string, depth: number): Node {
  const safe = /^(https?:\/\/|mailto:)/i.test(address);
  const made = safe ? element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }) : element("span", { class: "md-path", title: address });
  if (label) inline(label, made, depth + 1);
  else made.append(address);
  return made;
}

/** Line breaks of the source are kept: agents mean them. */
function plain(text: string, out: Node): void {
  text.split("\n").forEach((line, index) => {
    if (index) out.appendChild(element("br"));
    if (line) out.appendChild(document.createTextNode(line.replace(/ {2,}$/, "")));
  });
}
