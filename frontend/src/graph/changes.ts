import { t } from "../language/speak";
import type { Param } from "./catalog";
import { asObject, asText, isObject, without } from "./json";
import type { Json, JsonObject } from "./json";
import { carryPoints } from "./reroute";
import { isGroup, nodesById } from "./types";
import type { Doc, GraphEdge, GraphNode, Link, Point, Size } from "./types";

/** Every change takes a document and gives a new one that shares all it did not touch. */
export type Change = (doc: Doc) => Doc;

function patchNode(doc: Doc, id: string, patch: (node: GraphNode) => GraphNode): Doc {
  return { ...doc, nodes: doc.nodes.map((node) => (node.id === id ? patch(node) : node)) };
}

export function rename(name: string): Change {
  return (doc) => ({ ...doc, name });
}

export function setData(id: string, values: JsonObject): Change {
  return (doc) => patchNode(doc, id, (node) => ({ ...node, data: { ...node.data, ...values } }));
}

export function takeData(id: string, key: string): Change {
  return (doc) => patchNode(doc, id, (node) => ({ ...node, data: without(node.data, key) }));
}

/** Store a parameter's value; undefined takes it back to the default. Old spellings of the key disappear. */
export function setParam(id: string, param: Param, value: Json | undefined): Change {
  const put = (bag: JsonObject) => {
    const clean = param.aliases.reduce(without, bag);
    return value === undefined ? without(clean, param.id) : { ...clean, [param.id]: value };
  };
  return (doc) =>
    patchNode(doc, id, (node) => {
      const data: JsonObject = { ...node.data, params: put(asObject(node.data.params)) };
      const bare = param.id in node.data && param.id !== "label" ? without(data, param.id) : data;
      return { ...node, data: isObject(data.config) ? { ...bare, config: put(data.config) } : bare };
    });
}

/** Move nodes; the members of a moved group come along. */
export function move(positions: ReadonlyMap<string, Point>): Change {
  return (doc) => {
    const all = withMembers(doc, positions);
    const before = nodesById(doc.nodes);
    const by = (id: string): Point | null => {
      const [from, to] = [before.get(id)?.position, all.get(id)];
      return from && to ? { x: to.x - from.x, y: to.y - from.y } : null;
    };
    return {
      ...doc,
      edges: carryPoints(doc.edges, by),
      nodes: doc.nodes.map((node) => {
        const at = all.get(node.id);
        if (!at || (at.x === node.position.x && at.y === node.position.y)) return node;
        return { ...node, position: { ...node.position, x: at.x, y: at.y } };
      }),
    };
  };
}

export function membersOf(group: GraphNode): readonly string[] {
  const ids = group.data.childNodeIds;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === "string") : [];
}

/** The nodes, and the members of those that are groups: what is copied, moved and deleted as one. */
export function withGroups(doc: Pick<Doc, "nodes">, ids: ReadonlySet<string>): ReadonlySet<string> {
  const all = new Set(ids);
  for (const id of all) {
    const node = doc.nodes.find((candidate) => candidate.id === id);
    if (node && isGroup(node)) membersOf(node).forEach((member) => all.add(member));
  }
  return all;
}

/** The positions with those of all members of moved groups added, moved by as much as their group. */
export function withMembers(doc: Doc, positions: ReadonlyMap<string, Point>): ReadonlyMap<string, Point> {
  const all = new Map(positions);
  for (const group of doc.nodes) {
    const at = positions.get(group.id);
    if (!at || !isGroup(group)) continue;
    const members = new Set(membersOf(group));
    for (const node of doc.nodes) {
      if (!members.has(node.id) || positions.has(node.id)) continue;
      all.set(node.id, {
        x: node.position.x + at.x - group.position.x,
        y: node.position.y + at.y - group.position.y,
      });
    }
  }
  return all;
}

export function resize(id: string, at: Point, size: Size): Change {
  return (doc) =>
    patchNode(doc, id, (node) => ({
      ...node,
      position: { ...node.position, x: at.x, y: at.y },
      style: { ...asObject(node.style), ...size },
      ...size,
      data: isGroup(node) ? { ...node.data, ...size } : node.data,
    }));
}

let mark = "";

/** From here on ids end with these letters: what two people make at the same time never has the same name. */
export function markIds(letters: string): void {
  mark = letters;
}

/** A free id that says what the node is, and in which tab it was made: `image_resize-2kqf`. */
export function freshId(taken: Iterable<string>, nodeType: string): string {
  const used = new Set(taken);
  const base = (nodeType.split(":").at(-1) ?? "node").replace(/[^a-z0-9_]/gi, "") || "node";
  let n = 1;
  while (used.has(`${base}-${n}${mark}`)) n++;
  return `${base}-${n}${mark}`;
}

export function addNode(node: GraphNode): Change {
  return (doc) => ({ ...doc, nodes: [...doc.nodes, node] });
}

/** Draw a wire, taking away the one it replaces; the new one stands in its place. */
export function connect(link: Link, replaces: string | null): Change {
  return (doc) => {
    const edge: GraphEdge = { id: freshEdgeId(doc.edges), ...link };
    const at = doc.edges.findIndex((candidate) => candidate.id === replaces);
    return { ...doc, edges: at < 0 ? [...doc.edges, edge] : doc.edges.with(at, edge) };
  };
}

/** Plug an existing wire somewhere else; it keeps its id. */
export function replug(id: string, link: Link, replaces: string | null): Change {
  return (doc) => ({
    ...doc,
    edges: doc.edges.filter((edge) => edge.id !== replaces).map((edge) => (edge.id === id ? { ...edge, ...link } : edge)),
  });
}

function freshEdgeId(edges: readonly GraphEdge[]): string {
  return freshId(edges.map((edge) => edge.id), "e");
}

/** Remove nodes and wires; wires of removed nodes go too, groups forget their members. */
export function remove(nodeIds: ReadonlySet<string>, edgeIds: ReadonlySet<string>): Change {
  return (doc) => ({
    ...doc,
    nodes: doc.nodes.filter((node) => !nodeIds.has(node.id)).map((node) => forget(node, nodeIds)),
    edges: doc.edges.filter(
      (edge) => !edgeIds.has(edge.id) && !nodeIds.has(edge.source) && !nodeIds.has(edge.target),
    ),
  });
}

function forget(node: GraphNode, gone: ReadonlySet<string>): GraphNode {
  if (!isGroup(node)) return node;
  const members = membersOf(node);
  const left = members.filter((id) => !gone.has(id));
  return left.length === members.length ? node : { ...node, data: { ...node.data, childNodeIds: left } };
}

/** A copy that would lie exactly on another node goes so far aside. */
const ASIDE = 40;

/** Put a copy of nodes and the wires among them into the document. Gives the new ids by the old ones. */
export function insertCopies(
  doc: Doc,
  nodes: readonly GraphNode[],
  edges: readonly GraphEdge[],
  offset: Point,
): { readonly doc: Doc; readonly ids: ReadonlyMap<string, string> } {
  const ids = new Map<string, string>();
  const taken = new Set(doc.nodes.map((node) => node.id));
  for (const node of nodes) {
    const id = freshId(taken, typeof node.data.nodeType === "string" ? node.data.nodeType : node.type);
    ids.set(node.id, id);
    taken.add(id);
  }
  const spotOf = ({ x, y }: Point) => `${Math.round(x)} ${Math.round(y)}`;
  const spots = new Set(doc.nodes.map(({ position }) => spotOf(position)));
  let by = offset;
  const moved = ({ position }: GraphNode) => ({ x: position.x + by.x, y: position.y + by.y });
  while (nodes.some((node) => spots.has(spotOf(moved(node))))) by = { x: by.x + ASIDE, y: by.y + ASIDE };
  const copies = nodes.map((node) => ({
    ...node,
    id: ids.get(node.id) ?? node.id,
    position: { ...node.position, ...moved(node) },
    data: isGroup(node)
      ? { ...node.data, childNodeIds: membersOf(node).flatMap((id) => ids.get(id) ?? []) }
      : node.data,
  }));
  let edgesNow = doc.edges;
  for (const edge of edges) {
    const source = ids.get(edge.source) ?? edge.source;
    const target = ids.get(edge.target) ?? edge.target;
    if (!taken.has(source) || !taken.has(target)) continue;
    edgesNow = [...edgesNow, { ...edge, id: freshEdgeId(edgesNow), source, target }];
  }
  const fresh = new Set(ids.values());
  const along = carryPoints(edgesNow.slice(doc.edges.length), (id) => (fresh.has(id) ? by : null));
  return { doc: { ...doc, nodes: [...doc.nodes, ...copies], edges: [...doc.edges, ...along] }, ids };
}

/** What a group is called until somebody names it: stored in English, shown in the reader's language. */
const UNNAMED = "Group";

export function groupName({ data }: GraphNode): string {
  const name = asText(data.name, UNNAMED);
  return name === UNNAMED ? t("Group") : name;
}

/** A box around nodes; the smallest that leaves some air. */
export function group(ids: readonly string[], sizes: ReadonlyMap<string, Size>): Change {
  return (doc) => {
    const members = doc.nodes.filter((node) => ids.includes(node.id));
    if (members.length === 0) return doc;
    const air = 28;
    const left = Math.min(...members.map((node) => node.position.x)) - air;
    const top = Math.min(...members.map((node) => node.position.y)) - air - 26;
    const right = Math.max(...members.map((node) => node.position.x + (sizes.get(node.id)?.width ?? 280))) + air;
    const bottom = Math.max(...members.map((node) => node.position.y + (sizes.get(node.id)?.height ?? 200))) + air;
    const size = { width: right - left, height: bottom - top };
    const box: GraphNode = {
      id: freshId(doc.nodes.map((node) => node.id), "group"),
      type: "custom_group",
      position: { x: left, y: top },
      zIndex: -1,
      style: size,
      data: { name: UNNAMED, color: "#5aa9ff", childNodeIds: members.map((node) => node.id), ...size },
    };
    return { ...doc, nodes: [box, ...doc.nodes] };
  };
}
