import { t } from "../language/speak";
import type { Catalog } from "./catalog";
import { humanise } from "./catalog";
import { freshId, groupName, membersOf, withGroups } from "./changes";
import { shapeKey } from "./flow";
import type { Flow } from "./flow";
import { asList, asNumber, asObject, asText, isObject, without } from "./json";
import type { JsonObject } from "./json";
import { parseEdges, parseNodes } from "./parse";
import { bare, kindOf, outputsOf } from "./ports";
import { isEmpty } from "./params";
import { carryPoints } from "./reroute";
import { isGroup, isRunnable, nodesById } from "./types";
import type { Doc, GraphEdge, GraphNode, Point } from "./types";
import { downstream, upstream } from "./walk";

type Graph = Pick<Doc, "nodes" | "edges">;

/** A setting of an inner node that the component has as its own. */
export interface Setting extends JsonObject {
  readonly id: string;
  readonly label: string;
  readonly node: string;
  readonly param: string;
}

export interface Inlet extends JsonObject {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly multiple: boolean;
  readonly required: boolean;
  readonly to: readonly { readonly node: string; readonly handle: string; readonly place: number }[];
}

export interface Outlet extends JsonObject {
  readonly id: string;
  readonly label: string;
  readonly type: string;
  readonly multiple: boolean;
  readonly node: string;
  readonly handle: string;
}

/** What is inside a component, as the server keeps it. */
export interface Content extends JsonObject {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly inputs: readonly Inlet[];
  readonly outputs: readonly Outlet[];
  readonly settings: readonly Setting[];
}

/** The content of a component, and which of its ports each wire across its edge goes through. */
export interface Packing {
  readonly ids: ReadonlySet<string>;
  readonly corner: Point;
  readonly content: Content;
  readonly ports: ReadonlyMap<string, string>;
}

/** Why these nodes cannot become one, as a sentence; empty when they can. */
export function whyNotPacked(doc: Doc, chosen: ReadonlySet<string>): string {
  const ids = withGroups(doc, chosen);
  if (!doc.nodes.some((node) => ids.has(node.id) && isRunnable(node))) return t("Choose nodes that run: a component needs one.");
  const after = downstream(doc, ids);
  const before = upstream(doc, ids);
  const between = doc.nodes.find((node) => !ids.has(node.id) && after.has(node.id) && before.has(node.id));
  if (between) return t("“{node}” stands between these nodes: choose it too.", { node: asText(between.data.label) || between.id });
  const within = (group: GraphNode) => membersOf(group).filter((id) => ids.has(id));
  const cut = doc.nodes.find((node) => isGroup(node) && !ids.has(node.id) && within(node).length > 0 && rootsOf(doc, ids).some((id) => !membersOf(node).includes(id)));
  return cut ? t("Some of these nodes are in the group “{group}” and others are not. Choose all of it, or nodes of one group.", { group: groupName(cut) }) : "";
}

/** The nodes that stand in no other of them. */
function rootsOf({ nodes }: Pick<Doc, "nodes">, ids: ReadonlySet<string>): readonly string[] {
  const inner = new Set(nodes.filter((node) => isGroup(node) && ids.has(node.id)).flatMap(membersOf));
  return nodes.filter(({ id }) => ids.has(id) && !inner.has(id)).map(({ id }) => id);
}

/** A name for a port that no other has: of letters and digits, so that it can stand in a handle. */
export function portName(taken: Set<string>, wanted: string): string {
  const base = wanted.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 56) || "port";
  let id = base;
  for (let n = 2; taken.has(id); n++) id = `${base}_${n}`;
  taken.add(id);
  return id;
}

export function portLabel(taken: Set<string>, wanted: string): string {
  let label = wanted;
  for (let n = 2; taken.has(label); n++) label = `${wanted} ${n}`;
  taken.add(label);
  return label;
}

/** What the chosen nodes are as a component: wires that cross its edge become its inputs and outputs. */
export function packing(doc: Doc, catalog: Catalog, flow: Flow, chosen: ReadonlySet<string>, settings: readonly Setting[]): Packing {
  const ids = withGroups(doc, chosen);
  const nodes = doc.nodes.filter((node) => ids.has(node.id));
  const corner = { x: Math.min(...nodes.map(({ position }) => position.x)), y: Math.min(...nodes.map(({ position }) => position.y)) };
  const inner = doc.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const taken = new Set(settings.map(({ id }) => id));
  const labels = new Set(settings.map(({ label }) => label));
  const inputs = new Map<string, Inlet>();
  const outputs = new Map<string, Outlet>();
  const ports = new Map<string, string>();
  const passed = new Map<string, number>();
  const entering = new Map<string, number>();
  for (const { source, target, targetHandle } of doc.edges) {
    const end = `${target}\n${bare(targetHandle)}`;
    if (ids.has(target) && !ids.has(source)) entering.set(end, (entering.get(end) ?? 0) + 1);
  }
  const outIds = new Set<string>();
  const outLabels = new Set<string>();

  const addOutput = (node: string, handle: string, label: string, type: string, multiple: boolean) => {
    const key = `${node}\n${bare(handle)}`;
    const known = outputs.get(key) ?? { id: portName(outIds, bare(handle)), label: portLabel(outLabels, label), type, multiple, node, handle };
    outputs.set(key, known);
    return known.id;
  };
  for (const edge of doc.edges) {
    const [from, to] = [ids.has(edge.source), ids.has(edge.target)];
    const wire = flow.wires.get(edge.id);
    const end = `${edge.target}\n${bare(edge.targetHandle)}`;
    if (from && to) passed.set(end, (passed.get(end) ?? 0) + 1);
    else if (to) {
      const rest = without(without(without(edge, "id"), "target"), "targetHandle");
      // What comes from one output and is drawn alike comes in as one, unless its order among other wires counts.
      const key = (entering.get(end) ?? 0) > 1 ? edge.id : JSON.stringify(rest);
      const landing = { node: edge.target, handle: edge.targetHandle, place: passed.get(end) ?? 0 };
      const known = inputs.get(key);
      const inlet = wire?.inlet ?? null;
      const multiple = inlet?.multiple === true;
      inputs.set(key, known
        ? { ...known, multiple: known.multiple && multiple, required: known.required || inlet?.required === true, to: [...known.to, landing] }
        : {
          id: portName(taken, bare(edge.targetHandle)), label: portLabel(labels, inlet?.label ?? humanise(bare(edge.targetHandle))), type: inlet?.type ?? "ANY",
          multiple, required: inlet?.required === true, to: [landing],
        });
      ports.set(edge.id, inputs.get(key)?.id ?? "");
    } else if (from) {
      const shape = wire?.shape ?? { type: "ANY", list: false };
      ports.set(edge.id, addOutput(edge.source, edge.sourceHandle, wire?.outlet?.label ?? humanise(bare(edge.sourceHandle)), shape.type, shape.list));
    }
  }
  for (const node of nodes.filter(isRunnable)) {
    const kind = kindOf(catalog, node);
    if (!kind) continue;
    const wired = new Set((flow.into.get(node.id) ?? []).map((wire) => wire.inlet?.id));
    const given = { ...asObject(node.data.params), ...asObject(node.data.config) };
    for (const port of kind.inputs) {
      if (!port.required || wired.has(port.id) || !isEmpty(given[port.id] ?? null)) continue;
      inputs.set(`${node.id}\n${port.id}`, {
        id: portName(taken, port.id), label: portLabel(labels, port.label), type: port.type, multiple: port.multiple, required: true,
        to: [{ node: node.id, handle: `in-${port.id}`, place: 0 }],
      });
    }
    if ((flow.from.get(node.id) ?? []).length > 0) continue;
    for (const port of outputsOf(kind, node)) {
      const shape = flow.shapes.get(shapeKey(node.id, port.id)) ?? { type: port.type, list: port.multiple };
      addOutput(node.id, `out-${port.id}`, port.label, shape.type, shape.list);
    }
  }
  const shift = { x: -corner.x, y: -corner.y };
  const content: Content = {
    nodes: nodes.map((node) => ({ ...node, position: { ...node.position, x: node.position.x - corner.x, y: node.position.y - corner.y } })),
    edges: carryPoints(inner, () => shift),
    inputs: [...inputs.values()], outputs: [...outputs.values()], settings,
  };
  return { ids, corner, content, ports };
}

/** The document with one node in the place of those that were packed; their wires lead to it. */
export function putPacked(doc: Doc, { ids, content, ports }: Packing, node: GraphNode): Doc {
  const first = doc.nodes.findIndex(({ id }) => ids.has(id));
  const seen = new Set<string>();
  const edges = doc.edges.flatMap((edge) => {
    const [from, to] = [ids.has(edge.source), ids.has(edge.target)];
    if (from && to) return [];
    const port = ports.get(edge.id) ?? "";
    if (from) return { ...edge, source: node.id, sourceHandle: `out-${port}` };
    if (!to) return edge;
    if (seen.has(port)) return []; // the one wire leads to all of them
    seen.add(port);
    return { ...edge, target: node.id, targetHandle: `in-${port}` };
  });
  const others = doc.nodes.map((other, i) => (i === first ? node : other)).filter((other) => other === node || !ids.has(other.id));
  return { ...doc, edges: content.nodes.length === 0 ? doc.edges : edges, nodes: others.map((other) => replaceMember(other, ids, [node.id])) };
}

/** The group with these members where those stood. */
function replaceMember(group: GraphNode, gone: ReadonlySet<string>, by: readonly string[]): GraphNode {
  if (!isGroup(group)) return group;
  const members = membersOf(group);
  const at = members.findIndex((id) => gone.has(id));
  if (at < 0) return group;
  return { ...group, data: { ...group.data, childNodeIds: [...members.slice(0, at), ...by, ...members.slice(at).filter((id) => !gone.has(id))] } };
}

/** The inner nodes with their wires in the place of a component, with its settings put into them. Gives their ids. */
export function unpack(doc: Doc, nodeId: string): { readonly doc: Doc; readonly ids: readonly string[] } {
  const outer = nodesById(doc.nodes).get(nodeId);
  const said = asObject(outer?.data.component);
  const inner = parseNodes(said.nodes);
  if (!outer || inner.length === 0) return { doc, ids: [] };
  const taken = new Set(doc.nodes.flatMap(({ id }) => (id === nodeId ? [] : id)));
  const ids = new Map<string, string>();
  for (const node of inner) {
    const id = taken.has(node.id) ? freshId(taken, node.id.replace(/-\d+[a-z]*$/, "")) : node.id;
    taken.add(id);
    ids.set(node.id, id);
  }
  const at = (id: string) => ids.get(id) ?? id;
  const settings = asList(said.settings).filter(isObject);
  const values = { ...asObject(outer.data.params), ...asObject(outer.data.config) };
  const nodes = inner.map((node) => {
    const own = Object.fromEntries(settings.flatMap((one) => {
      const value = one.node === node.id ? values[asText(one.id)] : undefined;
      return value === undefined ? [] : [[asText(one.param), value] as const];
    }));
    const filled = (bag: unknown) => ({ ...asObject(bag), ...own });
    const { position, data } = node;
    return {
      ...node, id: at(node.id), position: { ...position, x: position.x + outer.position.x, y: position.y + outer.position.y },
      data: {
        ...data,
        ...(Object.keys(own).length > 0 ? { params: filled(data.params), ...(isObject(data.config) ? { config: filled(data.config) } : {}) } : {}),
        ...(isGroup(node) ? { childNodeIds: membersOf(node).map(at) } : {}),
      },
    };
  });
  const roots = rootsOf({ nodes: inner }, new Set(ids.keys())).map(at);
  const place = doc.nodes.indexOf(outer);
  const others = doc.nodes.map((node) => replaceMember(node, new Set([nodeId]), roots));
  return { doc: { ...doc, nodes: [...others.slice(0, place), ...nodes, ...others.slice(place + 1)], edges: wires(doc, outer, said, at) }, ids: [...ids.values()] };
}

function wires(doc: Graph, outer: GraphNode, said: JsonObject, at: (id: string) => string): readonly GraphEdge[] {
  const taken = new Set(doc.edges.map(({ id }) => id));
  const free = (id: string) => {
    const own = taken.has(id) ? freshId(taken, "e") : id;
    taken.add(own);
    return own;
  };
  const outputs = new Map(asList(said.outputs).filter(isObject).map((port) => [asText(port.id), port]));
  const landings = new Map(asList(said.inputs).filter(isObject).map((port) => [asText(port.id), asList(port.to).filter(isObject)]));
  for (const one of asList(said.settings).filter(isObject)) {
    landings.set(asText(one.id), [{ node: one.node ?? "", handle: `in-${asText(one.param)}`, place: 0 }]);
  }
  const kept: GraphEdge[] = [];
  const arriving: { readonly place: number; readonly edge: GraphEdge }[] = [];
  for (const edge of doc.edges) {
    const port = edge.source === outer.id ? outputs.get(bare(edge.sourceHandle)) : undefined;
    const made = port ? { ...edge, source: at(asText(port.node)), sourceHandle: asText(port.handle) } : edge;
    if (edge.source === outer.id && !port) continue;
    if (edge.target !== outer.id) kept.push(made);
    else {
      landings.get(bare(edge.targetHandle))?.forEach((to, i) =>
        arriving.push({ place: asNumber(to.place) ?? 0, edge: { ...made, id: i === 0 ? edge.id : free(edge.id), target: at(asText(to.node)), targetHandle: asText(to.handle) } }));
    }
  }
  arriving.sort((a, b) => a.place - b.place);
  const inner = carryPoints(parseEdges(said.edges).map((edge) => ({ ...edge, id: free(edge.id), source: at(edge.source), target: at(edge.target) })), () => outer.position);
  const endOf = ({ target, targetHandle }: GraphEdge) => `${target}\n${bare(targetHandle)}`;
  const passed = new Map<string, number>();
  const waiting = new Set(arriving);
  for (const edge of inner) {
    const end = endOf(edge);
    for (const one of waiting) {
      if (endOf(one.edge) !== end || one.place > (passed.get(end) ?? 0)) continue;
      waiting.delete(one);
      kept.push(one.edge);
    }
    passed.set(end, (passed.get(end) ?? 0) + 1);
    kept.push(edge);
  }
  return [...kept, ...[...waiting].map(({ edge }) => edge)];
}

/** The data of a node of a component. */
export function componentData(id: string, carried: JsonObject): JsonObject {
  return { label: asText(carried.name, "Component"), nodeType: `component:${id}`, category: "process", params: {}, component: without(carried, "dims") };
}
