import type { Box } from "./place";

/** A line that edges or middles of cards lie on, and how far they reach along it. */
export interface Line {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** All of them, by their places: those from top to bottom, and those across. */
export interface Lines {
  readonly down: readonly Line[];
  readonly across: readonly Line[];
}

/** By how much a box has to move to lie in line, and the lines it then lies on. */
export interface Snap {
  readonly dx: number;
  readonly dy: number;
  readonly down: Line | null;
  readonly across: Line | null;
}

const along = (start: number, length: number) => [start, start + length / 2, start + length];

export function linesOf(boxes: readonly Box[]): Lines {
  const sorted = (lines: readonly Line[]) => lines.toSorted((a, b) => a.at - b.at);
  return {
    down: sorted(boxes.flatMap(({ x, y, width, height }) => along(x, width).map((at) => ({ at, from: y, to: y + height })))),
    across: sorted(boxes.flatMap(({ x, y, width, height }) => along(y, height).map((at) => ({ at, from: x, to: x + width })))),
  };
}

/** The line nearest to a place; null when none lies within reach. */
function nearest(lines: readonly Line[], place: number, reach: number): Line | null {
  let [low, high] = [0, lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.at ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  const away = (line: Line) => Math.abs(line.at - place);
  const near = [lines[low - 1], lines[low]].flatMap((line) => (line && away(line) <= reach ? line : []));
  return near.sort((a, b) => away(a) - away(b))[0] ?? null;
}

function best(lines: readonly Line[], places: readonly number[], reach: number): { readonly by: number; readonly line: Line } | null {
  const found = places.flatMap((place) => {
    const line = nearest(lines, place, reach);
    return line ? { by: line.at - place, line } : [];
  });
  return found.sort((a, b) => Math.abs(a.by) - Math.abs(b.by))[0] ?? null;
}

/** The smallest move that brings an edge or the middle of a box onto a line, in each direction for itself. */
export function snap(lines: Lines, box: Box, reach: number): Snap {
  const down = best(lines.down, along(box.x, box.width), reach);
  const across = best(lines.across, along(box.y, box.height), reach);
  const [dx, dy] = [down?.by ?? 0, across?.by ?? 0];
  const spanning = (line: Line | undefined, from: number, length: number) => (line ? { at: line.at, from: Math.min(line.from, from), to: Math.max(line.to, from + length) } : null);
  return { dx, dy, down: spanning(down?.line, box.y + dy, box.height), across: spanning(across?.line, box.x + dx, box.width) };
}
