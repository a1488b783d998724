import { acceptance } from "./catalog";
import type { Catalog, InputPort, NodeKind } from "./catalog";
import { fittingHandles } from "./connect";
import type { End } from "./connect";
import { shapeKey } from "./flow";
import type { Flow, Shape } from "./flow";
import { findInlet, kindOf } from "./ports";
import type { Doc, GraphNode } from "./types";

export interface Fit {
  readonly kind: NodeKind;
  readonly handle: string;
}

const LEVEL: Readonly<Record<string, number>> = { same: 100, converted: 45, parsed: 20 };
/** What most often comes next, or before. */
const USUAL: Readonly<Record<string, number>> = {
  generate: 12, edit: 14, output: 13, upscale: 8, background: 8, video: 7, llm: 9, utility: 6, audio: 5, logic: 2, input: 10,
};

/** How many other inputs have to be filled before the node can run: one that is content with the wire comes first. */
function wanting(kind: NodeKind, port: InputPort): number {
  return kind.inputs.filter((other) => other !== port && other.required).length;
}

/** The node types that a wire from this end can lead to, each with its best handle, best first. */
export function fitting(doc: Doc, catalog: Catalog, flow: Flow, end: End): readonly Fit[] {
  const shape = shapeAt(doc, catalog, flow, end);
  if (shape === null) return [];
  const found = [...catalog.kinds.values()].flatMap((kind) => {
    if (kind.status !== "") return [];
    const ports = end.side === "out"
      ? kind.inputs.map((port) => ({
        handle: `in-${port.id}`,
        level: acceptance(catalog, port.type, shape.type),
        any: port.type === "ANY",
        bonus: wanting(kind, port) * -9 + (port.required ? 15 : 0) + (port.multiple === shape.list ? 5 : 0) - (port.role === "mask" ? 25 : 0),
      }))
      : kind.outputs.map((port) => ({
        handle: `out-${port.id}`,
        level: acceptance(catalog, shape.type, port.type),
        any: port.type === "ANY",
        bonus: kind.execution === "source" ? 20 : 0,
      }));
    const best = ports
      .flatMap((port) => (port.level === null ? [] : { handle: port.handle, score: (port.any ? 30 : (LEVEL[port.level] ?? 0)) + port.bonus }))
      .sort((a, b) => b.score - a.score)[0];
    if (!best) return [];
    return { kind, handle: best.handle, score: best.score + (USUAL[kind.category] ?? 0) + (kind.runnable ? 10 : 0) };
  });
  // A type that fits is not all: a text that is no number, an end that is full. Where it is no node of the graph yet, nothing else can be in the way.
  return found.sort((a, b) => b.score - a.score).filter(({ kind }) => kind.sources !== undefined || fittingHandles({ ...doc, nodes: [...doc.nodes, tried(kind)] }, catalog, flow, end, TRIED).length > 0);
}

const TRIED = "\n tried";
const tried = ({ name }: NodeKind): GraphNode => ({ id: TRIED, type: "basedNode", position: { x: 0, y: 0 }, data: { nodeType: name, params: {} } });

/** What flows at a handle: out of an output, or what an input takes. */
export function shapeAt(doc: Doc, catalog: Catalog, flow: Flow, end: End): Shape | null {
  const node = doc.nodes.find((candidate) => candidate.id === end.nodeId);
  const kind = node ? kindOf(catalog, node) : null;
  if (!node || !kind) return null;
  if (end.side === "out") return flow.shapes.get(shapeKey(node.id, end.handle.replace(/^out-/, ""))) ?? null;
  const inlet = findInlet(kind, end.handle);
  return inlet ? { type: inlet.port.type, list: inlet.port.multiple } : null;
}
