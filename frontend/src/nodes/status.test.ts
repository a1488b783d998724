import { expect, test } from "vitest";

import type { NodeRun } from "../live/run";
import { statusOf } from "./status";

const RUN: NodeRun = {
  nodeId: "a", itemPath: [], status: "PENDING", statusWord: "queued", output: null, question: null, error: "", errorCode: "", startTime: 0, durationMs: null,
  creditsUsed: 0, provider: "fal", progress: null, cached: false, skipReason: "", fallbackReason: "", seq: 1,
};
const AROUND = { stale: false, over: false, typical: null, now: 5000 };

test("a card says what it waits for", () => {
  const said = (run: Partial<NodeRun>) => statusOf([{ ...RUN, ...run }], AROUND).text;
  expect(said({})).toBe("waiting for its turn");
  expect(said({ statusWord: "waiting for a free place at fal" })).toBe("waiting for a free place at fal");
  expect(said({ statusWord: "waiting for a free place: as many calls as the plan allows are under way" })).toContain("the plan allows");
});

test("what is tried again later does not run meanwhile, and says why", () => {
  const status = statusOf([{ ...RUN, status: "RUNNING", statusWord: "waiting to try again", error: "Too many calls." }], AROUND);
  expect([status.tone, status.word]).toEqual(["waiting", "waiting"]);
  expect(status.text).toBe("waiting to try again · Too many calls.");
  expect(statusOf([{ ...RUN, status: "RUNNING", statusWord: "running" }], AROUND).text).toBe("running 5 s");
});
