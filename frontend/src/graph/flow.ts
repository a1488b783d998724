import { t } from "../language/speak";
import type { Catalog, HandleType, InputPort, NodeKind, OutputPort, Param } from "./catalog";
import { acceptance } from "./catalog";
import { declaredType, findInlet, findOutlet, kindOf, outputsOf } from "./ports";
import { nodesById } from "./types";
import type { Doc, GraphEdge, GraphNode } from "./types";
import { grouped } from "./grouped";

/** What flows out of a port once ANY is resolved by what is wired in. */
export interface Shape {
  readonly type: HandleType;
  readonly list: boolean;
}

export interface Wire {
  readonly edge: GraphEdge;
  readonly outlet: OutputPort | null;
  readonly inlet: InputPort | null;
  readonly slot: number;
  readonly param: Param | null;
  readonly shape: Shape;
  /** Why the wire carries nothing, in words; empty when it works. */
  readonly broken: string;
}

export interface Flow {
  readonly wires: ReadonlyMap<string, Wire>;
  readonly into: ReadonlyMap<string, readonly Wire[]>;
  readonly from: ReadonlyMap<string, readonly Wire[]>;
  readonly shapes: ReadonlyMap<string, Shape>;
}

const NOTHING: Shape = { type: "ANY", list: false };

export function shapeKey(nodeId: string, portId: string): string {
  return `${nodeId}\n${portId}`;
}

/** Resolve every wire and every output type of a graph; linear, and right for graphs with cycles too. */
export function readFlow(doc: Pick<Doc, "nodes" | "edges">, catalog: Catalog): Flow {
  const nodes = nodesById(doc.nodes);
  const incoming = grouped(doc.edges, (edge) => edge.target);
  const outgoing = grouped(doc.edges, (edge) => edge.source);
  const shapes = new Map<string, Shape>();
  const wires = new Map<string, Wire>();
  const into = new Map<string, readonly Wire[]>();

  const visit = (node: GraphNode) => {
    const kind = kindOf(catalog, node);
    const arriving = (incoming.get(node.id) ?? []).map((edge) => readWire(edge, nodes, shapes, catalog, node, kind));
    arriving.forEach((wire) => wires.set(wire.edge.id, wire));
    into.set(node.id, arriving);
    if (kind === null) return;
    for (const port of outputsOf(kind, node)) {
      shapes.set(shapeKey(node.id, port.id), outputShape(kind, node, port, arriving));
    }
  };

  const order = inOrder(doc, incoming, outgoing, nodes);
  order.forEach(visit);
  for (const edge of doc.edges) {
    if (!wires.has(edge.id)) wires.set(edge.id, readWire(edge, nodes, shapes, catalog, null, null));
  }
  const from = grouped(doc.edges.flatMap((edge) => wires.get(edge.id) ?? []), (wire) => wire.edge.source);
  return { wires, into, from, shapes };
}

function readWire(
  edge: GraphEdge,
  nodes: ReadonlyMap<string, GraphNode>,
  shapes: ReadonlyMap<string, Shape>,
  catalog: Catalog,
  target: GraphNode | null,
  targetKind: NodeKind | null,
): Wire {
  const source = nodes.get(edge.source);
  const sourceKind = source ? kindOf(catalog, source) : null;
  const outlet = source && sourceKind ? findOutlet(sourceKind, source, edge.sourceHandle) : null;
  const inlet = targetKind ? findInlet(targetKind, edge.targetHandle) : null;
  const shape = outlet ? (shapes.get(shapeKey(edge.source, outlet.id)) ?? { type: outlet.type, list: outlet.multiple }) : NOTHING;
  const base = { edge, outlet, inlet: inlet?.port ?? null, slot: inlet?.slot ?? 1, param: inlet?.param ?? null, shape };
  const broken = (): string => {
    if (!source) return t("It starts at a node that is gone ({id}).", { id: edge.source });
    if (!target) return t("It ends at a node that is gone ({id}).", { id: edge.target });
    if (sourceKind && !outlet) return t("{kind} has no output {handle}.", { kind: sourceKind.title, handle: edge.sourceHandle });
    if (targetKind && !inlet) return t("{kind} has no input {handle}.", { kind: targetKind.title, handle: edge.targetHandle });
    if (inlet && outlet && acceptance(catalog, inlet.port.type, shape.type) === null) {
      return t("{port} takes {wanted}, this is {given}.", { port: inlet.port.label, wanted: inlet.port.type, given: shape.type });
    }
    return "";
  };
  return { ...base, broken: broken() };
}

function outputShape(kind: NodeKind, node: GraphNode, port: OutputPort, arriving: readonly Wire[]): Shape {
  const type = declaredType(kind, node, port);
  if (type !== "ANY" || port.sameAs.length === 0) return { type, list: port.multiple };
  const feeding = arriving.filter((wire) => wire.inlet !== null && port.sameAs.includes(wire.inlet.id));
  const types = new Set(feeding.map((wire) => wire.shape.type));
  const [only] = types;
  const list = port.multiple || feeding.some((wire) => wire.inlet?.keepsList === true && wire.shape.list);
  return { type: types.size === 1 && only !== undefined ? only : "ANY", list };
}

/** Sources before targets; nodes on a cycle come last, in the given order. */
function inOrder(
  doc: Pick<Doc, "nodes">,
  incoming: ReadonlyMap<string, readonly GraphEdge[]>,
  outgoing: ReadonlyMap<string, readonly GraphEdge[]>,
  nodes: ReadonlyMap<string, GraphNode>,
): readonly GraphNode[] {
  const missing = new Map(
    doc.nodes.map((node) => [node.id, (incoming.get(node.id) ?? []).filter((edge) => nodes.has(edge.source)).length]),
  );
  const ready = doc.nodes.filter((node) => missing.get(node.id) === 0);
  const done = new Set<string>();
  for (const node of ready) {
    done.add(node.id);
    for (const edge of outgoing.get(node.id) ?? []) {
      const left = (missing.get(edge.target) ?? 0) - 1;
      missing.set(edge.target, left);
      const target = nodes.get(edge.target);
      if (left === 0 && target) ready.push(target);
    }
  }
  return [...ready, ...doc.nodes.filter((node) => !done.has(node.id))];
}
