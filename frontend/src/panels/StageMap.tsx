import { useReactFlow, useViewport } from "@xyflow/react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { PointerEvent } from "react";

import { asText } from "../graph/json";
import { boxAround, union } from "../graph/place";
import type { Box } from "../graph/place";
import { storedSize } from "../graph/stored-size";
import { isGroup, isNote, nodeTypeOf } from "../graph/types";
import type { Doc, GraphNode, Point, Size } from "../graph/types";
import { t } from "../language/speak";
import { useInks } from "./use-inks";

/** As in card-parts.css. */
const MAP = { width: 168, height: 112 };
const AIR = 4;
const ROUND = 14;
/** Corners that are rounder than so many pixels can be told from sharp ones, which are much quicker to paint. */
const SEEN = 0.5;
/** As the stage, which halves its zoom every so many pixels of the wheel. */
const HALF = 500;

interface Props {
  readonly doc: Doc;
  readonly moving: ReadonlyMap<string, Point> | null;
  readonly sizes: ReadonlyMap<string, Size>;
  /** What is known of cards that were not measured yet. */
  readonly outline: ((node: GraphNode) => Size) | null;
}

const NOTHING: Size = { width: 0, height: 0 };

function sizeOf(node: GraphNode, { sizes, outline }: Pick<Props, "sizes" | "outline">): Size {
  return sizes.get(node.id) ?? (isGroup(node) || isNote(node) ? storedSize(node) : (outline?.(node) ?? NOTHING));
}

/** A group is as on the canvas: faint around its cards, a block where it is folded. */
function colourOf(node: GraphNode): string {
  if (isGroup(node)) {
    const color = asText(node.data.color, "#5aa9ff");
    return node.data.collapsed === true ? color : `color-mix(in srgb, ${color} 22%, transparent)`;
  }
  const category = nodeTypeOf(node).split(":")[0] ?? "";
  return `var(--category-${category === "" ? "none" : category}, var(--type-any))`;
}

/** The size of the stage, which the map lies on. */
function useFrame(inside: { readonly current: HTMLElement | null }): Size {
  const [frame, setFrame] = useState<Size>({ width: innerWidth, height: innerHeight });
  useEffect(() => {
    const stage = inside.current?.closest(".stage");
    if (!stage) return;
    const watcher = new ResizeObserver(() => setFrame({ width: stage.clientWidth, height: stage.clientHeight }));
    watcher.observe(stage);
    return () => watcher.disconnect();
  }, [inside]);
  return frame;
}

/** A map of everything, painted once; while somebody moves about only the frame of what is seen moves over it. */
export function StageMap({ doc, moving, sizes, outline }: Props) {
  const flow = useReactFlow();
  const { x, y, zoom } = useViewport();
  const inks = useInks();
  const place = useRef<HTMLDivElement>(null);
  const paper = useRef<HTMLCanvasElement>(null);
  const held = useRef<Point | null>(null);
  const frame = useFrame(place);
  const still = useMemo(() => {
    const below = doc.nodes.toSorted((a, b) => Number(isGroup(b)) - Number(isGroup(a)));
    return below.map((node) => ({ id: node.id, ...node.position, ...sizeOf(node, { sizes, outline }), colour: colourOf(node) }));
  }, [doc, sizes, outline]);
  const places = useMemo(() => (moving ? still.map((place) => ({ ...place, ...moving.get(place.id) })) : still), [still, moving]);
  const cards = useMemo(() => boxAround(places), [places]);
  const seen: Box = { x: -x / zoom, y: -y / zoom, width: frame.width / zoom, height: frame.height / zoom };
  const all = union(cards ?? seen, seen);
  const scale = Math.min((MAP.width - 2 * AIR) / all.width, (MAP.height - 2 * AIR) / all.height);
  const [left, top] = [all.x - (MAP.width / scale - all.width) / 2, all.y - (MAP.height / scale - all.height) / 2];

  useLayoutEffect(() => {
    const pen = paper.current?.getContext("2d");
    if (!paper.current || !pen || !inks) return;
    paper.current.width = MAP.width * devicePixelRatio;
    paper.current.height = MAP.height * devicePixelRatio;
    pen.scale(scale * devicePixelRatio, scale * devicePixelRatio);
    for (const { x, y, width, height, colour } of places) {
      pen.fillStyle = inks.ink(colour);
      if (ROUND * scale < SEEN) {
        pen.fillRect(x - left, y - top, width, height);
        continue;
      }
      pen.beginPath();
      pen.roundRect(x - left, y - top, width, height, ROUND);
      pen.fill();
    }
  }, [places, inks, scale, left, top]);

  useEffect(() => {
    const map = place.current;
    const turn = (event: WheelEvent) => {
      event.preventDefault();
      void flow.zoomTo(flow.getZoom() * 2 ** (-event.deltaY / HALF));
    };
    map?.addEventListener("wheel", turn, { passive: false });
    return () => map?.removeEventListener("wheel", turn);
  }, [flow]);

  const at = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: left + (event.clientX - box.x) / scale, y: top + (event.clientY - box.y) / scale };
  };
  const look = (centre: Point) => void flow.setCenter(centre.x, centre.y, { zoom });
  return (
    <div
      className="map nopan nowheel" ref={place} role="img" aria-label={t("Map of the canvas")}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const { x, y } = at(event);
        const centre = { x: seen.x + seen.width / 2, y: seen.y + seen.height / 2 };
        const inside = Math.abs(x - centre.x) < seen.width / 2 && Math.abs(y - centre.y) < seen.height / 2;
        held.current = inside ? { x: x - centre.x, y: y - centre.y } : { x: 0, y: 0 };
        if (!inside) look({ x, y });
      }}
      onPointerMove={(event) => {
        if (held.current === null) return;
        const { x, y } = at(event);
        look({ x: x - held.current.x, y: y - held.current.y });
      }}
      onPointerUp={() => (held.current = null)}
      onPointerCancel={() => (held.current = null)}
    >
      <canvas ref={paper} />
      <div className="map-seen" style={{ transform: `translate(${(seen.x - left) * scale}px, ${(seen.y - top) * scale}px)`, width: seen.width * scale, height: seen.height * scale }} />
    </div>
  );
}
