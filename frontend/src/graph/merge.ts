import { isObject, own, sameJson, without } from "./json";
import type { Json, JsonObject } from "./json";
import { mergeText, splice, Steps } from "./texts";
import type { Doc, GraphEdge, GraphNode } from "./types";

/** One setting, by its place in a node or wire: what it is now, or that it is no more. Of a text, also what it was. */
export interface Setting {
  readonly path: readonly string[];
  readonly value?: Json;
  readonly was?: string;
}

export interface Part<Item> {
  readonly dropped?: readonly string[];
  readonly added?: readonly { readonly after: string | null; readonly item: Item }[];
  readonly changed?: Readonly<Record<string, readonly Setting[]>>;
}

/** What one document has and another has not: as `workflows/merging.py` on the server reads and writes it. */
export interface Changes {
  readonly name?: string;
  readonly nodes?: Part<GraphNode>;
  readonly edges?: Part<GraphEdge>;
}

/** Who wins where both changed the same setting: what is put in, or what is there already. */
export type Winner = "mine" | "theirs";

type Item = GraphNode | GraphEdge;

/** So deep single settings are told apart: `data`, `params`, and the setting; below that they change as a whole. */
const DEPTH = 4;

export function isNothing(changes: Changes): boolean {
  return Object.keys(changes).length === 0;
}

/** What makes `after` of `before`. That things changed places is not told. */
export function changesBetween(before: Doc, after: Doc): Changes {
  const nodes = partBetween(before.nodes, after.nodes);
  const edges = partBetween(before.edges, after.edges);
  return {
    ...(before.name === after.name ? {} : { name: after.name }),
    ...(nodes ? { nodes } : {}),
    ...(edges ? { edges } : {}),
  };
}

/** Put changes into a document. Wires that they left without an end go. */
export function merge(doc: Doc, changes: Changes): Doc {
  const how = { winner: "mine", steps: new Steps() } as const;
  const nodes = put(doc.nodes, changes.nodes, how);
  const edges = put(doc.edges, changes.edges, how);
  return firmly(doc, { name: changes.name ?? doc.name, nodes, edges });
}

/**
 * Do to `now` what made `to` of `from`. Where `now` is `from`, that gives `to` itself; else what others changed in
 * `now` stays: of a setting that both changed the winner's is taken, of a text both changes, the winner's where they overlap.
 */
export function carry(now: Doc, from: Doc, to: Doc, winner: Winner): Doc {
  if (now === from || from === to) return now === from ? to : now;
  const { name, nodes, edges } = changesBetween(from, to);
  const how = { winner, steps: new Steps() };
  const renamed = name !== undefined && (winner === "mine" || now.name === from.name);
  return firmly(now, {
    name: renamed ? name : now.name,
    nodes: put(now.nodes, nodes, { ...how, from: from.nodes }),
    edges: put(now.edges, edges, { ...how, from: from.edges }),
  });
}

/**
 * Whether a document shows that changes were put into it: they are put in all at once, so one of them tells of all. Of
 * what is only taken out there is no trace, and none is needed: taking it out again changes nothing.
 */
export function holds({ nodes, edges }: Doc, changes: Changes): boolean {
  return holdsPart(nodes, changes.nodes) || holdsPart(edges, changes.edges);
}

function holdsPart<T extends Item>(items: readonly T[], part: Part<T> | undefined): boolean {
  const known = new Map(items.map((item) => [item.id, item]));
  const isThere = (item: T, { path, value, was }: Setting) => {
    const now = at(item, path);
    if (value === undefined || now === undefined) return false;
    if (typeof was !== "string" || typeof value !== "string" || typeof now !== "string") return sameJson(now, value);
    const { put: words } = splice(was, value);
    return now === value || (words !== "" && !was.includes(words) && now.includes(words));
  };
  return part?.added?.some(({ item }) => known.has(item.id)) === true
    || Object.entries(part?.changed ?? {}).some(([id, settings]) => {
      const item = known.get(id);
      return item !== undefined && settings.some((one) => isThere(item, one));
    });
}

/** The second document, with all that is the same in the first taken from there. */
export function shared(before: Doc, after: Doc): Doc {
  const nodes = sharedItems(before.nodes, after.nodes);
  const edges = sharedItems(before.edges, after.edges);
  return nodes === before.nodes && edges === before.edges && after.name === before.name ? before : { name: after.name, nodes, edges };
}

function partBetween<T extends Item>(before: readonly T[], after: readonly T[]): Part<T> | null {
  if (before === after) return null;
  const old = new Map(before.map((item) => [item.id, item]));
  const left = new Set(after.map(({ id }) => id));
  const dropped = before.flatMap(({ id }) => (left.has(id) ? [] : [id]));
  const added = after.flatMap((item, at) => (old.has(item.id) ? [] : [{ after: after[at - 1]?.id ?? null, item }]));
  const changed = Object.fromEntries(after.flatMap((item) => {
    const known = old.get(item.id);
    const settings = known && known !== item ? settingsBetween(known, item, []) : [];
    return settings.length > 0 ? [[item.id, settings] as const] : [];
  }));
  const some = Object.keys(changed).length > 0;
  if (dropped.length === 0 && added.length === 0 && !some) return null;
  return { ...(dropped.length > 0 ? { dropped } : {}), ...(added.length > 0 ? { added } : {}), ...(some ? { changed } : {}) };
}

function settingsBetween(old: JsonObject, now: JsonObject, path: readonly string[]): readonly Setting[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].flatMap((key): readonly Setting[] => {
    const [was, is] = [own(old, key), own(now, key)];
    const here = [...path, key];
    if (was === is || (was !== undefined && is !== undefined && sameJson(was, is))) return [];
    if (isObject(was) && isObject(is) && here.length < DEPTH) return settingsBetween(was, is, here);
    if (is === undefined) return [{ path: here }];
    return [{ path: here, value: is, ...(typeof was === "string" && typeof is === "string" ? { was } : {}) }];
  });
}

interface How<T> {
  readonly winner: Winner;
  /** For all texts together. */
  readonly steps: Steps;
  /** What the changes were made of, where they give way to what others changed since. */
  readonly from?: readonly T[];
}

function put<T extends Item>(items: readonly T[], part: Part<T> | null | undefined, how: How<T>): readonly T[] {
  if (!part) return items;
  const { winner, from } = how;
  const dropped = new Set(part.dropped);
  const before = winner === "theirs" ? new Map(from?.map((item) => [item.id, item])) : null;
  const kept = items.flatMap((item) => {
    if (dropped.has(item.id)) return [];
    const settings = own(part.changed ?? {}, item.id);
    if (!settings) return [item];
    const old = before?.get(item.id);
    return [settings.reduce((made, one) => (old && isTaken(item, old, one) ? made : (set(made, one.path, one, how) as T)), item)];
  });
  const known = new Set(kept.map(({ id }) => id));
  for (const { after, item } of part.added ?? []) {
    if (known.has(item.id)) continue;
    known.add(item.id);
    kept.splice(after === null ? 0 : (kept.findLastIndex(({ id }) => id === after) + 1 || kept.length), 0, item);
  }
  return kept;
}

function set(object: JsonObject, path: readonly string[], one: Setting, how: Pick<How<Item>, "winner" | "steps">): JsonObject {
  const [key = "", ...rest] = path;
  const here = own(object, key);
  const { value, was } = one;
  if (rest.length > 0) return { ...object, [key]: set(isObject(here) ? here : {}, rest, one, how) };
  if (value === undefined) return without(object, key);
  if (typeof was !== "string" || typeof value !== "string" || typeof here !== "string") return { ...object, [key]: value };
  const [mine, theirs] = how.winner === "mine" ? [value, here] : [here, value];
  return { ...object, [key]: mergeText(was, mine, theirs, how.steps) };
}

/** Whether somebody else changed this setting since; texts have room for both. */
function isTaken(now: JsonObject, before: JsonObject, { path, was }: Setting): boolean {
  const [theirs, old] = [at(now, path), at(before, path)];
  if (typeof was === "string" && typeof theirs === "string") return false;
  if (typeof theirs === "number" && typeof old === "number") return Math.abs(theirs - old) > 0.001; // the server rounds
  return theirs === undefined || old === undefined ? theirs !== old : !sameJson(theirs, old);
}

function at(object: JsonObject, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((value, key) => (isObject(value) ? own(value, key) : undefined), object);
}

/** Without the wires that have lost an end on the way from the one document to the other. */
function firmly(before: Doc, after: Doc): Doc {
  if (after.nodes === before.nodes && after.edges === before.edges) return after.name === before.name ? before : after;
  const loose = new Set(looseIn(before).map(({ id }) => id));
  const gone = new Set(looseIn(after).filter(({ id }) => !loose.has(id)));
  return gone.size === 0 ? after : { ...after, edges: after.edges.filter((edge) => !gone.has(edge)) };
}

function looseIn({ nodes, edges }: Doc): readonly GraphEdge[] {
  const ids = new Set(nodes.map(({ id }) => id));
  return edges.filter(({ source, target }) => !ids.has(source) || !ids.has(target));
}

function sharedItems<T extends Item>(before: readonly T[], after: readonly T[]): readonly T[] {
  const known = new Map(before.map((item) => [item.id, item]));
  const items = after.map((item) => {
    const old = known.get(item.id);
    return old && sameJson(old, item) ? old : item;
  });
  return items.length === before.length && items.every((item, i) => item === before[i]) ? before : items;
}
