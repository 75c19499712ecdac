import { expect, test } from "vitest";
import { LogLines, readLine } from "./log_lines";

test("a level is read from the object or from how the line begins", () => {
  expect(readLine({ level: "WARN", message: "hot", t: 0 })).toMatchObject({ level: "warning", text: "hot" });
  expect(readLine("ERROR: no").level).toBe("error");
  expect(readLine("2026-03-04 09:15:00,123 [info] started").level).toBe("info");
  expect(readLine("no errors were found").level).toBe("");
});

test("a filter keeps the level and what is more severe", () => {
  const log = new LogLines();
  log.add(["INFO a", "WARN b", "ERROR c", "plain"]);
  log.filter("warning", "");
  expect(log.count).toBe(2);
  expect(log.at(1)).toMatchObject({ place: 2, line: { text: "ERROR c" } });
});

test("lines that come later pass the same filter", () => {
  const log = new LogLines();
  log.filter("", "needle");
  log.add(["hay", "a Needle", "hay"]);
  expect(log.count).toBe(1);
  log.filter("", "");
  expect(log.count).toBe(3);
});

test("300,000 lines are filtered and counted", () => {
  const log = new LogLines();
  log.add(Array.from({ length: 300_000 }, (_, index) => `INFO line ${index}`));
  log.filter("", "line 299999");
  expect(log.count).toBe(1);
  expect(log.at(0).place).toBe(299_999);
});
