import { convertersBetween, putBetween } from "../graph/converters";
import type { Converter } from "../graph/converters";
import { linkBetween } from "../graph/connect";
import type { End } from "../graph/connect";
import { kindOf } from "../graph/ports";
import type { Link } from "../graph/types";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { clearSpot, makeNode, NEW_CARD } from "./editing";
import { reveal } from "./view";

/** So many nodes that could stand between are named. */
const NAMED = 2;

/** Say why a wire cannot be, and offer what can stand between its ends. */
export function refuseWire(canvas: Canvas, reason: string, link: Link): void {
  const { catalog, document, readOnly, ui } = canvas;
  const doc = document.doc();
  const found = readOnly ? [] : convertersBetween(doc, catalog, document.get().flow, link)
    .filter((one) => putBetween(doc, catalog, makeNode(doc, one.kind, { x: 0, y: 0 }), one, link) !== null).slice(0, NAMED);
  const [action = null, other = null] = found.map((one) => ({ label: t("Put “{kind}” between", { kind: one.kind.title }), perform: () => insert(canvas, one, link) }));
  ui.refuse(reason, { action, other });
}

/** The same for a wire that was let go over a card: it was meant for an input of which there is a way. */
export function refuseAt(canvas: Canvas, reason: string, from: End, nodeId: string): void {
  const { catalog, document } = canvas;
  const doc = document.doc();
  const node = doc.nodes.find(({ id }) => id === nodeId);
  const kind = node && kindOf(catalog, node);
  const ends = kind ? (from.side === "out" ? kind.inputs.map(({ id }) => `in-${id}`) : kind.outputs.map(({ id }) => `out-${id}`)) : [];
  const links = ends.flatMap((handle) => linkBetween(from, { nodeId, handle, side: from.side === "out" ? "in" : "out" }) ?? []);
  const link = links.find((one) => convertersBetween(doc, catalog, document.get().flow, one).length > 0);
  if (link) refuseWire(canvas, reason, link);
  else canvas.ui.refuse(reason);
}

function insert(canvas: Canvas, converter: Converter, link: Link): void {
  const { catalog, document, sizes, ui } = canvas;
  const places = [link.source, link.target].flatMap((id) => {
    const node = document.doc().nodes.find((one) => one.id === id);
    return node ? [{ x: node.position.x + (sizes.get(id)?.width ?? NEW_CARD.width) / 2, y: node.position.y }] : [];
  });
  const middle = { x: places.reduce((sum, { x }) => sum + x, 0) / places.length - NEW_CARD.width / 2, y: places.reduce((sum, { y }) => sum + y, 0) / places.length };
  const node = makeNode(document.doc(), converter.kind, clearSpot(canvas, middle, NEW_CARD));
  document.edit(t("Put “{kind}” between", { kind: converter.kind.title }), (doc) => putBetween(doc, catalog, node, converter, link) ?? doc);
  ui.select([node.id]);
  reveal(canvas, node.id);
}
