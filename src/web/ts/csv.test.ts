import { expect, test } from "vitest";
import { csv } from "./csv";

test("commas, quotes and line ends are quoted", () => {
  expect(csv([["a", 'say "no"', "1,5"], ["two\nlines", "", "x"]])).toBe('a,"say ""no""","1,5"\r\n"two\nlines",,x\r\n');
});

test("a cell that would run as a formula does not, a negative number stays one", () => {
  expect(csv([["=1+1", "-2.5", "@x"]])).toBe("'=1+1,-2.5,'@x\r\n");
});
