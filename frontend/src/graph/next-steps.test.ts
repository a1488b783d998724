import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { ADVICE, isChange, stepFor } from "./next-steps";

const table = JSON.parse(readFileSync(new URL("../../../executions/next_steps.json", import.meta.url), "utf8")) as { readonly steps: Readonly<Record<string, string>>; readonly changes: readonly string[] };

test("every step of the table has its advice, and no advice is for nothing", () => {
  expect([...new Set(Object.values(table.steps))].sort()).toEqual(Object.keys(ADVICE).sort());
});

test("the steps that change the workflow are those of the table", () => {
  expect(Object.keys(ADVICE).filter((step) => isChange(step as keyof typeof ADVICE)).sort()).toEqual([...table.changes].sort());
});

test.each([
  ["content_blocked", "prompt", true], ["timeout", "again", false], ["auth_failed", "key", false], ["invalid_input", "values", true],
  ["delivery_failed", "address", true], ["pinned_result_missing", "pin", true],
  ["insufficient_credits", "credits", false], ["", "again", false], ["what nobody knows yet", "again", false], ["constructor", "again", false],
] as const)("%s leads to the step %s", (code, step, change) => {
  expect([stepFor(code), isChange(stepFor(code))]).toEqual([step, change]);
});
