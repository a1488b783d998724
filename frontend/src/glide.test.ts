import { selection } from "d3-selection";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { glide, interrupt } from "./glide";
import { interpolate } from "./straight";

/** Frames come when the test says so, at the time it says. */
let frames: FrameRequestCallback[] = [];
const frame = (now: number) => frames.splice(0).forEach((draw) => draw(now));

beforeEach(() => {
  frames = [];
  vi.stubGlobal("requestAnimationFrame", (draw: FrameRequestCallback) => frames.push(draw));
  vi.stubGlobal("cancelAnimationFrame", () => (frames = []));
});
afterEach(() => vi.unstubAllGlobals());

/** A glide of 100 ms over one element, and what it told. */
function start(element: Element) {
  const told: (string | number)[] = [];
  const plane = { each: (perform: (this: Element) => void) => perform.call(element) } as unknown as Parameters<typeof glide>[0];
  glide(plane).duration(100).ease((part) => part * part).on("end", () => told.push("there"))
    .on("start.zoom", () => told.push("start")).on("interrupt.zoom end.zoom", () => told.push("over"))
    .tween("zoom", () => (part) => told.push(part));
  return told;
}

test("a glide goes along its curve and ends exactly where it leads", () => {
  const told = start({} as Element);
  expect(told).toEqual([]);
  for (const now of [1000, 1050, 1130, 1140]) frame(now);
  expect(told).toEqual(["start", 0, 0.25, 1, "there", "over"]);
});

test("who takes hold of the view stops the glide where it is, and it never says that it arrived", () => {
  const element = {} as Element;
  const told = start(element);
  frame(1000);
  interrupt(element);
  frame(1200);
  expect(told).toEqual(["start", 0, "over"]);
});

test("a second glide takes the place of the first, also of one that has not begun", () => {
  const element = {} as Element;
  const first = start(element);
  const second = start(element);
  frame(1000);
  frame(1100);
  expect(first).toEqual([]);
  expect(second).toEqual(["start", 0, 1, "there", "over"]);
});

test("selections know both words", () => {
  expect(Object.keys(selection.prototype as object)).toEqual(expect.arrayContaining(["transition", "interrupt"]));
});

test("the way between two views is straight, and both ends are exact", () => {
  const way = interpolate([0, 10, 400], [100, 30, 200]);
  expect([0, 0.5, 1].map(way)).toEqual([[0, 10, 400], [50, 20, 300], [100, 30, 200]]);
});
