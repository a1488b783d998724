import { expect, test } from "vitest";

import { catalog, node } from "../testing/catalog";
import { createDocument } from "../store/document";
import { align } from "./align";
import { addNode, connect, freshId, group, membersOf, move, remove, rename, replug, resize, setData, setParam, withGroups } from "./changes";
import type { Change } from "./changes";
import { cut, paste } from "./clipboard";
import { judge } from "./connect";
import { insertOn } from "./insert";
import { arrange } from "./layout";
import { kindOf, outputsOf } from "./ports";
import { pointsOf, setPoints } from "./reroute";
import { isGroup } from "./types";
import type { Doc, GraphNode } from "./types";

const OPERATIONS = 2_000;
/** So that every operation stays quick. */
const MOST_NODES = 24;
const KINDS = ["input:text", "input:image", "generate:nano_banana_2", "utility:image_resize", "utility:prompt_concatenator", "utility:iterate", "utility:collect", "llm:gemini", "output:preview"];

/** A small generator with a seed; the same seed gives the same walk. */
function dice(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return { below, of: <T>(items: readonly T[]): T | undefined => items[below(items.length)] };
}

type Dice = ReturnType<typeof dice>;
type Operation = (doc: Doc, roll: Dice) => Change | null;

const some = (doc: Doc, roll: Dice): ReadonlySet<string> => new Set(doc.nodes.filter(() => roll.below(3) === 0).map(({ id }) => id));
const place = (roll: Dice) => ({ x: roll.below(2_000), y: roll.below(2_000) });
const on = (roll: Dice, nodes: readonly GraphNode[], change: (node: GraphNode) => Change | null) => {
  const found = roll.of(nodes);
  return found ? change(found) : null;
};

function anyLink(doc: Doc, roll: Dice) {
  const [source, target] = [roll.of(doc.nodes), roll.of(doc.nodes)];
  const [from, to] = [source && kindOf(catalog, source), target && kindOf(catalog, target)];
  if (!source || !target || !from || !to) return null;
  const [out, into] = [roll.of(outputsOf(from, source)), roll.of(to.inputs)];
  return out && into ? { source: source.id, sourceHandle: `out-${out.id}`, target: target.id, targetHandle: `in-${into.id}` } : null;
}

const OPERATIONS_BY_NAME: Readonly<Record<string, Operation>> = {
  add: (doc, roll) => {
    const kind = roll.of(KINDS) ?? "";
    const { x, y } = place(roll);
    return doc.nodes.length < MOST_NODES ? addNode(node(freshId(doc.nodes.map(({ id }) => id), kind), kind, {}, x, y)) : null;
  },
  wire: (doc, roll) => {
    const link = anyLink(doc, roll);
    const store = createDocument(doc, "", catalog, false);
    const verdict = link ? judge(doc, catalog, store.get().flow, link) : null;
    return link && verdict?.ok ? connect(link, verdict.replaces) : null;
  },
  replug: (doc, roll) => {
    const [edge, link] = [roll.of(doc.edges), anyLink(doc, roll)];
    return edge && link ? replug(edge.id, link, null) : null;
  },
  move: (doc, roll) => move(new Map([...some(doc, roll)].map((id) => [id, place(roll)]))),
  type: (doc, roll) => on(roll, doc.nodes, (one) => {
    const param = roll.of(kindOf(catalog, one)?.params ?? []);
    return param ? setParam(one.id, param, roll.below(4) === 0 ? undefined : `words ${roll.below(99)}`) : null;
  }),
  label: (doc, roll) => on(roll, doc.nodes, ({ id }) => setData(id, { label: `Name ${roll.below(99)}`, collapsed: roll.below(2) === 0 })),
  rename: (_, roll) => rename(`Workflow ${roll.below(99)}`),
  remove: (doc, roll) => on(roll, doc.nodes, ({ id }) => remove(withGroups(doc, new Set([id])), new Set())),
  cut: (doc, roll) => {
    const edge = roll.of(doc.edges);
    return edge ? remove(new Set(), new Set([edge.id])) : null;
  },
  paste: (doc, roll) => (doc.nodes.length < MOST_NODES / 2 ? () => paste(doc, cut(doc, some(doc, roll)), roll.below(2) === 0 ? null : place(roll), roll.below(2) === 0).doc : null),
  group: (doc, roll) => group([...some(doc, roll)], new Map()),
  ungroup: (doc, roll) => on(roll, doc.nodes.filter(isGroup), ({ id }) => remove(new Set([id]), new Set())),
  resize: (doc, roll) => on(roll, doc.nodes.filter(isGroup), ({ id }) => resize(id, place(roll), { width: 200 + roll.below(99), height: 200 })),
  reroute: (doc, roll) => {
    const edge = roll.of(doc.edges);
    return edge ? setPoints(edge.id, roll.below(3) === 0 ? [] : [...pointsOf(edge), place(roll)]) : null;
  },
  insert: (doc, roll) => {
    const [lone, edge] = [roll.of(doc.nodes), roll.of(doc.edges)];
    return lone && edge ? (now) => insertOn(now, catalog, lone.id, edge.id) ?? now : null;
  },
  align: (doc, roll) => move(align(doc.nodes.filter(({ id }) => some(doc, roll).has(id)), new Map(), roll.of(["left", "middle", "across", "down"] as const) ?? "left")),
  tidy: (doc) => move(arrange(doc, new Map())),
};

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`after ${OPERATIONS} edits, undoing all gives the first graph byte for byte, and redoing all the last (SEED=${SEED})`, { timeout: 120_000 }, () => {
  const roll = dice(SEED);
  const first: Doc = { name: "Start", nodes: [node("text", "input:text", { prompt: "x" }), node("draw", "generate:nano_banana_2")], edges: [] };
  const document = createDocument(first, "", catalog, false);
  const names = Object.keys(OPERATIONS_BY_NAME);
  const done = new Map<string, number>();
  for (let i = 0; i < OPERATIONS; i++) {
    const name = roll.of(names) ?? "";
    const doc = document.doc();
    const change = OPERATIONS_BY_NAME[name]?.(doc, roll);
    if (change) document.edit(name, change, roll.below(4) === 0 ? name : undefined);
    if (document.doc() !== doc) done.set(name, (done.get(name) ?? 0) + 1);
    // Somebody who goes back and forth in between changes nothing about that.
    if (roll.below(50) === 0) for (let back = roll.below(4); back > 0; back--) document.undo();
    const groups = document.doc().nodes.filter(isGroup);
    expect(groups.every((box) => membersOf(box).every((id) => document.doc().nodes.some((one) => one.id === id)))).toBe(true);
  }
  expect([...done.keys()].sort()).toEqual(names.toSorted());
  while (document.redo() !== null); // what was undone last and not done again
  const last = JSON.stringify(document.doc());
  let steps = 0;
  while (document.undo() !== null) steps++;
  expect(JSON.stringify(document.doc())).toBe(JSON.stringify(first));
  expect(steps).toBeGreaterThan(OPERATIONS / 4);
  while (document.redo() !== null) steps--;
  expect(steps).toBe(0);
  expect(JSON.stringify(document.doc())).toBe(last);
});
