import { onPlane } from "../actions/pointer";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { TOUCH } from "../store/touch";
import { shared } from "./afar-parts";
import type { Parts } from "./afar-parts";
import { cardUnder, wireUnder } from "./under";

/** So near a wire a pointer is on it, in pixels of the screen. */
const REACH = TOUCH ? 14 : 7;

let drawn: readonly Parts[] = [];

/** What is painted now, the uppermost sheet last. */
export function noteDrawn(sheets: readonly Parts[]): void {
  drawn = sheets;
}

function under(canvas: Canvas, screen: Point): { readonly card: string | null; readonly wire: string | null } {
  const at = onPlane(canvas, screen);
  const card = cardUnder(drawn, at);
  return { card, wire: card === null ? wireUnder(drawn, at, REACH / (canvas.stage.current?.getViewport().zoom ?? 1)) : null };
}

/** Let the card or wire that is pointed at stand on the stage, to be used as ever. */
export function wake(canvas: Canvas, screen: Point): void {
  const { card, wire } = under(canvas, screen);
  const id = card ?? (canvas.ui.get().wiring === null ? wire : null);
  if (canvas.ui.get().awake !== id) canvas.ui.patch({ awake: id });
}

/**
 * Choose the card or wire at a place that was touched before it could wake. Gives which it is; null where there is none.
 * React Flow lets go of what is chosen as soon as a click on the plane was told of: then this is done right after that.
 */
export function pick(canvas: Canvas, screen: Point, by: "click" | "menu"): "node" | "edge" | null {
  const { ui } = canvas;
  const { card, wire } = under(canvas, screen);
  const id = card ?? wire;
  if (id === null) return null;
  const chosen = ui.get().nodes;
  ui.patch({ awake: id });
  const select = () => ui.select(card === null ? [] : by === "menu" && chosen.has(card) ? chosen : [card], wire === null ? [] : [wire]);
  if (by === "click") queueMicrotask(select);
  else select();
  return card === null ? "edge" : "node";
}

/** Choose the painted cards that a frame touches, from one corner to the other, instead of those that it touched before. */
export function choose({ ui }: Canvas, from: Point, to: Point): void {
  const frame = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
  const touched = new Map(drawn.flatMap(({ cards }) => cards).map((card) => {
    const { width, height } = shared(frame, card);
    return [card.id, width > 0 && height > 0];
  }));
  const before = ui.get().nodes;
  const now = new Set([...[...before].filter((id) => !touched.has(id)), ...[...touched].flatMap(([id, is]) => (is ? id : []))]);
  if (now.size !== before.size || [...now].some((id) => !before.has(id))) ui.patch({ nodes: now });
}

/** The wire that is painted at a place, whatever lies over it. */
export function paintedWireAt(canvas: Canvas, screen: Point): string | null {
  return wireUnder(drawn, onPlane(canvas, screen), REACH / (canvas.stage.current?.getViewport().zoom ?? 1));
}
