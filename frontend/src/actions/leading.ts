import { boxAt, groupAt, regroup } from "../graph/regroup";
import { hiders } from "../graph/hidden";
import { boxAround } from "../graph/place";
import type { Box } from "../graph/place";
import { linesOf, snap } from "../graph/snap";
import type { Line, Lines } from "../graph/snap";
import type { Change } from "../graph/changes";
import { withMembers } from "../graph/changes";
import { isGroup, nodesById } from "../graph/types";
import type { Doc, GraphNode, Point } from "../graph/types";
import { storedSize } from "../graph/stored-size";
import type { Canvas } from "../store/canvas";
import { createStore } from "../store/store";
import { remembered } from "../store/ui";

/** So near a line cards lie on it, in pixels of the screen. */
const REACH = 5;

/** The lines that what is dragged lies on just now. */
export const guides = createStore<{ readonly down: Line | null; readonly across: Line | null }>({ down: null, across: null });

interface Drag {
  readonly doc: Doc;
  readonly ids: string;
  readonly lines: Lines;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly groups: readonly GraphNode[];
}

let drag: Drag | null = null;
let free = false;
let over: string | null = null;

/** Ctrl or ⌘ held: nothing snaps. */
export function watchSnapping(): () => void {
  const look = ({ ctrlKey, metaKey }: PointerEvent | KeyboardEvent) => {
    free = ctrlKey || metaKey;
  };
  const ways = ["pointermove", "keydown", "keyup"] as const;
  for (const name of ways) window.addEventListener(name, look, true);
  return () => {
    for (const name of ways) window.removeEventListener(name, look, true);
  };
}

function boxOf({ sizes }: Canvas, node: GraphNode, at: Point = node.position): Box {
  return boxAt(at, isGroup(node) && node.data.collapsed !== true ? storedSize(node) : sizes.get(node.id));
}

/** What the others look like, once for each drag: those in sight are what one lines up with. */
function begin(canvas: Canvas, moved: ReadonlyMap<string, Point>): Drag {
  const doc = canvas.document.doc();
  const ids = [...moved.keys()].join(" ");
  if (drag?.doc === doc && drag.ids === ids) return drag;
  const { x, y, zoom } = canvas.stage.current?.getViewport() ?? { x: 0, y: 0, zoom: 1 };
  const [left, top, right, bottom] = [-x / zoom, -y / zoom, (innerWidth - x) / zoom, (innerHeight - y) / zoom];
  const hidden = hiders(doc);
  const along = withMembers(doc, moved);
  const others = remembered("snap") === "off" ? [] : doc.nodes.filter(({ id }) => !along.has(id) && !hidden.has(id)).map((node) => boxOf(canvas, node));
  const seen = others.filter((box) => box.x < right && box.y < bottom && box.x + box.width > left && box.y + box.height > top);
  const groups = doc.nodes.filter((node) => isGroup(node) && !along.has(node.id) && !hidden.has(node.id));
  drag = { doc, ids, lines: linesOf(seen), nodes: nodesById(doc.nodes), groups };
  return drag;
}

function mark(id: string | null): void {
  if (id === over) return;
  const box = (of: string) => window.document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(of)}"]`);
  if (over !== null) box(over)?.removeAttribute("data-over");
  over = id;
  if (id !== null) box(id)?.setAttribute("data-over", "");
}

/** Where what is dragged goes: in line with what is near, if anything is. The group that it would be dropped into shows it. */
export function lead(canvas: Canvas, moved: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
  const { lines, nodes, groups } = begin(canvas, moved);
  const boxes = [...moved].flatMap(([id, at]) => {
    const node = nodes.get(id);
    return node ? boxOf(canvas, node, at) : [];
  });
  const all = boxAround(boxes);
  if (!all) return moved;
  const { dx, dy, down, across } = free ? { dx: 0, dy: 0, down: null, across: null } : snap(lines, all, REACH / (canvas.stage.current?.getViewport().zoom ?? 1));
  const now = guides.get();
  if (now.down !== down || now.across !== across) guides.set(() => ({ down, across }));
  const [first] = boxes;
  const isCard = [...moved.keys()].some((id) => !groups.some((group) => group.id === id) && nodes.get(id)?.type !== "custom_group");
  mark(first && isCard && groups.length > 0 ? groupAt(groups, { ...first, x: first.x + dx, y: first.y + dy }) : null);
  return dx === 0 && dy === 0 ? moved : new Map([...moved].map(([id, { x, y }]) => [id, { x: x + dx, y: y + dy }]));
}

/** The drag has ended: which group the cards belong to now. */
export function settle({ sizes }: Canvas, ids: readonly string[]): Change {
  drag = null;
  mark(null);
  guides.set(() => ({ down: null, across: null }));
  return (doc) => regroup(doc, ids, sizes);
}
