import { expect, test } from "vitest";

import { linesOf, snap } from "./snap";

const LINES = linesOf([{ x: 0, y: 0, width: 100, height: 60 }, { x: 300, y: 200, width: 80, height: 40 }]);
const box = (x: number, y: number) => ({ x, y, width: 100, height: 60 });

test("an edge that comes near another lies in line with it, each way for itself", () => {
  expect(snap(LINES, box(3, 100), 5)).toEqual({ dx: -3, dy: 0, down: { at: 0, from: 0, to: 160 }, across: null });
  expect(snap(LINES, box(150, 62), 5)).toMatchObject({ dx: 0, dy: -2, across: { at: 60, from: 0, to: 250 } });
});

test("middles lie in line, too, and the nearest of several counts", () => {
  expect(snap(LINES, box(288, 400), 5)).toMatchObject({ dx: 2, down: { at: 340 } });
  expect(snap(LINES, box(203, 400), 5)).toMatchObject({ dx: -3, down: { at: 300 } });
});

test("what is farther away than the reach stays where it is", () => {
  expect(snap(LINES, box(6, 66), 5)).toEqual({ dx: 0, dy: 0, down: null, across: null });
  expect(snap(linesOf([]), box(1, 1), 5)).toEqual({ dx: 0, dy: 0, down: null, across: null });
});
