import { Position } from "@xyflow/react";

import type { Flow } from "../graph/flow";
import { boxAround } from "../graph/place";
import type { Box } from "../graph/place";
import { pointsOf } from "../graph/reroute";
import { isRunnable, nodesById } from "../graph/types";
import type { Doc, GraphNode, Point } from "../graph/types";
import { outlineOf } from "../nodes/outline";
import type { Outline } from "../nodes/outline";
import { wirePath } from "../nodes/Reroute";
import { OUTLINES, typeClass } from "../nodes/shapes";
import type { Canvas } from "../store/canvas";
import type { DrawnWire } from "./sheet";

/** What stands on a sheet. */
export interface Parts {
  readonly cards: readonly Place[];
  readonly wires: readonly DrawnWire[];
  /** All of them lie in it. */
  readonly box: Box;
}

interface Place extends Box {
  readonly id: string;
}

interface Drawing {
  readonly doc: Doc;
  readonly flow: Flow;
  readonly moving: ReadonlyMap<string, Point> | null;
}

interface Bounds {
  readonly id?: string | null;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where the handles of a card are that once stood on the stage. */
export type FindHandles = (id: string) => Partial<Record<"source" | "target", readonly Bounds[] | null>> | undefined;

/** The cards that are wanted, and the wires that lead to or from any of them, as `wanted` says of their ids. */
export function gather({ catalog, sizes }: Pick<Canvas, "catalog" | "sizes">, find: FindHandles, { doc, flow, moving }: Drawing, wanted: (ids: readonly string[]) => boolean): Parts {
  const nodes = nodesById(doc.nodes);
  const outlines = new Map<string, Outline>();
  const outline = (node: GraphNode) => {
    const known = outlines.get(node.id) ?? outlineOf(catalog, flow, node);
    outlines.set(node.id, known);
    return known;
  };
  const placed = (node: GraphNode) => moving?.get(node.id) ?? node.position;
  const end = (id: string, handle: string, side: "source" | "target"): Point | null => {
    const node = nodes.get(id);
    if (!node) return null;
    const { x, y } = placed(node);
    const found = find(id)?.[side]?.find((one) => one.id === handle);
    if (found) return { x: x + found.x + (side === "source" ? found.width : 0), y: y + found.y + found.height / 2 };
    const guess = outline(node).handles.find((one) => one.id === handle && one.type === side);
    return guess ? { x: x + guess.x, y: y + guess.y } : null;
  };
  const cards = doc.nodes.filter((node) => isRunnable(node) && wanted([node.id])).map((node) => {
    const { width, height } = sizes.get(node.id) ?? outline(node);
    return { id: node.id, ...placed(node), width, height };
  });
  const points: Point[] = [];
  const wires = [...flow.wires.values()].flatMap(({ edge, outlet, inlet, shape, broken }) => {
    if (!wanted([edge.source, edge.target])) return [];
    const from = end(edge.source, outlet ? `out-${outlet.id}` : edge.sourceHandle, "source");
    const to = end(edge.target, inlet ? `in-${inlet.id}` : edge.targetHandle, "target");
    if (!from || !to) return [];
    const between = pointsOf(edge);
    points.push(from, ...between, to);
    const { path } = wirePath(from, between, to, Position.Right, Position.Left);
    return { id: edge.id, path, className: typeClass(shape.type, outlet?.role ?? ""), wide: shape.list, broken: broken !== "", sign: OUTLINES[shape.type], ends: [from, to] };
  });
  return { cards, wires, box: boxOf(cards, points) };
}

/** With room for rings, and for the bows of wires. */
const AIR = 160;

function boxOf(cards: readonly Box[], points: readonly Point[]): Box {
  const all = boxAround([...cards, ...points.map((point) => ({ ...point, width: 0, height: 0 }))]);
  return all ? { x: all.x - AIR, y: all.y - AIR, width: all.width + 2 * AIR, height: all.height + 2 * AIR } : { x: 0, y: 0, width: 0, height: 0 };
}

export function shared(a: Box, b: Box): Box {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  return { x, y, width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x), height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y) };
}

function holds(outer: Box, inner: Box): boolean {
  return outer.x <= inner.x && outer.y <= inner.y && outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
}

/** A part of the plane that is drawn, and for which zoom. */
export interface Seen {
  readonly box: Box;
  readonly zoom: number;
}

/** So much of the window's width and height is drawn beyond each of its edges. */
const BEYOND = 0.5;
/** A sheet is drawn anew where one looks so much nearer or farther than it was made for. */
const NEARER = 1.4;

/** What to draw for somebody who looks at this part of the plane. */
export function around({ x, y, width, height }: Box, zoom: number): Seen {
  return { box: { x: x - width * BEYOND, y: y - height * BEYOND, width: width * (1 + 2 * BEYOND), height: height * (1 + 2 * BEYOND) }, zoom };
}

/** Whether a drawing still serves somebody who looks at this part. */
export function serves({ box, zoom }: Seen, frame: Box, now: number): boolean {
  return holds(box, frame) && Math.max(zoom / now, now / zoom) < NEARER;
}
