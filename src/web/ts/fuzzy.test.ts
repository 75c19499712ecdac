import { expect, test } from "vitest";
import { fuzzy } from "./fuzzy";

test("letters must come in their order", () => {
  expect(fuzzy("lz", "Lorenz")).toBeDefined();
  expect(fuzzy("zl", "Lorenz")).toBeUndefined();
});

test("the start of a word beats its middle, and a whole word beats scattered letters", () => {
  const score = (name: string): number => fuzzy("set", name)!.score;
  expect(score("Settings")).toBeGreaterThan(score("Mandelbrot set"));
  expect(score("Mandelbrot set")).toBeGreaterThan(score("Reset"));
  expect(score("Reset")).toBeGreaterThan(score("Some example text"));
});

test("the places of the letters found are told", () => {
  expect(fuzzy("at", "Lorenz attractor")!.at).toEqual([7, 8]);
});

test("an empty query finds everything", () => {
  expect(fuzzy("", "anything")).toEqual({ score: 0, at: [] });
});
