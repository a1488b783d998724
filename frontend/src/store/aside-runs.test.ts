import { expect, test } from "vitest";

import { parseRun } from "../live/frames";
import { activeRuns, addOlder, createRuns, currentRun, dropAside, madeAt, madeBefore, nodeRunsOf, putRun, showEarlier, showOwn, turnAside } from "./run";
import type { RunStore } from "./run";

/** A run of the node "draw", and of others that are named. */
function run(id: string, trigger: string, status = "RUNNING", nodes: readonly string[] = ["draw"]) {
  const found = parseRun({ executionId: id, trigger, status, seq: 0, nodeResults: { nodeRuns: nodes.map((nodeId) => ({ nodeId, status: "COMPLETED", output: { text: id } })) } });
  if (!found) throw new Error("This is an execution.");
  return found;
}

const nobody = () => false;

function shownAt(runs: RunStore, nodeId = "draw") {
  return [nodeRunsOf(runs.get(), nodeId), madeAt(runs.get(), nodeId)].map((made) => made[0]?.output);
}

/** A canvas that shows a run of somebody's, which has ended or goes on. */
function canvasWith(status = "COMPLETED") {
  const runs = createRuns();
  putRun(runs, run("first", "canvas", status), nobody);
  return runs;
}

test.each(["api", "webhook", "table", "app", "schedule"])("a run by %s changes no card, shown or not", (trigger) => {
  const runs = canvasWith();
  putRun(runs, run("other", trigger, "RUNNING", ["draw", "write"]), nobody);
  expect(runs.get().current).toBe("first");
  expect(shownAt(runs)).toEqual([{ text: "first" }, { text: "first" }]);
  expect(shownAt(runs, "write")).toEqual([undefined, undefined]);
  expect(runs.get().aside.map(({ id }) => id)).toEqual(["other"]);
  expect(activeRuns(runs.get())).toEqual([]); // so Stop, Escape and the outlook of the cards are not about it
});

test("where nothing was shown yet it is followed by itself", () => {
  const runs = createRuns();
  putRun(runs, run("hook", "webhook"), nobody);
  putRun(runs, run("hook 2", "webhook"), nobody);
  expect([runs.get().current, runs.get().aside.map(({ id }) => id)]).toEqual(["hook", ["hook 2"]]);
});

test.each([
  ["is followed while nothing of one's own goes on", "RUNNING", [], "theirs"],
  ["is followed once one's own has ended", "COMPLETED", ["first"], "theirs"],
  ["stands aside while one's own goes on", "RUNNING", ["first"], "first"],
] as const)("a run that somebody starts on a canvas %s", (_, status, mine, current) => {
  const runs = canvasWith(status);
  putRun(runs, run("theirs", "canvas"), (id) => mine.some((one) => one === id));
  expect(runs.get().current).toBe(current);
});

test.each([["somebody's", false, ["other"], ["first"]], ["one's own", true, [], ["first", "other"]]] as const)("%s that began before the one that is shown takes no card from it", (_, isMine, aside, shown) => {
  const runs = createRuns();
  putRun(runs, { ...run("first", "canvas", "COMPLETED"), startTime: 2_000 }, nobody);
  putRun(runs, { ...run("other", "canvas"), startTime: 1_000 }, () => isMine);
  const now = runs.get();
  expect([now.current, now.aside.map(({ id }) => id), now.runs.map(({ id }) => id)]).toEqual(["first", aside, shown]);
});

test("one's own from another tab is followed at once", () => {
  const runs = canvasWith("RUNNING");
  putRun(runs, run("mine", "canvas"), () => true);
  expect(runs.get().current).toBe("mine");
});

test("a run aside is shown when asked for, and what was there before comes back", () => {
  const runs = canvasWith();
  putRun(runs, run("over", "webhook", "COMPLETED"), nobody);
  putRun(runs, run("on", "webhook"), nobody);
  putRun(runs, run("over too", "webhook", "COMPLETED"), nobody);
  turnAside(runs); // the one that goes on comes first
  expect(shownAt(runs)).toEqual([{ text: "on" }, { text: "on" }]);
  expect(madeBefore(runs.get(), "draw")[0]?.output).toEqual({ text: "first" });
  expect(activeRuns(runs.get()).map(({ id }) => id)).toEqual(["on"]);
  putRun(runs, run("on", "webhook", "COMPLETED"), nobody);
  expect(currentRun(runs.get())?.status).toBe("COMPLETED");
  turnAside(runs);
  expect(shownAt(runs)).toEqual([{ text: "first" }, { text: "first" }]);
  expect(runs.get().aside.map(({ id }) => id)).toEqual(["over too", "over"]); // what was looked at to its end is told of no more
});

test("a run aside that is looked at is not taken away by somebody's start, but is by one's own", () => {
  const runs = canvasWith();
  putRun(runs, run("on", "api"), nobody);
  turnAside(runs);
  putRun(runs, run("theirs", "canvas"), nobody);
  expect(runs.get().current).toBe("on");
  showOwn(runs, "mine");
  putRun(runs, run("mine", "canvas"), nobody);
  expect([runs.get().current, runs.get().before]).toEqual(["mine", null]);
  expect(runs.get().aside.map(({ id }) => id)).toEqual(["theirs", "on"]);
});

test("one's own that was heard of before its start was answered does not stay aside", () => {
  const runs = canvasWith("RUNNING");
  putRun(runs, run("mine", "canvas"), (id) => id === "first");
  showOwn(runs, "mine");
  expect(runs.get().aside).toEqual([]);
  expect(shownAt(runs)).toEqual([{ text: "mine" }, { text: "mine" }]);
});

test("those aside are sent away, but for the one that is shown, and older runs do not come twice", () => {
  const runs = canvasWith();
  putRun(runs, run("a", "table"), nobody);
  putRun(runs, run("b", "table"), nobody);
  turnAside(runs);
  dropAside(runs);
  addOlder(runs, [run("b", "table")]);
  expect([runs.get().aside.map(({ id }) => id), runs.get().runs.map(({ id }) => id)]).toEqual([["b"], ["first"]]);
});

test("an earlier run is shown in its place among those that are known, and behind them where it was not", () => {
  const runs = canvasWith();
  putRun(runs, run("second", "canvas", "COMPLETED"), nobody);
  putRun(runs, run("hook", "webhook", "COMPLETED"), nobody);
  for (const [id, order] of [["first", ["second", "first"]], ["long ago", ["second", "first", "long ago"]], ["hook", ["second", "first", "long ago", "hook"]]] as const) {
    showEarlier(runs, run(id, "canvas", "COMPLETED"), new Map());
    expect(shownAt(runs)).toEqual([{ text: id }, { text: id }]);
    expect(runs.get().runs.map((one) => one.id)).toEqual(order);
  }
  expect(runs.get().aside).toEqual([]);
});
