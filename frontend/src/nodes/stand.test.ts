import { expect, test } from "vitest";

import { standOf, tallyOf } from "./stand";

const runs = (...statuses: ("PENDING" | "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "SKIPPED" | "CANCELLED")[]) => statuses.map((status) => ({ status }));

test("the gravest of a node's runs says how it stands", () => {
  expect(standOf(runs("COMPLETED", "RUNNING", "FAILED"))).toBe("failed");
  expect(standOf(runs("RUNNING", "WAITING"))).toBe("asking");
  expect(standOf(runs("COMPLETED", "RUNNING"))).toBe("running");
});

test("only what was made is done", () => {
  expect(standOf(runs("COMPLETED", "SKIPPED"))).toBe("done");
  expect(standOf(runs("COMPLETED", "PENDING"))).toBe("");
  expect(standOf(runs("SKIPPED"))).toBe("");
  expect(standOf([])).toBe("");
});

test("stands are counted", () => {
  expect(tallyOf(["done", "", "failed", "done", "running"])).toEqual({ failed: 1, asking: 0, running: 1, done: 2 });
});
