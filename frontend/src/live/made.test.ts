import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { ApiError } from "../api/http";
import { setData } from "../graph/changes";
import { signatures } from "../graph/signature";
import { createRuns, isStale, noteMade, putRun } from "../store/run";
import { edge, node } from "../testing/catalog";
import { parseRun } from "./frames";
import { learnMade } from "./made";

const DOC = { name: "", nodes: [node("ask", "input:text", { prompt: "a fox" }), node("draw", "generate:nano_banana_2"), node("other", "input:text")], edges: [edge("ask.out-prompt > draw.in-prompt")] };

function run(id: string) {
  const found = parseRun({ executionId: id, trigger: "canvas", status: "COMPLETED", seq: 0, nodeResults: { nodeRuns: DOC.nodes.map(({ id: nodeId }) => ({ nodeId, status: "COMPLETED", output: {} })) } });
  if (!found) throw new Error("This is an execution.");
  return found;
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", { setTimeout: (perform: () => void, ms: number) => setTimeout(perform, ms) });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page that did not start a run learns what it was made from, once", async () => {
  const runs = createRuns();
  const asked: string[] = [];
  putRun(runs, run("before"), () => false);
  learnMade({ graphOf: (id) => {
    asked.push(id);
    return Promise.resolve(DOC);
  } }, runs);
  await vi.advanceTimersByTimeAsync(1_000);
  const changed = signatures(setData("ask", { params: { prompt: "a heron" } })(DOC));
  expect(["ask", "draw", "other"].map((id) => isStale(runs.get(), id, changed))).toEqual([true, true, false]);
  expect(["ask", "draw", "other"].map((id) => isStale(runs.get(), id, signatures(DOC)))).toEqual([false, false, false]);
  putRun(runs, run("theirs"), () => false);
  putRun(runs, run("mine"), () => false);
  noteMade(runs, "mine", signatures(DOC));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked).toEqual(["before", "theirs"]);
});

test("where the server is away it is asked again with the next news", async () => {
  const runs = createRuns();
  let calls = 0;
  putRun(runs, run("before"), () => false);
  learnMade({ graphOf: () => (calls++ === 0 ? Promise.reject(new ApiError(0, "The server cannot be reached.")) : Promise.resolve(DOC)) }, runs);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([calls, runs.get().made.size]).toEqual([1, 0]);
  putRun(runs, run("before"), () => false);
  await vi.advanceTimersByTimeAsync(1_000);
  expect([calls, runs.get().made.size]).toEqual([2, 1]);
});
