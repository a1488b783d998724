import { t, word } from "../language/speak";
import type { Catalog } from "./catalog";
import { humanise } from "./catalog";
import { asObject, sameJson, written } from "./json";
import type { Json } from "./json";
import { labelOf } from "./problems";
import { nodesById } from "./types";
import type { Doc, GraphEdge, GraphNode } from "./types";

export type Fate = "added" | "removed" | "changed" | "same";

/** One change in words: what, where, and what it was before. */
interface Change {
  /** The card, or where the wire ends. */
  readonly nodeId: string;
  /** The wire, where the change is one of a wire alone. */
  readonly edge?: GraphEdge;
  readonly fate: Fate;
  readonly what: string;
  readonly details: readonly string[];
}

export interface Difference {
  readonly nodes: ReadonlyMap<string, Fate>;
  readonly wires: readonly { readonly edge: GraphEdge; readonly fate: Fate }[];
  readonly changes: readonly Change[];
}

type Graph = Pick<Doc, "nodes" | "edges">;

/** Written by runs or drawn from the catalog: no change that a person made. */
const NOT_SET = new Set(["output", "result", "selectedOutput", "isExecuting", "inputs", "outputs", "category", "dims", "config", "label", "params"]);

/** What makes a wire the same wire, whatever it is called. */
function wireKey({ source, sourceHandle, target, targetHandle }: GraphEdge): string {
  return [source, sourceHandle, target, targetHandle].join("\n");
}

function short(value: Json | undefined): string {
  const text = value === undefined ? t("the default") : written(value) || t("nothing");
  return text.length > 60 ? `${text.slice(0, 58)}…` : text;
}

function details(before: GraphNode, after: GraphNode, catalog: Catalog): readonly string[] {
  const found: string[] = [];
  const [old, now] = [{ ...asObject(before.data.config), ...asObject(before.data.params) }, { ...asObject(after.data.config), ...asObject(after.data.params) }];
  for (const id of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (!sameJson(old[id], now[id])) found.push(`${word(humanise(id))}: ${short(old[id])} → ${short(now[id])}`);
  }
  for (const id of new Set([...Object.keys(before.data), ...Object.keys(after.data)])) {
    if (!NOT_SET.has(id) && !sameJson(before.data[id], after.data[id])) found.push(`${word(humanise(id))}: ${short(before.data[id])} → ${short(after.data[id])}`);
  }
  const [was, is] = [labelOf(before, catalog), labelOf(after, catalog)];
  return was === is ? found : [t("Called {name} before", { name: was }), ...found];
}

/** What is different from one graph to another. Where cards stand does not count. */
export function differenceOf(before: Graph, after: Graph, catalog: Catalog): Difference {
  const [old, now] = [nodesById(before.nodes), nodesById(after.nodes)];
  const nodes = new Map<string, Fate>();
  const changes: Change[] = [];
  const note = (node: GraphNode, fate: Fate, more: readonly string[] = []) => {
    nodes.set(node.id, fate);
    if (fate !== "same") changes.push({ nodeId: node.id, fate, what: labelOf(node, catalog), details: more });
  };
  for (const node of after.nodes) {
    const was = old.get(node.id);
    const found = was ? details(was, node, catalog) : [];
    note(node, was ? (found.length > 0 ? "changed" : "same") : "added", found);
  }
  for (const node of before.nodes) if (!now.has(node.id)) note(node, "removed");
  const [wiresBefore, wiresAfter] = [new Set(before.edges.map(wireKey)), new Set(after.edges.map(wireKey))];
  const wires = [
    ...after.edges.map((edge) => ({ edge, fate: wiresBefore.has(wireKey(edge)) ? "same" as const : "added" as const })),
    ...before.edges.filter((edge) => !wiresAfter.has(wireKey(edge))).map((edge) => ({ edge, fate: "removed" as const })),
  ];
  const nameOf = (id: string) => {
    const node = now.get(id) ?? old.get(id);
    return node ? labelOf(node, catalog) : id;
  };
  for (const { edge, fate } of wires) {
    if (fate === "same" || nodes.get(edge.source) === fate || nodes.get(edge.target) === fate) continue;
    changes.push({ nodeId: edge.target, edge, fate, what: t("Wire from {source} to {target}", { source: nameOf(edge.source), target: nameOf(edge.target) }), details: [] });
  }
  return { nodes, wires, changes };
}
