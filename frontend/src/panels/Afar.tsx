import { Position, ViewportPortal, useReactFlow, useViewport } from "@xyflow/react";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Flow } from "../graph/flow";
import type { Box } from "../graph/place";
import { pointsOf } from "../graph/reroute";
import { isRunnable, nodesById } from "../graph/types";
import type { Doc, GraphNode, Point } from "../graph/types";
import { looks } from "../nodes/Block";
import type { Look } from "../nodes/Block";
import { outlineOf } from "../nodes/outline";
import type { Outline } from "../nodes/outline";
import { wirePath } from "../nodes/Reroute";
import { typeClass } from "../nodes/shapes";
import { useCanvas, useUi } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { createPictures, drawCard, drawWires } from "./sheet";
import type { DrawnWire, Inks } from "./sheet";
import { useInks } from "./use-inks";

interface Props {
  readonly doc: Doc;
  readonly flow: Flow;
  readonly moving: ReadonlyMap<string, Point> | null;
  readonly tiny: boolean;
}

type Looks = ReadonlyMap<string, Look>;

/** So much of the window's width and height is drawn beyond each of its edges. */
const BEYOND = 0.5;
/** A sheet is drawn anew where one looks so much nearer or farther than it was made for. */
const NEARER = 1.4;
const REST = 120;
/** Pictures that come within so many milliseconds are painted at once. */
const TOGETHER = 60;

/** All cards and wires on two sheets: what stands still is painted once, what moves or works in every frame. */
export function Afar({ doc, flow, moving, tiny }: Props) {
  const canvas = useCanvas();
  const { getInternalNode } = useReactFlow();
  const all = useSlice(looks, (state) => state.all);
  const edges = useUi((state) => state.edges);
  const seen = useSeen();
  const paints = usePaints();
  const loose = useLoose(moving, all);
  const still = useMemo(() => gather(canvas, getInternalNode, { doc, flow, moving: null, edges }, (ids) => !ids.some((id) => loose.has(id))), [canvas, getInternalNode, doc, flow, loose, edges]);
  const lively = useMemo(() => gather(canvas, getInternalNode, { doc, flow, moving, edges }, (ids) => ids.some((id) => loose.has(id))), [canvas, getInternalNode, doc, flow, moving, loose, edges]);
  return (
    <ViewportPortal>
      <Sheet parts={still} looks={useSettled(all, loose)} seen={seen} tiny={tiny} paints={paints} />
      {loose.size > 0 && <Sheet parts={lively} looks={all} seen={seen} tiny={tiny} paints={paints} />}
    </ViewportPortal>
  );
}

/** Those that move or work: the same set as long as they are the same. */
function useLoose(moving: Props["moving"], all: Looks): ReadonlySet<string> {
  const now = useMemo(() => new Set([...(moving?.keys() ?? []), ...[...all].flatMap(([id, look]) => (look.tone === "running" ? id : []))]), [moving, all]);
  const [kept, keep] = useState<ReadonlySet<string>>(now);
  if (kept.size === now.size && [...now].every((id) => kept.has(id))) return kept;
  keep(now);
  return now;
}

/** How those look that stand still: the same as long as none of them changes. */
function useSettled(all: Looks, loose: ReadonlySet<string>): Looks {
  const [kept, keep] = useState(all);
  if (kept === all || ![...all].some(([id, look]) => !loose.has(id) && kept.get(id) !== look)) return kept;
  keep(all);
  return all;
}

interface Seen {
  readonly box: Box;
  readonly zoom: number;
}

function around({ x, y, width, height }: Box, zoom: number): Seen {
  return { box: { x: x - width * BEYOND, y: y - height * BEYOND, width: width * (1 + 2 * BEYOND), height: height * (1 + 2 * BEYOND) }, zoom };
}

function holds(outer: Box, inner: Box): boolean {
  return outer.x <= inner.x && outer.y <= inner.y && outer.x + outer.width >= inner.x + inner.width && outer.y + outer.height >= inner.y + inner.height;
}

/** The part of the plane that is drawn, and for which zoom; it changes seldom while somebody moves. */
function useSeen(): Seen {
  const { x, y, zoom } = useViewport();
  const frame = { x: -x / zoom, y: -y / zoom, width: innerWidth / zoom, height: innerHeight / zoom };
  const [seen, see] = useState(() => around(frame, zoom));
  useEffect(() => {
    if (seen.zoom === zoom) return;
    const timer = setTimeout(() => see(around({ x: -x / zoom, y: -y / zoom, width: innerWidth / zoom, height: innerHeight / zoom }, zoom)), REST);
    return () => clearTimeout(timer);
  }, [seen, x, y, zoom]);
  if (holds(seen.box, frame) && Math.max(seen.zoom / zoom, zoom / seen.zoom) < NEARER) return seen;
  const next = around(frame, zoom);
  see(next);
  return next;
}

interface Paints {
  readonly inks: Inks;
  readonly picture: (url: string) => ImageBitmap | null;
}

/** Colours and pictures; another object when the colours are others, or pictures came. */
function usePaints(): Paints | null {
  const inks = useInks();
  const [came, setCame] = useState(0);
  const [picture] = useState(() => {
    let timer = 0;
    return createPictures(() => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        setCame((count) => count + 1);
      }, TOGETHER);
    });
  });
  return useMemo(() => (inks && came >= 0 ? { inks, picture } : null), [inks, picture, came]);
}

interface Parts {
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
  readonly moving: Props["moving"];
  /** Chosen wires have tools, and are drawn as ever. */
  readonly edges: ReadonlySet<string>;
}

type Find = ReturnType<typeof useReactFlow>["getInternalNode"];

function gather({ catalog, sizes }: Canvas, find: Find, { doc, flow, moving, edges }: Drawing, wanted: (ids: readonly string[]) => boolean): Parts {
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
    const found = find(id)?.internals.handleBounds?.[side]?.find((one) => one.id === handle);
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
    if (edges.has(edge.id) || !wanted([edge.source, edge.target])) return [];
    const from = end(edge.source, outlet ? `out-${outlet.id}` : edge.sourceHandle, "source");
    const to = end(edge.target, inlet ? `in-${inlet.id}` : edge.targetHandle, "target");
    if (!from || !to) return [];
    const between = pointsOf(edge);
    points.push(from, ...between, to);
    const { path } = wirePath(from, between, to, Position.Right, Position.Left);
    return { path, className: typeClass(shape.type, outlet?.role ?? ""), wide: shape.list, broken: broken !== "" };
  });
  return { cards, wires, box: boxOf(cards, points) };
}

/** With room for rings, and for the bows of wires. */
const AIR = 160;

function boxOf(cards: readonly Box[], points: readonly Point[]): Box {
  const xs = [...cards.flatMap(({ x, width }) => [x, x + width]), ...points.map(({ x }) => x)];
  const ys = [...cards.flatMap(({ y, height }) => [y, y + height]), ...points.map(({ y }) => y)];
  if (xs.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const [x, y] = [Math.min(...xs) - AIR, Math.min(...ys) - AIR];
  return { x, y, width: Math.max(...xs) + AIR - x, height: Math.max(...ys) + AIR - y };
}

function shared(a: Box, b: Box): Box {
  const [x, y] = [Math.max(a.x, b.x), Math.max(a.y, b.y)];
  return { x, y, width: Math.max(0, Math.min(a.x + a.width, b.x + b.width) - x), height: Math.max(0, Math.min(a.y + a.height, b.y + b.height) - y) };
}

interface SheetProps {
  readonly parts: Parts;
  readonly looks: Looks;
  readonly seen: Seen;
  readonly tiny: boolean;
  readonly paints: Paints | null;
}

const Sheet = memo(function Sheet({ parts, looks: known, seen, tiny, paints }: SheetProps) {
  const place = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const paper = place.current;
    const pen = paper?.getContext("2d");
    if (!paper || !pen || !paints) return;
    const box = shared(parts.box, seen.box);
    const scale = seen.zoom * devicePixelRatio;
    const [width, height] = [Math.ceil(box.width * scale), Math.ceil(box.height * scale)];
    pen.resetTransform();
    if (paper.width === width && paper.height === height) pen.clearRect(0, 0, width, height);
    else Object.assign(paper, { width, height });
    paper.style.width = `${paper.width / scale}px`;
    paper.style.height = `${paper.height / scale}px`;
    paper.style.transform = `translate(${box.x}px, ${box.y}px)`;
    pen.setTransform(scale, 0, 0, scale, -box.x * scale, -box.y * scale);
    const sheet = { pen, zoom: seen.zoom, tiny, ...paints };
    drawWires(sheet, parts.wires);
    for (const card of parts.cards) {
      const look = known.get(card.id);
      const inSight = card.x < box.x + box.width && card.y < box.y + box.height && card.x + card.width > box.x && card.y + card.height > box.y;
      if (look && inSight) drawCard(sheet, { ...card, look });
    }
  }, [parts, known, seen, tiny, paints]);
  return <canvas ref={place} className="sheet" aria-hidden="true" />;
});
