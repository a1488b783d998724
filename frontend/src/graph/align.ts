import type { GraphNode, Point, Size } from "./types";

export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom" | "across" | "down";

const USUAL: Size = { width: 280, height: 200 };

/** New places for nodes: in one line with the outermost of them, or with even gaps between them. */
export function align(nodes: readonly GraphNode[], sizes: ReadonlyMap<string, Size>, how: Alignment): ReadonlyMap<string, Point> {
  const boxes = nodes.map(({ id, position }) => ({ id, x: position.x, y: position.y, ...(sizes.get(id) ?? USUAL) }));
  const left = Math.min(...boxes.map(({ x }) => x));
  const top = Math.min(...boxes.map(({ y }) => y));
  const right = Math.max(...boxes.map(({ x, width }) => x + width));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
  const put = (place: (box: (typeof boxes)[number]) => Point) => new Map(boxes.map((box) => [box.id, place(box)]));
  switch (how) {
    case "left": return put(({ y }) => ({ x: left, y }));
    case "right": return put(({ y, width }) => ({ x: right - width, y }));
    case "centre": return put(({ y, width }) => ({ x: Math.round((left + right - width) / 2), y }));
    case "top": return put(({ x }) => ({ x, y: top }));
    case "bottom": return put(({ x, height }) => ({ x, y: bottom - height }));
    case "middle": return put(({ x, height }) => ({ x, y: Math.round((top + bottom - height) / 2) }));
    case "across": return spread(boxes, "x", "width", right - left);
    case "down": return spread(boxes, "y", "height", bottom - top);
  }
}

function spread(boxes: readonly (Point & Size & { readonly id: string })[], along: "x" | "y", length: "width" | "height", room: number): ReadonlyMap<string, Point> {
  const sorted = boxes.toSorted((a, b) => a[along] - b[along]);
  const gap = (room - boxes.reduce((sum, box) => sum + box[length], 0)) / Math.max(1, boxes.length - 1);
  let at = sorted[0]?.[along] ?? 0;
  return new Map(sorted.map((box) => {
    const place = { x: box.x, y: box.y, [along]: Math.round(at) };
    at += box[length] + gap;
    return [box.id, { x: place.x, y: place.y }];
  }));
}
