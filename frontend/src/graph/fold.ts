import type { Flow } from "./flow";
import { hiders } from "./hidden";
import { without } from "./json";
import { isGroup } from "./types";
import type { Doc, GraphEdge, GraphNode } from "./types";

/** What a collapsed group measures. */
const FOLDED = { width: 240, height: 84 };

interface Drawn {
  readonly doc: Doc;
  readonly flow: Flow;
}

const blocks = new WeakMap<GraphNode, GraphNode>();
const ends = new WeakMap<GraphEdge, GraphEdge>();

/** The graph as it is drawn while groups are collapsed: a block in the place of each, at whose border the wires of its members end. */
export function fold(doc: Doc, flow: Flow): Drawn {
  const hidden = hiders(doc);
  const isInside = ({ source, target }: GraphEdge) => hidden.has(source) && hidden.get(source) === hidden.get(target);
  const led = (edge: GraphEdge): GraphEdge => {
    const [from, to] = [hidden.get(edge.source), hidden.get(edge.target)];
    if (from === undefined && to === undefined) return edge;
    const known = ends.get(edge);
    if (known?.source === (from ?? edge.source) && known.target === (to ?? edge.target)) return known;
    const made: GraphEdge = {
      ...without(edge, "data"), id: edge.id, folded: true,
      source: from ?? edge.source, sourceHandle: from === undefined ? edge.sourceHandle : "fold-out",
      target: to ?? edge.target, targetHandle: to === undefined ? edge.targetHandle : "fold-in",
    };
    ends.set(edge, made);
    return made;
  };
  const wires = [...flow.wires].flatMap(([id, wire]) => {
    if (isInside(wire.edge)) return [];
    const edge = led(wire.edge);
    return [[id, edge === wire.edge ? wire : { ...wire, edge, outlet: hidden.has(wire.edge.source) ? null : wire.outlet, inlet: hidden.has(wire.edge.target) ? null : wire.inlet }] as const];
  });
  return {
    doc: { ...doc, nodes: doc.nodes.filter(({ id }) => !hidden.has(id)).map(block), edges: doc.edges.filter((edge) => !isInside(edge)).map(led) },
    flow: { ...flow, wires: new Map(wires) },
  };
}

function block(node: GraphNode): GraphNode {
  if (!isGroup(node) || node.data.collapsed !== true) return node;
  const made = blocks.get(node) ?? { ...node, style: FOLDED, width: FOLDED.width, height: FOLDED.height };
  blocks.set(node, made);
  return made;
}
