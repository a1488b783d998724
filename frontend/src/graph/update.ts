import { counted } from "../language/speak";
import type { Catalog, NodeKind } from "./catalog";
import { componentKind } from "./component";
import { readFlow } from "./flow";
import { asList, asNumber, asObject, asText, isObject, without } from "./json";
import type { JsonObject } from "./json";
import { kindOf } from "./ports";
import { creditsOf } from "./price";
import { nodeTypeOf } from "./types";
import type { Doc, GraphEdge, GraphNode } from "./types";

type Side = "inputs" | "outputs" | "settings";

/** A port or setting that one version of a component has and another has not, or has differently. */
export interface Difference {
  readonly side: Side;
  readonly label: string;
  readonly how: "new" | "gone" | "changed";
}

/** What nodes of a component become with another version of it. */
export interface Update {
  readonly doc: Doc;
  readonly ports: readonly Difference[];
  /** Wires whose port the other version does not have: they are taken away. */
  readonly loose: readonly GraphEdge[];
  /** Wires that stay and carry nothing, as their port is of another type. */
  readonly unfit: readonly GraphEdge[];
  /** Credits of one node of it, before and after. */
  readonly credits: readonly [number, number];
}

export function versionOf(node: GraphNode): number | null {
  return asNumber(asObject(node.data.component).version);
}

/** The nodes of a component that are older than this version, and are not to stay as they are. */
export function outdated({ nodes }: Pick<Doc, "nodes">, nodeType: string, version: number): readonly GraphNode[] {
  return nodes.filter((node) => nodeTypeOf(node) === nodeType && node.data.keepsVersion !== true && (versionOf(node) ?? version) < version);
}

/** The names by which two versions of a component differ; what has the same id is the same port. */
export function differences(before: JsonObject, after: JsonObject): readonly Difference[] {
  return (["inputs", "outputs", "settings"] as const).flatMap((side) => {
    const old = new Map(asList(before[side]).filter(isObject).map((port) => [asText(port.id), port]));
    const now = asList(after[side]).filter(isObject);
    const ids = new Set(now.map((port) => asText(port.id)));
    const here = now.flatMap((port): readonly Difference[] => {
      const known = old.get(asText(port.id));
      const label = asText(port.label) || asText(port.id);
      if (!known) return [{ side, label, how: "new" }];
      const same = ["label", "type"].every((key) => known[key] === port[key]) && ["required", "multiple"].every((key) => (known[key] === true) === (port[key] === true));
      return same ? [] : [{ side, label, how: "changed" }];
    });
    const gone = [...old].filter(([id]) => !ids.has(id)).map(([id, port]): Difference => ({ side, label: asText(port.label) || id, how: "gone" }));
    return [...here, ...gone];
  });
}

/** The graph with another version of a component in these nodes; what it has no port for comes loose. */
export function update(doc: Doc, catalog: Catalog, ids: ReadonlySet<string>, carried: JsonObject): Update {
  const changed = doc.nodes.map((node) => (ids.has(node.id) ? withVersion(node, carried) : node));
  const touched = (edge: GraphEdge) => ids.has(edge.source) || ids.has(edge.target);
  const before = readFlow(doc, catalog);
  const flow = readFlow({ nodes: changed, edges: doc.edges }, catalog);
  const wires = [...flow.wires.values()].filter(({ edge }) => touched(edge));
  const lost = wires.filter(({ edge, inlet, outlet }) => (ids.has(edge.source) && outlet === null) || (ids.has(edge.target) && inlet === null));
  const loose = lost.map(({ edge }) => edge);
  const unfit = wires.filter(({ edge, broken }) => broken !== "" && !loose.includes(edge) && before.wires.get(edge.id)?.broken === "").map(({ edge }) => edge);
  const first = doc.nodes.find(({ id }) => ids.has(id));
  const price = (node: GraphNode | undefined) => {
    const kind = node ? kindOf(catalog, node) : null;
    return node && kind ? creditsOf(kind, node, new Set()) : 0;
  };
  return {
    doc: { ...doc, nodes: changed, edges: doc.edges.filter((edge) => !loose.includes(edge)) },
    ports: first ? differences(asObject(first.data.component), carried) : [],
    loose, unfit, credits: [price(first), price(changed.find(({ id }) => ids.has(id)))],
  };
}

/** The node with another version, without settings that this one does not have. */
function withVersion(node: GraphNode, carried: JsonObject): GraphNode {
  const before = asObject(node.data.component);
  const kept = new Set(asList(carried.settings).map((one) => asText(asObject(one).id)));
  const had = asList(before.settings).map((one) => asText(asObject(one).id));
  const cut = (bag: unknown) => had.filter((id) => !kept.has(id)).reduce(without, asObject(bag));
  const { data } = node;
  return {
    ...node,
    data: {
      ...without(data, "keepsVersion"), component: without(carried, "dims"), params: cut(data.params),
      ...(isObject(data.config) ? { config: cut(data.config) } : {}),
      ...(data.label === before.name ? { label: asText(carried.name) } : {}),
    },
  };
}

/** A component of the library as a node type: enough to find it by, and to see what fits it. */
export function libraryKind({ nodeType, name, nodes, version, inputs, outputs }: {
  readonly nodeType: string;
  readonly name: string;
  readonly nodes: number;
  readonly version: number;
  readonly inputs: unknown;
  readonly outputs: unknown;
}): NodeKind | null {
  const said = { name, version, inputs: asList(inputs), outputs: asList(outputs), nodes: [{ id: "inside", data: { nodeType: "" } }] };
  const kind = componentKind({ id: nodeType, type: "", position: { x: 0, y: 0 }, data: { nodeType, component: said } }, () => null);
  return kind && { ...kind, runnable: true, reason: "", summary: counted(nodes, "{count} node, version {version}", "{count} nodes, version {version}", { version }) };
}
