import { replug } from "../graph/changes";
import { handleKey, judge } from "../graph/connect";
import { kindOf, outputsOf } from "../graph/ports";
import { isRunnable } from "../graph/types";
import type { GraphEdge, Link, Point } from "../graph/types";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";

/** All wires of an output, on their way to another one. */
export interface Carried {
  readonly edges: readonly GraphEdge[];
  /** The outputs that all of them could start at. */
  readonly fits: ReadonlySet<string>;
  /** Why the other outputs cannot. */
  readonly reasons: ReadonlyMap<string, string>;
}

interface Output {
  readonly nodeId: string;
  readonly handle: string;
}

/** So near an output one lets go at it, in pixels of the screen; as the stage has it for wires. */
const REACH = 26;

const linkFrom = ({ target, targetHandle }: GraphEdge, { nodeId, handle }: Output): Link => ({ source: nodeId, sourceHandle: handle, target, targetHandle });

/** Take up all wires of an output; null when it has none. */
export function outputsFor({ catalog, document }: Canvas, nodeId: string, handle: string): Carried | null {
  const doc = document.doc();
  const { flow } = document.get();
  const edges = (flow.from.get(nodeId) ?? []).filter(({ edge, outlet }) => (outlet ? `out-${outlet.id}` : edge.sourceHandle) === handle).map(({ edge }) => edge);
  if (edges.length === 0) return null;
  const fits = new Set<string>();
  const reasons = new Map<string, string>();
  for (const node of doc.nodes.filter(isRunnable)) {
    const kind = kindOf(catalog, node);
    if (kind === null) continue;
    for (const port of outputsOf(kind, node)) {
      const output = { nodeId: node.id, handle: `out-${port.id}` };
      const reason = edges.map((edge) => judge(doc, catalog, flow, linkFrom(edge, output), edge.id)).find(({ ok }) => !ok);
      if (reason && !reason.ok) reasons.set(handleKey(node.id, output.handle), reason.reason);
      else fits.add(handleKey(node.id, output.handle));
    }
  }
  return { edges, fits, reasons };
}

/** The output that lies where somebody let go, or the only one that fits of the card there. */
export function nearestOutput({ x, y }: Point, { fits }: Carried): Output | null {
  const outputOf = ({ dataset }: HTMLElement): Output => ({ nodeId: dataset.nodeid ?? "", handle: dataset.handleid ?? "" });
  const away = (handle: Element) => {
    const box = handle.getBoundingClientRect();
    return Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
  };
  const all = [...window.document.querySelectorAll<HTMLElement>(".react-flow__handle.source")];
  const [nearest] = all.filter((handle) => away(handle) <= REACH).sort((a, b) => away(a) - away(b));
  if (nearest) return outputOf(nearest);
  const card = window.document.elementFromPoint(x, y)?.closest(".react-flow__node");
  const [only, ...more] = all.map((handle) => ({ handle, output: outputOf(handle) })).filter(({ handle, output }) => card?.contains(handle) === true && fits.has(handleKey(output.nodeId, output.handle)));
  return only && more.length === 0 ? only.output : null;
}

/** Let all of them start at another output, as one gesture, or say why that cannot be. */
export function carry({ document, ui }: Canvas, { edges, fits, reasons }: Carried, to: Output): void {
  const key = handleKey(to.nodeId, to.handle);
  if (!fits.has(key)) ui.refuse(reasons.get(key) ?? t("Nothing here takes this wire."));
  else document.edit(t("Move the wires"), (doc) => edges.reduce((now, edge) => replug(edge.id, linkFrom(edge, to), null)(now), doc));
}
