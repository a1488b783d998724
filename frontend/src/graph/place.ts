import type { Point, Size } from "./types";

/** Something that takes up room. */
export type Box = Point & Size;

const GAP = 40;
/** So many of the nearest boxes are gone around. */
const NEAREST = 12;

function touches(a: Box, b: Box): boolean {
  return a.x < b.x + b.width + GAP && b.x < a.x + a.width + GAP && a.y < b.y + b.height + GAP && b.y < a.y + a.height + GAP;
}

/** The place nearest to a point where something of this size covers no box. */
export function freeSpot(boxes: readonly Box[], at: Point, size: Size): Point {
  const away = ({ x, y }: Point) => Math.hypot(x - at.x, 2 * (y - at.y)); // rather beside, as wires go
  const isFree = (spot: Point) => boxes.every((box) => !touches({ ...spot, ...size }, box));
  if (isFree(at)) return at;
  const near = boxes.toSorted((a, b) => away(a) - away(b)).slice(0, NEAREST);
  const xs = [at.x, ...near.flatMap((box) => [box.x + box.width + GAP, box.x - size.width - GAP])];
  const ys = [at.y, ...near.flatMap((box) => [box.y + box.height + GAP, box.y - size.height - GAP])];
  const spots = xs.flatMap((x) => ys.map((y) => ({ x, y }))).sort((a, b) => away(a) - away(b));
  return spots.find(isFree) ?? { x: Math.max(...boxes.map((box) => box.x + box.width)) + GAP, y: at.y };
}

/** By how much a view has to move so that a box lies in its room; where it is too large, its top left corner counts. */
export function panInto(box: Box, room: Box): Point {
  const along = (start: number, length: number, from: number, space: number) => {
    if (start < from || length > space) return from - start;
    return Math.min(0, from + space - start - length);
  };
  return { x: along(box.x, box.width, room.x, room.width), y: along(box.y, box.height, room.y, room.height) };
}

/** The smallest box that holds both. */
export function union(a: Box, b: Box): Box {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return { x, y, width: Math.max(a.x + a.width, b.x + b.width) - x, height: Math.max(a.y + a.height, b.y + b.height) - y };
}

/** The smallest box that holds all of them; null when there are none. */
export function boxAround(boxes: readonly Box[]): Box | null {
  return boxes.reduce<Box | null>((all, box) => (all === null ? box : union(all, box)), null);
}
