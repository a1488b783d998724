import { expect, test } from "vitest";

import { parseRun } from "../live/frames";
import { isTwice } from "./run";

const run = (id: string, status: string) => {
  const made = parseRun({ executionId: id, status, seq: 0, nodeResults: { nodeRuns: [] } });
  if (!made) throw new Error("This is an execution.");
  return made;
};

const runs = [run("on", "RUNNING"), run("over", "COMPLETED")];
const NOW = 1_000_000;
const ago = (id: string, ms: number) => ({ id, what: 7, at: NOW - ms });

test.each([
  ["a press that came twice", [ago("over", 200)], "press"],
  ["a run that goes on", [ago("on", 60_000)], "run"],
  ["one that went on behind another that is over", [ago("over", 5_000), ago("on", 60_000)], "run"],
  ["one that was not heard of yet", [ago("new", 3_000)], "run"],
  ["one that was never heard of", [ago("gone", 60_000)], null],
  ["one that is over", [ago("over", 2_000)], null],
] as const)("the same start again after %s", (_, asked, wanted) => {
  expect(isTwice({ runs, aside: [] }, asked, 7, NOW)).toBe(wanted);
});

test("something else is never asked about", () => {
  expect(isTwice({ runs, aside: [] }, [ago("on", 200), ago("new", 100)], 8, NOW)).toBeNull();
});
