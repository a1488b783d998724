import fc from "fast-check";
import { expect, test } from "vitest";

import { tilesOf } from "./tiles";

/** How many there are in each row. */
function rows(...aspects: readonly number[]): readonly number[] {
  const tiles = tilesOf(aspects);
  const found: number[] = [];
  for (let i = 0; i < tiles.length; i += (tiles[i]?.gaps ?? 0) + 1) found.push((tiles[i]?.gaps ?? 0) + 1);
  return found;
}

test("few pictures of usual shapes stand in rows that fill the width", () => {
  const wide = 16 / 9;
  expect([1, 2, 3, 4, 5, 6].map((count) => rows(...Array<number>(count).fill(1)))).toEqual([[1], [2], [3], [2, 2], [3, 2], [3, 3]]);
  expect([1, 2, 3, 4].map((count) => rows(...Array<number>(count).fill(wide)))).toEqual([[1], [2], [2, 1], [2, 2]]);
  expect(rows(wide, 9 / 16, 1, 3 / 4, wide)).toEqual([3, 2]);
});

test("the tiles of any pictures fill each row once, equally high", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0.01, max: 50, noNaN: true }), { maxLength: 40 }), (aspects) => {
    const tiles = tilesOf(aspects);
    expect(tiles).toHaveLength(aspects.length);
    for (let i = 0; i < tiles.length;) {
      const row = tiles.slice(i, i + (tiles[i]?.gaps ?? 0) + 1);
      expect(row.reduce((sum, { part }) => sum + part, 0)).toBeCloseTo(1);
      for (const { aspect, part } of row) expect(part / aspect).toBeCloseTo((row[0]?.part ?? 0) / (row[0]?.aspect ?? 1));
      i += row.length;
    }
  }));
});
