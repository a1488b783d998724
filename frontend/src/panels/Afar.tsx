import { ViewportPortal, useReactFlow, useViewport } from "@xyflow/react";
import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { findPainted } from "../actions/wiring";
import type { Flow } from "../graph/flow";
import type { Doc, Point } from "../graph/types";
import { Tellers, looks } from "../nodes/Painted";
import type { Look } from "../nodes/Painted";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { noteDrawn, paintedWireAt } from "./afar-hits";
import { around, gather, serves, shared } from "./afar-parts";
import type { Parts, Seen } from "./afar-parts";
import { createPictures, drawCard, drawEnds, drawWires } from "./sheet";
import type { Inks } from "./sheet";
import { useInks } from "./use-inks";

interface Props {
  readonly doc: Doc;
  readonly flow: Flow;
  readonly selected: ReadonlySet<string>;
  readonly moving: ReadonlyMap<string, Point> | null;
  readonly tiny: boolean;
}

type Looks = ReadonlyMap<string, Look>;

const REST = 120;
/** Pictures that come within so many milliseconds are painted at once. */
const TOGETHER = 60;

/** All cards and wires on two sheets: what stands still is painted once, what moves or works in every frame. */
export function Afar({ doc, flow, selected, moving, tiny }: Props) {
  const canvas = useCanvas();
  const { getInternalNode } = useReactFlow();
  const find = useCallback((id: string) => getInternalNode(id)?.internals.handleBounds ?? canvas.handles.get(id), [canvas, getInternalNode]);
  const all = useSlice(looks, (state) => state.all);
  const seen = useSeen();
  const paints = usePaints();
  const loose = useLoose(moving, all);
  const still = useMemo(() => gather(canvas, find, { doc, flow, moving: null }, (ids) => !ids.some((id) => loose.has(id))), [canvas, find, doc, flow, loose]);
  const lively = useMemo(() => gather(canvas, find, { doc, flow, moving }, (ids) => ids.some((id) => loose.has(id))), [canvas, find, doc, flow, moving, loose]);
  useEffect(() => noteDrawn([still, lively]), [still, lively]);
  useEffect(() => {
    findPainted((screen) => paintedWireAt(canvas, screen));
    return () => findPainted(null);
  }, [canvas]);
  return (
    <ViewportPortal>
      <Tellers nodes={doc.nodes} selected={selected} />
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
  if (serves(seen, frame, zoom)) return seen;
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
    drawEnds(sheet, parts.wires);
  }, [parts, known, seen, tiny, paints]);
  return <canvas ref={place} className="sheet" aria-hidden="true" />;
});
