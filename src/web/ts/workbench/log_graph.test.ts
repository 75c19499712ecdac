import { expect, test } from "vitest";
import { graph, type Commit } from "./log_graph";

const commit = (hash: string, ...parents: string[]): Commit => ({ hash, parents, author: "", date: "", message: "", refs: [] });

test("a straight history stays in one lane", () => {
  expect(graph([commit("c", "b"), commit("b", "a"), commit("a")]).map((row) => [row.lane, row.lanes])).toEqual([[0, 1], [0, 1], [0, 1]]);
});

test("a merge opens a lane that its branch closes", () => {
  const rows = graph([commit("m", "a", "b"), commit("b", "a"), commit("a", "r"), commit("r")]);
  expect(rows.map((row) => row.lane)).toEqual([0, 1, 0, 0]);
  expect(rows[0]!.lines).toEqual([{ from: 0, to: 0, colour: 0 }, { from: 0, to: 1, colour: 1 }]);
  expect(rows[1]!.lines).toEqual([{ from: 1, to: 0, colour: 1 }, { from: 0, to: 0, colour: 0 }]);
  expect(rows[2]!.lanes).toBe(1);
});

test("two heads get lanes of their own", () => {
  expect(graph([commit("x", "r"), commit("y", "r"), commit("r")]).map((row) => row.lane)).toEqual([0, 1, 0]);
});
