import { expect, test } from "vitest";

import { freeSpot, panInto } from "./place";

const CARD = { width: 280, height: 320 };

test("a free place is kept as it is", () => {
  expect(freeSpot([], { x: 3, y: 4 }, CARD)).toEqual({ x: 3, y: 4 });
  expect(freeSpot([{ x: 500, y: 0, ...CARD }], { x: 0, y: 0 }, CARD)).toEqual({ x: 0, y: 0 });
});

test("a taken place gives way to the nearest free one, on whichever side that is", () => {
  expect(freeSpot([{ x: 0, y: 0, ...CARD }], { x: 200, y: 10 }, CARD)).toEqual({ x: 320, y: 10 });
  expect(freeSpot([{ x: 0, y: 0, ...CARD }], { x: 10, y: 300 }, CARD)).toEqual({ x: 10, y: 360 });
  expect(freeSpot([{ x: 0, y: 0, ...CARD }], { x: -200, y: 0 }, { width: 100, height: 100 })).toEqual({ x: -200, y: 0 });
});

test("in a wall of cards the new one goes beside them", () => {
  const wall = Array.from({ length: 60 }, (_, i) => ({ x: (i % 6) * 300, y: Math.floor(i / 6) * 340, ...CARD }));
  const spot = freeSpot(wall, { x: 700, y: 1500 }, CARD);
  for (const box of wall) {
    const apart = spot.x >= box.x + box.width || box.x >= spot.x + CARD.width || spot.y >= box.y + box.height || box.y >= spot.y + CARD.height;
    expect(apart).toBe(true);
  }
});

test("a view moves no more than it must", () => {
  const room = { x: 280, y: 40, width: 800, height: 700 };
  expect(panInto({ x: 300, y: 50, ...CARD }, room)).toEqual({ x: 0, y: 0 });
  expect(panInto({ x: 900, y: 600, ...CARD }, room)).toEqual({ x: -100, y: -180 });
  expect(panInto({ x: 100, y: 0, ...CARD }, room)).toEqual({ x: 180, y: 40 });
  expect(panInto({ x: 300, y: 50, width: 2000, height: 100 }, room)).toEqual({ x: -20, y: 0 });
});
