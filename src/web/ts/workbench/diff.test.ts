import { expect, test } from "vitest";
import { compare, hunksOf, parseUnified, wordPieces } from "./diff";

function applied(before: string[], after: string[]): string[] {
  return compare(before, after).flatMap(({ kind, from }) => (kind === "removed" ? [] : [kind === "added" ? after[from]! : before[from]!]));
}

test("every script leads from one text to the other", () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  for (let round = 0; round < 300; ++round) {
    const before = Array.from({ length: random(12) }, () => "abc"[random(3)]!);
    const after = Array.from({ length: random(12) }, () => "abc"[random(3)]!);
    expect(applied(before, after)).toEqual(after);
  }
});

test("hunks hold what changed and three lines round it", () => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
  const after = [...before];
  after[9] = "line ten";
  after.splice(25, 1);
  const hunks = hunksOf(before.join("\n"), after.join("\n"));
  expect(hunks.map(({ oldStart, oldCount, newStart, newCount }) => [oldStart, oldCount, newStart, newCount])).toEqual([[7, 7, 7, 7], [23, 7, 23, 6]]);
  expect(hunks[0]!.lines.filter((line) => line.kind !== "same").map((line) => line.pieces?.filter((piece) => piece.marked).map((piece) => piece.text))).toEqual([["10"], ["ten"]]);
});

test("only words that differ are marked, and nothing in lines that have nothing in common", () => {
  expect(wordPieces("int count = 3;", "int total = 3;")).toEqual({
    old: [{ text: "int ", marked: false }, { text: "count", marked: true }, { text: " = 3;", marked: false }],
    new: [{ text: "int ", marked: false }, { text: "total", marked: true }, { text: " = 3;", marked: false }],
  });
  expect(wordPieces("return nothing;", "x")).toBeUndefined();
});

test("git's text is read, with several files, odd names and lines that look like headers", () => {
  const files = parseUnified(
    'diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@ def f\n--- old\n+++ new\n same\n\\ No newline at end of file\ndiff --git "a/\\303\\244.txt" "b/\\303\\244.txt"\nnew file mode 100644\n--- /dev/null\n+++ "b/\\303\\244.txt"\n@@ -0,0 +1 @@\n+x\n',
  );
  expect(files.map((file) => [file.newPath, file.status, file.hunks.length])).toEqual([["a.py", "changed", 1], ["ä.txt", "added", 1]]);
  expect(files[0]!.hunks[0]!.lines.map((line) => [line.kind, line.text, line.old, line.new])).toEqual([["removed", "-- old", 1, undefined], ["added", "++ new", undefined, 1], ["same", "same", 2, 2]]);
  expect(files[0]!.hunks[0]!.lines[2]!.noEnd).toBe(true);
  expect(parseUnified("@@ -1 +1 @@\n-a\n+b")[0]!.hunks[0]!.lines.length).toBe(2);
  expect(parseUnified("")).toEqual([]);
});
