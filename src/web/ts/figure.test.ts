import { expect, test } from "vitest";
import { countPoints, dataRows, isPath, traces, type Colours, type Figure } from "./figure";

const colours: Colours = { series: ["#111111", "#222222"], text: "", second: "", grid: "", surface: "", scale: [] };
const circle: Figure = { kind: "line", x: [0, 1, 0, -1, 0, 1, 0, -1], series: [{ name: "z", y: [1, 0, -1, 0, 1, 0, -1, 0] }] };

test("a line that goes to and fro in x is a path, one over time is not", () => {
  expect(isPath(circle)).toBe(true);
  expect(isPath({ kind: "line", x: [0, 1, 2, 3], series: [{ y: [1, 0, 1, 0] }] })).toBe(false);
  expect(isPath({ ...circle, kind: "bar" })).toBe(false);
});

test("a series with its own x keeps it", () => {
  const [shared, own] = traces({ kind: "line", x: [1, 2], series: [{ y: [3, 4] }, { x: [5, 6], y: [7, 8] }] }, colours);
  expect(shared!.x).toEqual([1, 2]);
  expect(own!.x).toEqual([5, 6]);
});

test("gaps stay gaps", () => {
  expect(traces({ kind: "line", x: [1, 2, 3], series: [{ y: [1, null, 3] }] }, colours)[0]).toMatchObject({ connectgaps: false, y: [1, null, 3] });
});

test("points of every kind are counted", () => {
  expect(countPoints(circle)).toBe(8);
  expect(countPoints({ kind: "pie", slices: [{ label: "a", value: 1 }] })).toBe(1);
  expect(countPoints({ kind: "heatmap", z: [[1, 2], [3, 4]] })).toBe(4);
  expect(countPoints({ kind: "scatter", series: [{ points: [{ x: 1, y: 2 }] }] })).toBe(1);
});

test("the table beside a chart has its columns and at most the rows asked for", () => {
  expect(dataRows({ ...circle, x_label: "x" }, 2)).toEqual({ head: ["x", "z"], rows: [["0", "1"], ["1", "0"]] });
});
