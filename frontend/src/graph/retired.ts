import type { Catalog, NodeKind } from "./catalog";
import type { Change } from "./changes";
import { asObject, asText, isObject, sameJson, without, written } from "./json";
import type { Json, JsonObject } from "./json";
import { effective, givenValue } from "./params";
import { kindOf } from "./ports";
import { nodeTypeOf } from "./types";
import type { Doc, GraphNode } from "./types";

/** What becomes of one setting when a node moves to another model; `after` is empty where the model has no such setting. */
interface Moved {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** How a node whose model its maker has retired becomes a node of the one that runs in its place. */
export interface Migration {
  /** The model that is gone. */
  readonly from: string;
  readonly to: NodeKind;
  readonly moved: readonly Moved[];
  readonly values: JsonObject;
  /** The names of settings under which nothing stays on the node but `values`. */
  readonly cleared: readonly string[];
}

/** The node's way to the replacement that the catalog names, its settings translated as a run would; null when it needs none. */
export function migrationOf(catalog: Catalog, node: GraphNode): Migration | null {
  const from = kindOf(catalog, node);
  const to = from?.status === "retired" ? catalog.kinds.get(asText(from.replacement.type)) : undefined;
  if (!from || !to) return renaming(from, node);
  const rules = asObject(from.replacement.params);
  const values: Record<string, Json> = {};
  const moved: Moved[] = [];
  for (const param of to.params) {
    const old = from.params.find(({ id }) => id === param.id);
    const rule = rules[param.id];
    const before = old ? effective(from, old, node) : undefined;
    const kept = before ?? param.default;
    const after = rule === undefined ? kept : isObject(rule) ? (rule[typeof before === "string" ? before : written(before)] ?? kept) : rule;
    if (rule !== undefined || (old && givenValue(old, node) !== undefined)) values[param.id] = after;
    if (rule !== undefined && !sameJson(before, after)) moved.push({ label: param.label, before: written(before), after: written(after) });
  }
  for (const param of from.params) {
    const gone = !to.params.some(({ id }) => id === param.id);
    if (gone) moved.push({ label: param.label, before: written(effective(from, param, node)), after: "" });
  }
  const cleared = from.params.flatMap(({ id, aliases }) => [id, ...aliases]).filter((id) => id !== "label");
  return { from: from.title.replace(/ \(retired\)$/, ""), to, moved, values, cleared };
}

/** Some retired models never had a type of their own, and are an old name of the one that runs: only the name moves. */
function renaming(to: NodeKind | null, node: GraphNode): Migration | null {
  const name = nodeTypeOf(node);
  if (!to?.retiredNames.includes(name)) return null;
  const presets = Object.entries(asObject(to.presets[name]));
  const unset = presets.filter(([id]) => to.params.some((param) => param.id === id && givenValue(param, node) === undefined));
  return { from: name, to, moved: [], values: Object.fromEntries(unset), cleared: [] };
}

/** The nodes of a graph whose models are retired. */
export function retiredNodes(doc: Doc, catalog: Catalog): readonly GraphNode[] {
  return doc.nodes.filter((node) => migrationOf(catalog, node) !== null);
}

/** Moves these nodes to the models that replace theirs; wires and places stay. */
export function migrate(catalog: Catalog, ids: ReadonlySet<string>): Change {
  return (doc) => ({ ...doc, nodes: doc.nodes.map((node) => (ids.has(node.id) ? migrated(catalog, node) : node)) });
}

function migrated(catalog: Catalog, node: GraphNode): GraphNode {
  const migration = migrationOf(catalog, node);
  if (migration === null) return node;
  const clean = (bag: JsonObject) => migration.cleared.reduce(without, bag);
  const data: JsonObject = {
    ...clean(node.data),
    nodeType: migration.to.name,
    params: { ...clean(asObject(node.data.params)), ...migration.values },
  };
  return { ...node, data: isObject(node.data.config) ? { ...data, config: { ...clean(node.data.config), ...migration.values } } : data };
}
