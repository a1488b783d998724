import { addNode, connect, freshId, insertCopies, remove, withGroups } from "../graph/changes";
import type { Change } from "../graph/changes";
import { fittingHandles, judge, linkBetween } from "../graph/connect";
import type { End } from "../graph/connect";
import type { NodeKind } from "../graph/catalog";
import { readFlow } from "../graph/flow";
import type { JsonObject } from "../graph/json";
import { insertOn } from "../graph/insert";
import { freeSpot } from "../graph/place";
import { STICKY_NOTE, isGroup } from "../graph/types";
import type { Doc, GraphNode, Link, Point, Size } from "../graph/types";
import { counted, t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { noteUsed } from "../store/liked";
import { undoing } from "../store/take-back";
import { remember, remembered } from "../store/ui";

const CARD_WIDTH = 280;
/** What a card measures about, before it is drawn. */
export const NEW_CARD = { width: CARD_WIDTH, height: 300 };
const NEW_NOTE = { width: 240, height: 160 };

/** A new node of a kind, not yet in the document. */
export function makeNode(doc: Doc, kind: NodeKind, at: Point, params: JsonObject = {}): GraphNode {
  const id = freshId(doc.nodes.map((node) => node.id), kind.name);
  const position = { x: Math.round(at.x), y: Math.round(at.y) };
  if (kind.name === STICKY_NOTE) {
    return {
      id, type: "stickyNote", position, style: NEW_NOTE, ...NEW_NOTE,
      data: { nodeType: kind.name, label: kind.english, text: "", color: "yellow", textSize: "medium" },
    };
  }
  return {
    id, type: "basedNode", position,
    data: { label: kind.english, nodeType: kind.name, category: kind.name.split(":")[0] ?? kind.category, params },
  };
}

/** Add a node; from a wire that was dropped, connect it by its best handle; onto a wire, lead that through it. Gives its id. */
export function placeNode(canvas: Canvas, kind: NodeKind, at: Point, end: End | null = null, params: JsonObject = {}, onto: string | null = null): string {
  const { document, ui } = canvas;
  const note = kind.name === STICKY_NOTE;
  const node = makeNode(document.doc(), kind, clearSpot(canvas, cornerAt(at, end), note ? NEW_NOTE : NEW_CARD), params);
  putNode(canvas, t("Add {kind}", { kind: kind.title }), node, end, onto);
  if (canvas.readOnly) return node.id; // nothing was added
  noteUsed(kind.name);
  ui.select([node.id]);
  if (note) ui.patch({ renaming: node.id });
  return node.id;
}

/** Where the corner of a new card is when a wire was dropped here. */
export function cornerAt(at: Point, end: End | null): Point {
  return end?.side === "in" ? { x: at.x - CARD_WIDTH, y: at.y - 40 } : end ? { x: at.x, y: at.y - 40 } : at;
}

/** Put a node into the document, connected to where a wire was dropped, or in the middle of a wire. */
export function putNode({ document, catalog }: Canvas, label: string, node: GraphNode, end: End | null, onto: string | null): void {
  document.edit(label, (doc) => {
    const added = addNode(node)(doc);
    if (onto !== null) return insertOn(added, catalog, node.id, onto) ?? added;
    if (end === null) return added;
    const flow = readFlow(added, catalog);
    const [handle] = fittingHandles(added, catalog, flow, end, node.id);
    const link = handle === undefined ? null : linkBetween(end, { nodeId: node.id, handle, side: end.side === "out" ? "in" : "out" });
    const verdict = link ? judge(added, catalog, flow, link) : null;
    return link && verdict?.ok ? connect(link, verdict.replaces)(added) : added;
  });
}

/** The nearest place where a new card covers no other. */
export function clearSpot({ document, sizes }: Canvas, at: Point, size: Size): Point {
  const taken = document.doc().nodes.filter((node) => !isGroup(node));
  return freeSpot(taken.map(({ id, position }) => ({ ...position, ...(sizes.get(id) ?? NEW_CARD) })), at, size);
}

/** Draw a wire, or say in words why not. */
export function drawWire(canvas: Canvas, link: Link): boolean {
  const { document, catalog, ui } = canvas;
  const verdict = judge(document.doc(), catalog, document.get().flow, link);
  if (!verdict.ok) {
    ui.refuse(verdict.reason);
    return false;
  }
  document.edit(t("Connect"), connect(link, verdict.replaces));
  if (verdict.note !== "" && remembered(verdict.note) === null) {
    remember(verdict.note, "said");
    ui.toast(verdict.note);
  }
  return true;
}

export function duplicateIds({ document, ui }: Canvas, chosen: ReadonlySet<string>, offset: Point): void {
  let made: ReadonlyMap<string, string> = new Map();
  document.edit(t("Duplicate"), (doc) => {
    const ids = withGroups(doc, chosen);
    const nodes = doc.nodes.filter((node) => ids.has(node.id));
    const edges = doc.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
    const copied = insertCopies(doc, nodes, edges, offset);
    made = copied.ids;
    return copied.doc;
  });
  ui.select(made.values());
}

/** Delete what is selected; healing joins each node's first input wire to where its outputs led, where that fits. */
export function removeSelection(canvas: Canvas, healing: boolean): void {
  const { document, ui, catalog } = canvas;
  const { nodes: chosen, edges } = ui.get();
  const nodes = withGroups(document.doc(), chosen);
  const heal: Change = (doc) => {
    const before = doc.edges.filter((edge) => nodes.has(edge.target) && !nodes.has(edge.source));
    const after = doc.edges.filter((edge) => nodes.has(edge.source) && !nodes.has(edge.target));
    return after.reduce((now, edge) => {
      for (const { source, sourceHandle } of before) {
        const link = { source, sourceHandle, target: edge.target, targetHandle: edge.targetHandle };
        const verdict = judge(now, catalog, readFlow(now, catalog), link);
        if (verdict.ok && verdict.replaces === null) return connect(link, null)(now);
      }
      return now;
    }, remove(nodes, edges)(doc));
  };
  const count = nodes.size + edges.size;
  const before = document.doc();
  document.edit(t("Delete"), healing ? heal : remove(nodes, edges));
  ui.select([]);
  if (nodes.size > 1) {
    ui.toast(counted(count, "Deleted {count} thing.", "Deleted {count} things."), { action: undoing(document, t("Delete"), before) });
  }
}
