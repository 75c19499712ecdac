import { expect, test } from "vitest";
import { HeightMap } from "./height_map";

test("sums and places agree with counting", () => {
  const map = new HeightMap();
  const heights = Array.from({ length: 1000 }, (_, index) => 10 + ((index * 7919) % 90));
  map.resize(1000, (index) => heights[index]!);
  map.set(500, 333);
  heights[500] = 333;
  let top = 0;
  heights.forEach((height, index) => {
    expect(map.top(index)).toBe(top);
    expect(map.at(top)).toBe(index);
    expect(map.at(top + height - 1)).toBe(index);
    top += height;
  });
  expect(map.total()).toBe(top);
  expect(map.at(top + 5000)).toBe(999);
});

test("growing keeps what was measured", () => {
  const map = new HeightMap();
  map.resize(3, () => 10);
  map.set(1, 25);
  map.resize(5, () => 7);
  expect([map.get(1), map.top(3), map.total()]).toEqual([25, 45, 59]);
  map.resize(0, () => 1);
  expect([map.total(), map.at(5)]).toEqual([0, 0]);
});
