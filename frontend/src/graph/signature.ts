import type { Catalog } from "./catalog";
import { asObject, sameJson, without } from "./json";
import type { JsonObject } from "./json";
import { effective } from "./params";
import { kindOf } from "./ports";
import type { Doc, GraphNode } from "./types";
import { isRunnable } from "./types";
import { grouped } from "./grouped";

/** Keys of `data` that change nothing about what a node makes. */
const LOOKS = new Set(["label", "cardParams", "collapsed", "inputs", "outputs", "category", "output", "result", "isExecuting", "selectedOutput", "selectedIndex", "onError", "fallback", "timeLimit", "pinned"]);

const known = new WeakMap<GraphNode, string>();

function own(node: GraphNode, catalog?: Catalog): string {
  const text = known.get(node) ?? valuesOf(node, catalog);
  known.set(node, text);
  return text;
}

function valuesOf(node: GraphNode, catalog?: Catalog): string {
  const rest = Object.entries(node.data).filter(([key]) => !LOOKS.has(key) && key !== "params" && key !== "config");
  const values = { ...asObject(node.data.params), ...asObject(node.data.config), ...Object.fromEntries(rest) };
  return JSON.stringify(Object.entries(catalog ? chosen(values, node, catalog) : values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The values without those that would count anyway: to choose what is usual changes nothing. */
function chosen(values: JsonObject, node: GraphNode, catalog: Catalog): JsonObject {
  const kind = kindOf(catalog, node);
  const bare = { ...node, data: { nodeType: node.data.nodeType ?? "" } };
  const usual = kind?.params.filter((param) => sameJson(effective(kind, param, node), effective(kind, param, bare))) ?? [];
  return usual.flatMap(({ id, aliases }) => [id, ...aliases]).reduce(without, values);
}

/**
 * What each node's result depends on, as one text per node: its own values and those of everything it needs.
 * Two graphs with equal texts for a node give the same result there. Nodes on a circle get only their own values.
 */
export function signatures(doc: Pick<Doc, "nodes" | "edges">, catalog?: Catalog): ReadonlyMap<string, number> {
  const into = grouped(doc.edges, (edge) => edge.target);
  const nodes = new Map(doc.nodes.map((node) => [node.id, node]));
  const made = new Map<string, number>();
  const open = new Set<string>();
  const visit = (id: string): number => {
    const done = made.get(id);
    if (done !== undefined) return done;
    const node = nodes.get(id);
    if (!node || open.has(id)) return 0;
    open.add(id);
    const wires = (into.get(id) ?? []).map((edge) => `${edge.targetHandle}<${edge.sourceHandle}:${visit(edge.source)}`);
    const hash = digest(`${own(node, catalog)}|${wires.join("|")}`);
    open.delete(id);
    made.set(id, hash);
    return hash;
  };
  doc.nodes.filter(isRunnable).forEach((node) => visit(node.id));
  return made;
}

/** Whether two graphs with these signatures run the same. */
export function sameSignatures(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a === b || (a.size === b.size && [...a].every(([id, signature]) => b.get(id) === signature));
}

/** FNV-1a over the text, 32 bits: enough to tell one edit from another. */
export function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
