import fc from "fast-check";
import { expect, test } from "vitest";

import { record, redo, startHistory, undo } from "./history";

/** Nobody else changes anything. */
const whole = <T>(_now: T, _from: T, to: T) => to;

const gestures = fc.array(fc.record({
  value: fc.integer(), key: fc.constantFrom(null, "a", "b"), after: fc.integer({ min: 1, max: 2_000 }),
}), { maxLength: 40 });

function play(steps: readonly { value: number; key: string | null; after: number }[]) {
  let at = 0;
  return steps.reduce((history, { value, key, after }) => record(history, { value }, "Change", key, at += after), startHistory({ value: 0 }));
}

test("undoing everything gives the very beginning, redoing everything the very end", () => {
  fc.assert(fc.property(gestures, (steps) => {
    const end = play(steps);
    let history = end;
    while (history.past.length > 0) history = undo(history, whole);
    expect(history.present).toEqual({ value: 0 });
    while (history.future.length > 0) history = redo(history, whole);
    expect(history.present).toBe(end.present);
    expect(history.past).toEqual(end.past);
  }));
});

test("typing in one field is one step until there is a pause or another field", () => {
  const first = record(startHistory(""), "a", "Change", "field", 1_000);
  const second = record(first, "ab", "Change", "field", 1_700);
  expect(second.past).toHaveLength(1);
  expect(undo(second, whole).present).toBe("");
  expect(record(second, "abc", "Change", "field", 2_600).past).toHaveLength(2);
  expect(record(second, "x", "Change", "other", 1_800).past).toHaveLength(2);
});

test("a gesture after undo leaves nothing to redo", () => {
  const back = undo(record(startHistory(1), 2, "Change", null, 0), whole);
  expect(record(back, 3, "Change", null, 1).future).toEqual([]);
});

test("a gesture that changes nothing is no step", () => {
  const start = startHistory(1);
  expect(record(start, 1, "Nothing", null, 0)).toBe(start);
});

test("undo and redo at the ends change nothing", () => {
  const start = startHistory(1);
  expect(undo(start, whole)).toBe(start);
  expect(redo(start, whole)).toBe(start);
});
