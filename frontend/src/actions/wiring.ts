import { t } from "../language/speak";
import { drawWire } from "./editing";
import { fittingHandles, handleKey, judge, linkBetween } from "../graph/connect";
import type { End } from "../graph/connect";
import { paramPort, kindOf, outputsOf } from "../graph/ports";
import { addPoint, pointsOf, setPoints } from "../graph/reroute";
import { isRunnable } from "../graph/types";
import type { Point } from "../graph/types";
import { withParts } from "../panels/following";
import type { Canvas } from "../store/canvas";
import type { Wiring } from "../store/ui";

/** Judge every handle on the stage once, when a wire is taken up. */
export function beginWiring({ document, catalog }: Canvas, from: End, { moving = null, tapping = false }: { moving?: string | null; tapping?: boolean } = {}): Wiring {
  const doc = document.doc();
  const { flow } = document.get();
  const fits = new Set<string>();
  const reasons = new Map<string, string>();
  const side = from.side === "out" ? "in" : "out";
  for (const node of doc.nodes.filter(isRunnable)) {
    const kind = kindOf(catalog, node);
    if (!kind) continue;
    const handles = side === "in"
      ? [...kind.inputs.map((port) => `in-${port.id}`), ...kind.params.flatMap((param) => (paramPort(kind, param) ? `in-${param.id}` : []))]
      : outputsOf(kind, node).map((port) => `out-${port.id}`);
    for (const handle of handles) {
      const link = linkBetween(from, { nodeId: node.id, handle, side });
      if (!link) continue;
      const verdict = judge(doc, catalog, flow, link, moving);
      if (verdict.ok) fits.add(handleKey(node.id, handle));
      else reasons.set(handleKey(node.id, handle), verdict.reason);
    }
  }
  return { from, fits, reasons, tapping };
}

/** Lead a wire to a card: to the only handle that takes it, or to one that the person chooses. */
export function plugInto(canvas: Canvas, from: End, nodeId: string, screen: Point): void {
  const { document, catalog, ui } = canvas;
  const handles = fittingHandles(document.doc(), catalog, document.get().flow, from, nodeId);
  const [only] = handles;
  if (only === undefined) {
    const reasons = [...(ui.get().wiring?.reasons ?? [])].filter(([key]) => key.startsWith(handleKey(nodeId, "")));
    const reason = reasons[0]?.[1] ?? t("Nothing here takes this wire.");
    withParts(ui, ({ refuseAt }) => refuseAt(canvas, reason, from, nodeId));
  } else if (handles.length > 1) ui.patch({ menu: { kind: "ports", screen, end: from, nodeId, handles } });
  else {
    const link = linkBetween(from, { nodeId, handle: only, side: otherSide(from.side) });
    if (link) drawWire(canvas, link);
  }
}

function otherSide(side: End["side"]): End["side"] {
  return side === "out" ? "in" : "out";
}

/** Take a wire up without dragging: what is tapped next is where it goes. */
export function takeUp(canvas: Canvas, from: End): void {
  if (!canvas.readOnly) canvas.ui.patch({ wiring: beginWiring(canvas, from, { tapping: true }) });
}

let painted: ((screen: Point) => string | null) | null = null;

/** Who paints wires, instead of elements of their own, finds them too; null: nobody does. */
export function findPainted(find: typeof painted): void {
  painted = find;
}

/** The wire that lies under a point of the screen, whatever lies over it; null when there is none. */
export function wireAt({ x, y }: Point): string | null {
  const found = window.document.elementsFromPoint(x, y).find((element) => element.closest(".react-flow__edge"));
  return found?.closest(".react-flow__edge")?.getAttribute("data-id") ?? painted?.({ x, y }) ?? null;
}

/** Put a dot on a wire, where it is nearest. */
export function reroute({ document, sizes }: Canvas, id: string, at: Point): void {
  const { edges, nodes } = document.doc();
  const edge = edges.find((candidate) => candidate.id === id);
  const ends = [edge?.source, edge?.target].map((end) => nodes.find((node) => node.id === end));
  const [from, to] = ends.map((node) => node && { x: node.position.x + (sizes.get(node.id)?.width ?? 0) / 2, y: node.position.y });
  if (edge && from && to) document.edit(t("Reroute"), setPoints(id, addPoint(pointsOf(edge), from, to, at)));
}

/** A tap on a card or one of its handles. Gives whether it was about a wire. */
export function tapWire(canvas: Canvas, nodeId: string, handle: End | null, screen: Point): boolean {
  const { ui } = canvas;
  const { wiring } = ui.get();
  if (!wiring?.tapping) {
    if (handle) takeUp(canvas, handle);
    return handle !== null;
  }
  const { from, reasons } = wiring;
  if (handle?.side === from.side) {
    // The same handle again lets go; another one of its kind is taken up instead.
    if (handleKey(nodeId, handle.handle) === handleKey(from.nodeId, from.handle)) ui.patch({ wiring: null });
    else takeUp(canvas, handle);
    return true;
  }
  if (handle) {
    const link = linkBetween(from, handle);
    const reason = reasons.get(handleKey(nodeId, handle.handle));
    if (reason !== undefined && link) withParts(ui, ({ refuseWire }) => refuseWire(canvas, reason, link));
    else if (link) drawWire(canvas, link);
  } else if (nodeId !== from.nodeId) plugInto(canvas, from, nodeId, screen);
  ui.patch({ wiring: null });
  return true;
}
