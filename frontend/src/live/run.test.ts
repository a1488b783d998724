import fc from "fast-check";
import { expect, test } from "vitest";

import { parseFrame, parseRun } from "./frames";
import { applyEvent, applySnapshot, isOver, nameIn, runsAt, tally } from "./run";
import type { NodeRun, Run, RunEvent } from "./run";

const STATUSES = ["PENDING", "RUNNING", "COMPLETED", "FAILED"] as const;
const EMPTY = start();

function start(): Run {
  const run = parseRun({ executionId: "x", status: "RUNNING", seq: 0, nodeResults: { nodeRuns: [] } });
  if (!run) throw new Error("This is an execution.");
  return run;
}

function nodeRun(nodeId: string, item: number, status: NodeRun["status"], seq: number): NodeRun {
  return {
    nodeId, itemPath: item === 0 ? [] : [item], status, statusWord: "", output: seq, error: "", errorCode: "", startTime: null,
    durationMs: null, creditsUsed: 0, provider: "", progress: null, cached: false, skipReason: "", question: null, fallbackReason: "", seq,
  };
}

/** Events as a server numbers them: 1, 2, 3 and on. */
const histories = fc.array(fc.oneof(
  fc.record({ node: fc.constantFrom("a", "b", "c"), item: fc.nat(2), status: fc.constantFrom(...STATUSES) }),
  fc.constantFrom("RUNNING" as const, "COMPLETED" as const),
  fc.constant(null),
), { maxLength: 25 }).map((list) => list.map((what, i): RunEvent => {
  const seq = i + 1;
  if (what === null) return { seq, kind: "other" };
  if (typeof what === "string") return { seq, kind: "execution", news: { status: what, error: "", stoppedBy: "", creditsUsed: seq, startTime: null, durationMs: null } };
  return { seq, kind: "node_run", nodeRun: nodeRun(what.node, what.item, what.status, seq) };
}));

/** What can be seen of a run, without the marks of where each part of it came from. */
function seen(run: Run) {
  const nodes = [...run.byNode].map(([id, runs]) => [id, runs.map((one) => ({ ...one, seq: 0 }))] as const);
  return { ...run, newsSeq: 0, byNode: Object.fromEntries(nodes) };
}

const inOrder = (events: readonly RunEvent[]) => events.reduce(applyEvent, EMPTY);

test("events in any order, some of them twice, give the state of all in order", () => {
  fc.assert(fc.property(
    histories.chain((events) => fc.tuple(fc.constant(events), fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }))),
    ([events, mixed]) => {
      expect(seen(mixed.reduce(applyEvent, EMPTY))).toEqual(seen(inOrder(events)));
    },
  ));
});

test("a snapshot of any moment, taken in at any moment, mends every gap before it", () => {
  fc.assert(fc.property(
    histories.chain((events) => fc.record({
      events: fc.constant(events), heard: fc.subarray([...events]), upTo: fc.nat(events.length), late: fc.boolean(),
    })),
    ({ events, heard, upTo, late }) => {
      const snapshot = asSnapshot(inOrder(events.slice(0, upTo)));
      const before = heard.reduce(applyEvent, EMPTY);
      const merged = applySnapshot(before, snapshot);
      const all = (late ? events : events.slice(merged.seq)).reduce(applyEvent, merged);
      expect(seen(all)).toEqual(seen(inOrder(events)));
      expect(all.ahead.size).toBe(0);
    },
  ));
});

/** The same state as the server would give it: everything is known from the snapshot. */
function asSnapshot(run: Run): Run {
  const byNode = new Map([...run.byNode].map(([id, runs]) => [id, runs.map((one) => ({ ...one, seq: run.seq }))]));
  return { ...run, newsSeq: run.seq, byNode };
}

test("a snapshot that is older than what is known changes nothing that can be seen", () => {
  const known = inOrder([
    { seq: 1, kind: "node_run", nodeRun: nodeRun("a", 0, "RUNNING", 1) },
    { seq: 2, kind: "node_run", nodeRun: nodeRun("a", 0, "COMPLETED", 2) },
  ]);
  const old = asSnapshot(inOrder([{ seq: 1, kind: "node_run", nodeRun: nodeRun("a", 0, "RUNNING", 1) }]));
  expect(seen(applySnapshot(known, old))).toEqual(seen(known));
});

test("where to resume is the last number without a gap before it", () => {
  const run = applyEvent(applyEvent(EMPTY, { seq: 1, kind: "other" }), { seq: 3, kind: "other" });
  expect(run.seq).toBe(1);
  expect(applyEvent(run, { seq: 2, kind: "other" })).toMatchObject({ seq: 3, ahead: new Set() });
});

test("frames of the socket become a run and its events", () => {
  const first = parseFrame({
    type: "snapshot", seq: 2,
    execution: { executionId: "x", status: "RUNNING", nodeResults: { nodeRuns: [{ nodeId: "a", status: "RUNNING", progress: 50 }] } },
  });
  const more = parseFrame({
    type: "events",
    events: [
      { seq: 3, kind: "node_run.completed", nodeId: "a", itemPath: [], data: { status: "COMPLETED", creditsUsed: 7 } },
      { seq: 4, kind: "execution.completed", data: { status: "COMPLETED", creditsUsed: 7 } },
    ],
  });
  if (first.type !== "snapshot" || more.type !== "events") throw new Error("These are frames.");
  expect(tally(first.run)).toEqual({ done: 0, total: 1, failed: 0, part: 0.5 });
  const end = more.events.reduce(applyEvent, first.run);
  expect(end).toMatchObject({ seq: 4, status: "COMPLETED", creditsUsed: 7 });
  expect(isOver(end)).toBe(true);
  expect(tally(end)).toEqual({ done: 1, total: 1, failed: 0, part: 1 });
});

test("foreign frames are not mistaken for news", () => {
  for (const value of [null, 7, "x", [], {}, { type: "events" }, { type: "snapshot", execution: {} }]) {
    const frame = parseFrame(value);
    expect(frame.type === "events" ? frame.events : frame.type).toEqual(frame.type === "events" ? [] : "other");
  }
});

test("what was inside a component is found under its own name once the component is gone", () => {
  const made = parseRun({ executionId: "x", status: "COMPLETED", seq: 0, nodeResults: { nodeRuns: ["box.draw", "box.deep.write", "near"].map((nodeId) => ({ nodeId, status: "COMPLETED", output: nodeId })) } });
  if (!made) throw new Error("This is an execution.");
  const [there, gone] = [new Set(["box"]), new Set(["deep"])];
  const at = (id: string, components: ReadonlySet<string>) => runsAt(made, id, components)?.map(({ nodeId, output }) => [nodeId, output]);
  expect(at("box", there)).toEqual([["box.draw", "box.draw"], ["box.deep.write", "box.deep.write"]]);
  expect([at("draw", there), at("deep", there)]).toEqual([undefined, undefined]);
  expect(at("draw", gone)).toEqual([["draw", "box.draw"]]);
  expect(at("deep", gone)).toEqual([["deep.write", "box.deep.write"]]); // a component that was inside, and stands by itself now
  expect(runsAt(made, "draw", gone)).toBe(runsAt(made, "draw", gone));
  expect([nameIn(made, "draw", gone), nameIn(made, "draw", there), nameIn(made, "near", gone)]).toEqual(["box.draw", "draw", "near"]);
});
