export type Change = { kind: "same" | "removed" | "added"; text: string };
export type Piece = { text: string; marked: boolean };
export type DiffLine = { kind: "same" | "removed" | "added"; old?: number; new?: number; text: string; pieces?: Piece[]; noEnd?: boolean };
export type Hunk = { oldStart: number; oldCount: number; newStart: number; newCount: number; heading: string; lines: DiffLine[] };
export type FileDiff = { oldPath: string; newPath: string; status: "changed" | "added" | "removed" | "renamed"; binary: boolean; header: string[]; hunks: Hunk[] };

const mostEdits = 1500;

/**
 * The shortest script of removals and additions that leads from `before` to `after`; one whole replacement when they
 * have little in common. Source: Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
 */
export function compare(before: string[], after: string[]): { kind: "same" | "removed" | "added"; from: number }[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) ++start;
  let oldEnd = before.length;
  let newEnd = after.length;
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    --oldEnd;
    --newEnd;
  }
  const script: { kind: "same" | "removed" | "added"; from: number }[] = [];
  for (let index = 0; index < start; ++index) script.push({ kind: "same", from: index });
  script.push(...middle(before.slice(start, oldEnd), after.slice(start, newEnd)).map((one) => ({ ...one, from: one.from + start })));
  for (let index = oldEnd; index < before.length; ++index) script.push({ kind: "same", from: index });
  return script;
}

function middle(before: string[], after: string[]): { kind: "same" | "removed" | "added"; from: number }[] {
  const replaced = (): { kind: "removed" | "added"; from: number }[] => [
    ...before.map((_, from) => ({ kind: "removed" as const, from })),
    ...after.map((_, from) => ({ kind: "added" as const, from })),
  ];
  if (!before.length || !after.length) return replaced();
  const most = Math.min(before.length + after.length, mostEdits);
  const size = 2 * most + 1;
  const furthest = new Int32Array(size + 2);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; ++edits) {
    trace.push(furthest.slice(most - edits, most + edits + 2));
    for (let line = -edits; line <= edits; line += 2) {
      const down = line === -edits || (line !== edits && furthest[most + line - 1]! < furthest[most + line + 1]!);
      let x = down ? furthest[most + line + 1]! : furthest[most + line - 1]! + 1;
      while (x < before.length && x - line < after.length && before[x] === after[x - line]) ++x;
      furthest[most + line] = x;
      if (x >= before.length && x - line >= after.length) return walkBack(trace, before.length, after.length, edits);
    }
  }
  return replaced();
}

function walkBack(trace: Int32Array[], oldLength: number, newLength: number, edits: number): { kind: "same" | "removed" | "added"; from: number }[] {
  const script: { kind: "same" | "removed" | "added"; from: number }[] = [];
  let x = oldLength;
  let y = newLength;
  for (let step = edits; step >= 0; --step) {
    const furthest = trace[step]!;
    const at = (line: number): number => furthest[line + step] ?? 0;
    const line = x - y;
    const down = line === -step || (line !== step && at(line - 1) < at(line + 1));
    const previous = down ? line + 1 : line - 1;
    const fromX = step === 0 ? 0 : at(previous);
    const fromY = step === 0 ? 0 : fromX - previous;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      script.push({ kind: "same", from: --x });
      --y;
    }
    if (step === 0) break;
    if (down) script.push({ kind: "added", from: --y });
    else script.push({ kind: "removed", from: --x });
  }
  return script.reverse();
}

export function lines(text: string): string[] {
  const found = text.split("\n");
  if (found.at(-1) === "") found.pop();
  return found;
}

/** The difference of two texts as hunks with `around` lines on each side. */
export function hunksOf(before: string, after: string, around = 3): Hunk[] {
  const old = lines(before);
  const now = lines(after);
  const all: DiffLine[] = [];
  let newLine = 0;
  let oldLine = 0;
  for (const { kind, from } of compare(old, now)) {
    if (kind === "removed") all.push({ kind, old: ++oldLine, text: old[from]! });
    else if (kind === "added") all.push({ kind, new: ++newLine, text: now[from]! });
    else all.push({ kind, old: ++oldLine, new: ++newLine, text: old[from]! });
  }
  const hunks: Hunk[] = [];
  let last = -1;
  all.forEach((line, index) => {
    if (line.kind === "same") return;
    const from = Math.max(0, index - around);
    const to = Math.min(all.length, index + around + 1);
    if (from <= last && hunks.length) hunks.at(-1)!.lines.push(...all.slice(last, to));
    else hunks.push(hunkFrom(all.slice(from, to)));
    last = Math.max(last, to);
  });
  for (const hunk of hunks) finish(hunk);
  return hunks;
}

function hunkFrom(part: DiffLine[]): Hunk {
  return { oldStart: 0, oldCount: 0, newStart: 0, newCount: 0, heading: "", lines: [...part] };
}

function finish(hunk: Hunk): void {
  const seen = new Set<DiffLine>();
  hunk.lines = hunk.lines.filter((line) => !seen.has(line) && seen.add(line));
  hunk.oldStart = hunk.lines.find((line) => line.old)?.old ?? 0;
  hunk.newStart = hunk.lines.find((line) => line.new)?.new ?? 0;
  hunk.oldCount = hunk.lines.filter((line) => line.kind !== "added").length;
  hunk.newCount = hunk.lines.filter((line) => line.kind !== "removed").length;
  markWords(hunk.lines);
}

const word = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu;

/** The parts of a removed and an added line that differ; nothing when they are not alike. */
export function wordPieces(before: string, after: string): { old: Piece[]; new: Piece[] } | undefined {
  if (before.length + after.length > 2000) return undefined;
  const old = before.match(word) ?? [];
  const now = after.match(word) ?? [];
  const script = compare(old, now);
  const kept = script.filter((one) => one.kind === "same").reduce((sum, one) => sum + old[one.from]!.trim().length, 0);
  if (kept * 3 < Math.max(before.trim().length, after.trim().length)) return undefined;
  const pieces = { old: [] as Piece[], new: [] as Piece[] };
  const push = (list: Piece[], text: string, marked: boolean): void => {
    const last = list.at(-1);
    if (last && last.marked === marked) last.text += text;
    else list.push({ text, marked });
  };
  for (const { kind, from } of script) {
    if (kind !== "added") push(pieces.old, old[from]!, kind === "removed");
    if (kind === "added") push(pieces.new, now[from]!, true);
    else if (kind === "same") push(pieces.new, old[from]!, false);
  }
  return pieces;
}

/** Pairs the removed lines of each block with the added ones that follow and marks the words that changed. */
export function markWords(list: DiffLine[]): void {
  for (let at = 0; at < list.length; ) {
    let removed = at;
    while (list[removed]?.kind === "removed") ++removed;
    let added = removed;
    while (list[added]?.kind === "added") ++added;
    const pairs = Math.min(removed - at, added - removed);
    for (let index = 0; index < pairs; ++index) {
      const pieces = wordPieces(list[at + index]!.text, list[removed + index]!.text);
      if (!pieces) continue;
      list[at + index]!.pieces = pieces.old;
      list[removed + index]!.pieces = pieces.new;
    }
    at = Math.max(added, at + 1);
  }
}

const hunkHead = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/;

function unquoted(path: string): string {
  let text = path.replace(/\t.*$/, "");
  if (text.startsWith('"'))
    try {
      text = decodeURIComponent(text.slice(1, -1).replace(/\\([0-7]{3})/g, (_, octal: string) => `%${parseInt(octal, 8).toString(16).padStart(2, "0")}`).replace(/\\(["\\])/g, "$1"));
    } catch {
      return path;
    }
  return text.replace(/^[abciw]\//, "");
}

/** Reads what `git diff` prints, of one file or many; a text that begins at the first "@@" is one file without a name. */
export function parseUnified(text: string): FileDiff[] {
  const files: FileDiff[] = [];
  const fresh = (): FileDiff => ({ oldPath: "", newPath: "", status: "changed", binary: false, header: [], hunks: [] });
  let file: FileDiff | undefined;
  let hunk: Hunk | undefined;
  let oldLeft = 0;
  let newLeft = 0;
  for (const line of text.split("\n")) {
    if (hunk && (oldLeft > 0 || newLeft > 0 || line.startsWith("\\"))) {
      const mark = line[0];
      const oldNumber = hunk.oldStart + hunk.oldCount - oldLeft;
      const newNumber = hunk.newStart + hunk.newCount - newLeft;
      if (mark === "-") {
        hunk.lines.push({ kind: "removed", old: oldNumber, text: line.slice(1) });
        --oldLeft;
        continue;
      }
      if (mark === "+") {
        hunk.lines.push({ kind: "added", new: newNumber, text: line.slice(1) });
        --newLeft;
        continue;
      }
      if (mark === "\\") {
        const last = hunk.lines.at(-1);
        if (last) last.noEnd = true;
        continue;
      }
      if (mark === " " || line === "") {
        hunk.lines.push({ kind: "same", old: oldNumber, new: newNumber, text: line.slice(1) });
        --oldLeft;
        --newLeft;
        continue;
      }
    }
    const head = hunkHead.exec(line);
    if (head) {
      if (!file) files.push((file = fresh()));
      hunk = { oldStart: Number(head[1]), oldCount: Number(head[2] ?? 1), newStart: Number(head[3]), newCount: Number(head[4] ?? 1), heading: head[5]!, lines: [] };
      oldLeft = hunk.oldCount;
      newLeft = hunk.newCount;
      file.hunks.push(hunk);
      continue;
    }
    if (line.startsWith("diff --git ") || (line.startsWith("--- ") && (!file || file.hunks.length))) {
      files.push((file = fresh()));
      hunk = undefined;
      const names = /^diff --git a\/(.*) b\/(.*)$/.exec(line);
      if (names) [file.oldPath, file.newPath] = [names[1]!, names[2]!];
    }
    if (!file) continue;
    file.header.push(line);
    if (line.startsWith("--- ") && line !== "--- /dev/null") file.oldPath = unquoted(line.slice(4));
    else if (line.startsWith("+++ ") && line !== "+++ /dev/null") file.newPath = unquoted(line.slice(4));
    else if (line.startsWith("new file")) file.status = "added";
    else if (line.startsWith("deleted file")) file.status = "removed";
    else if (line.startsWith("rename to ")) [file.status, file.newPath] = ["renamed", unquoted(line.slice(10))];
    else if (line.startsWith("Binary files ") || line.startsWith("GIT binary patch")) file.binary = true;
  }
  for (const one of files) {
    while (one.header.at(-1) === "") one.header.pop();
    for (const part of one.hunks) markWords(part.lines);
  }
  return files;
}
