import type { Point } from "../graph/types";
import type { Parts } from "./afar-parts";
import type { DrawnWire } from "./sheet";

/** A bow of a wire is taken to be so many straight lines. */
const STRAIGHT = 16;

/** The uppermost card at a place of the plane. */
export function cardUnder(sheets: readonly Parts[], { x, y }: Point): string | null {
  const under = sheets.flatMap(({ cards }) => cards.findLast((card) => x >= card.x && y >= card.y && x <= card.x + card.width && y <= card.y + card.height) ?? []);
  return under.at(-1)?.id ?? null;
}

/** The wire nearest to a place of the plane, and no farther from it than `reach`. */
export function wireUnder(sheets: readonly Parts[], at: Point, reach: number): string | null {
  let [nearest, least] = [null as string | null, reach];
  for (const wire of sheets.flatMap(({ wires }) => wires)) {
    const far = distance(wire, at, least);
    if (far > least) continue;
    [nearest, least] = [wire.id, far];
  }
  return nearest;
}

type Bow = readonly [Point, Point, Point, Point];

/** The bows that a wire is made of, as its path writes them: "M x,y C x,y x,y x,y". */
export function bowsOf(path: string): readonly Bow[] {
  return [...path.matchAll(/M([^M]+)/g)].flatMap(([, written = ""]) => {
    const numbers = written.split(/[\sC,]+/).filter(Boolean).map(Number);
    const [a, b, c, d] = [0, 2, 4, 6].map((i) => ({ x: numbers[i] ?? 0, y: numbers[i + 1] ?? 0 }));
    return a && b && c && d ? [[a, b, c, d] as const] : [];
  });
}

const known = new WeakMap<DrawnWire, readonly Bow[]>();

function distance(wire: DrawnWire, at: Point, reach: number): number {
  const bows = known.get(wire) ?? bowsOf(wire.path);
  known.set(wire, bows);
  return Math.min(Infinity, ...bows.filter((bow) => isNear(bow, at, reach)).map((bow) => fromBow(bow, at)));
}

/** A bow lies between its points. */
function isNear(bow: Bow, { x, y }: Point, reach: number): boolean {
  return bow.some((one) => one.x >= x - reach) && bow.some((one) => one.x <= x + reach) && bow.some((one) => one.y >= y - reach) && bow.some((one) => one.y <= y + reach);
}

function fromBow([a, b, c, d]: Bow, at: Point): number {
  const on = (part: number): Point => {
    const rest = 1 - part;
    const [p, q, r, s] = [rest ** 3, 3 * rest * rest * part, 3 * rest * part * part, part ** 3];
    return { x: p * a.x + q * b.x + r * c.x + s * d.x, y: p * a.y + q * b.y + r * c.y + s * d.y };
  };
  let [least, from] = [Infinity, a];
  for (let i = 1; i <= STRAIGHT; i++) {
    const to = on(i / STRAIGHT);
    least = Math.min(least, fromLine(from, to, at));
    from = to;
  }
  return least;
}

function fromLine(from: Point, to: Point, at: Point): number {
  const [x, y] = [to.x - from.x, to.y - from.y];
  const length = x * x + y * y;
  const part = length === 0 ? 0 : Math.min(1, Math.max(0, ((at.x - from.x) * x + (at.y - from.y) * y) / length));
  return Math.hypot(at.x - from.x - part * x, at.y - from.y - part * y);
}
