import fc from "fast-check";
import { expect, test } from "vitest";

import { parseChanges } from "../api/edits";
import { node } from "../testing/catalog";
import type { JsonObject } from "./json";
import { carry, changesBetween, isNothing, merge, shared } from "./merge";
import { piecesOf, together } from "./pieces";
import type { Doc, GraphNode } from "./types";

const ids = ["a", "b", "c", "d", "e"];
const data = fc.record({ params: fc.dictionary(fc.constantFrom("prompt", "count"), fc.oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.integer({ max: 9 }), fc.constant([1]))) });
const nodes = fc.dictionary(fc.constantFrom(...ids), data).map((found) => ids.flatMap((id): GraphNode[] => (found[id] ? [{ ...node(id, "input:text"), data: found[id] }] : [])));
const documents = fc.tuple(fc.constantFrom("one", "two"), nodes, fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { selector: (pair) => pair.join(), maxLength: 6 }))
  .map(([name, found, pairs]): Doc => {
    const there = new Set(found.map(({ id }) => id));
    const edges = pairs.filter((pair) => pair.every((id) => there.has(id))).sort()
      .map(([source, target]) => ({ id: `${source}-${target}`, source, target, sourceHandle: "out-x", targetHandle: "in-x" }));
    return { name, nodes: found, edges };
  });

const sent = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;

test("changes make the one document of the other, also after they went over the wire", () => {
  fc.assert(fc.property(documents, documents, (before, after) => {
    const changes = changesBetween(before, after);
    expect(merge(before, sent(changes))).toEqual(after);
    expect(isNothing(changes)).toBe(shared(before, sent(after)) === before);
    expect(isNothing(changesBetween(after, sent(after)))).toBe(true);
  }));
});

test("changes taken apart and sent one after another make the same document, its order aside", () => {
  const sorted = ({ name, nodes: found, edges }: Doc) => ({ name, nodes: found.toSorted((a, b) => a.id.localeCompare(b.id)), edges: edges.toSorted((a, b) => a.id.localeCompare(b.id)) });
  fc.assert(fc.property(documents, documents, (before, after) => {
    const pieces = piecesOf(changesBetween(before, after));
    expect(new Set(pieces.map(({ key }) => key)).size).toBe(pieces.length);
    expect(sorted(pieces.reduce((doc, { changes }) => merge(doc, sent(changes)), before))).toEqual(sorted(after));
    expect(sorted(merge(before, sent(together(pieces))))).toEqual(sorted(after));
  }));
});

test("what is carried over to what it began with is itself, and back again", () => {
  fc.assert(fc.property(documents, documents, (before, after) => {
    expect(carry(before, before, after, "theirs")).toBe(after);
    expect(carry(sent(after), after, before, "theirs")).toEqual(before);
    expect(carry(sent(after), before, before, "mine")).toEqual(after);
  }));
});

test("over whatever others did, no wire loses an end and nothing is there twice", () => {
  fc.assert(fc.property(documents, documents, documents, fc.constantFrom("mine", "theirs"), (now, from, to, winner) => {
    const made = carry(now, from, to, winner);
    const there = made.nodes.map(({ id }) => id);
    expect(new Set(there).size).toBe(there.length);
    expect(new Set(made.edges.map(({ id }) => id)).size).toBe(made.edges.length);
    for (const { source, target } of made.edges) expect(there).toEqual(expect.arrayContaining([source, target]));
  }));
});

test.each(["constructor", "toString", "__proto__"])("a node, a wire and a setting may be called %s", (name) => {
  const doc = (text: string, values: JsonObject = {}): Doc => ({
    name: "",
    nodes: [{ ...node(name, "input:text"), data: { text, params: values } }, node("other", "input:text")],
    edges: [{ id: name, source: name, target: "other", sourceHandle: `out-${text}`, targetHandle: "in-x" }],
  });
  const [before, after] = [doc("fox"), doc("red fox", Object.fromEntries([[name, { deep: 1 }]]))];
  const there = changesBetween(before, after);
  const back = changesBetween(after, before);
  expect(Object.keys(there.nodes?.changed ?? {})).toEqual([name]);
  expect(JSON.stringify(merge(before, parseChanges(sent(there) as JsonObject)))).toBe(JSON.stringify(after));
  expect(JSON.stringify(merge(after, parseChanges(sent(back) as JsonObject)))).toBe(JSON.stringify(before));
  const renamed = changesBetween(before, { ...before, nodes: before.nodes.map((one) => (one.id === "other" ? { ...one, data: { text: "x" } } : one)) });
  expect(merge(before, renamed).nodes[0]).toBe(before.nodes[0]);
});

test("two who change different settings of one node both keep them, of the same one the later", () => {
  const doc = (values: JsonObject): Doc => ({ name: "", nodes: [{ ...node("a", "input:text"), data: { params: values } }], edges: [] });
  const base = doc({ prompt: "fox", count: 1, seed: 7 });
  const [mine, theirs] = [doc({ prompt: "red fox", count: 2, seed: 7 }), doc({ prompt: "fox at night", count: 3 })];
  expect(carry(theirs, base, mine, "mine")).toEqual(doc({ prompt: "red fox at night", count: 2 }));
  expect(carry(theirs, base, mine, "theirs")).toEqual(doc({ prompt: "red fox at night", count: 3 }));
});

test("of a text both changes are kept, and of what overlaps the winner's", () => {
  const doc = (text: string): Doc => ({ name: "", nodes: [{ ...node("a", "input:text"), data: { text } }], edges: [] });
  const [base, mine, theirs] = [doc("a red fox runs at night"), doc("a blue fox runs at noon"), doc("the green fox sits at night")];
  expect(carry(theirs, base, mine, "mine")).toEqual(doc("the blue fox sits at noon"));
  expect(carry(theirs, base, mine, "theirs")).toEqual(doc("the green fox sits at noon"));
});

test("the texts of one edit are compared word by word for as long as all may take", () => {
  const text = Array.from({ length: 14_000 }, (_, i) => `w${i}`).join(" ");
  const doc = (words: string): Doc => ({ name: "", nodes: ["first", "second", "third"].map((id) => node(id, "input:text", { text: words })), edges: [] });
  const mine = changesBetween(doc(text), doc(`new ${text} new`));
  const merged = merge(doc(text.replace("w7000", "theirs")), mine).nodes.map(({ data: { params } }) => JSON.stringify(params).split(/\W/));
  expect(merged.map((words) => words.filter((word) => word === "new").length)).toEqual([2, 2, 2]);
  expect(merged.map((words) => words.includes("theirs"))).toEqual([true, true, false]);
});
