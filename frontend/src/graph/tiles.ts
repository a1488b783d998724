/** Width by height of a row that is easy to look at in a narrow panel: one wide picture, two to three usual ones. */
const ROW = 2.6;
/** No tile is narrower or wider than this; what is shows its ground beside or below it. */
const SLIMMEST = 0.6;
const WIDEST = 2.4;
/** One alone is as tall as the panel is wide, or little more. */
const SLIMMEST_ALONE = 0.85;

export interface Tile {
  /** Width by height. */
  readonly aspect: number;
  /** Its part of the width of its row, without the gaps. */
  readonly part: number;
  /** How many gaps there are in its row. */
  readonly gaps: number;
}

/**
 * Pictures of any shapes, given as width by height, as rows that fill the whole width: those of a row are equally high. Of all
 * ways to break the rows the one is taken that comes nearest to good rows.
 */
export function tilesOf(aspects: readonly number[]): readonly Tile[] {
  const shapes = aspects.map((aspect) => Math.min(WIDEST, Math.max(SLIMMEST, aspect)));
  const best: { readonly cost: number; readonly from: number }[] = [{ cost: 0, from: 0 }]; // of all up to here, with the last row's begin
  for (let end = 1; end <= shapes.length; end++) {
    let found = { cost: Infinity, from: end - 1 };
    let sum = 0;
    for (let from = end - 1; from >= 0 && sum < 3 * ROW; from--) {
      sum += shapes[from] ?? 0;
      const cost = (best[from]?.cost ?? 0) + Math.log(sum / ROW) ** 2;
      if (cost < found.cost) found = { cost, from };
    }
    best.push(found);
  }
  const rows: (readonly number[])[] = [];
  for (let end = shapes.length; end > 0;) {
    const from = best[end]?.from ?? 0;
    rows.unshift(shapes.slice(from, end));
    end = from;
  }
  return rows.flatMap((row) => {
    const own = row.map((aspect) => (row.length === 1 ? Math.max(SLIMMEST_ALONE, aspect) : aspect));
    const sum = own.reduce((a, b) => a + b, 0);
    return own.map((aspect) => ({ aspect, part: aspect / sum, gaps: own.length - 1 }));
  });
}
