import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { ADVICE, isChange, stepFor } from "./next-steps";

const table = JSON.parse(readFileSync(new URL("../../../executions/next_steps.json", import.meta.url), "utf8")) as Readonly<Record<string, string>>;

test("every step of the table has its advice, and no advice is for nothing", () => {
  expect([...new Set(Object.values(table))].sort()).toEqual(Object.keys(ADVICE).sort());
});

test.each([
  ["content_blocked", "prompt", true], ["timeout", "again", false], ["auth_failed", "key", false], ["invalid_input", "values", true],
  ["insufficient_credits", "credits", false], ["", "again", false], ["what nobody knows yet", "again", false], ["constructor", "again", false],
] as const)("%s leads to the step %s", (code, step, change) => {
  expect([stepFor(code), isChange(stepFor(code))]).toEqual([step, change]);
});
