import fc from "fast-check";
import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { addNode, connect, freshId, group, insertCopies, membersOf, move, remove, replug, resize, setData, setParam } from "./changes";
import type { Change } from "./changes";
import { clipText, cut, paste, readClip } from "./clipboard";
import { findKind } from "./catalog";
import { record, redo, startHistory, undo } from "./history";
import type { Doc } from "./types";

const DOC: Doc = {
  name: "Fox",
  nodes: [node("text", "input:text", { prompt: "a fox" }), node("draw", "generate:nano_banana_2", {}, 380), node("small", "utility:image_resize", {}, 760)],
  edges: [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image")],
};

const ids: fc.Arbitrary<string> = fc.constantFrom("text", "draw", "small", "image_resize-1", "group-1");
const points = fc.record({ x: fc.integer(), y: fc.integer() });
const resizeKind = findKind(catalog, "utility:image_resize");
const width = resizeKind?.params.find((param) => param.id === "width");

/** Any gesture, on nodes that may be there or not. */
const gestures: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(ids, points).map(([id, at]) => move(new Map([[id, at]]))),
  fc.tuple(ids, fc.string()).map(([id, label]) => setData(id, { label })),
  fc.tuple(ids, fc.option(fc.integer(), { nil: undefined })).map(([id, value]): Change => (width ? setParam(id, width, value) : (doc) => doc)),
  fc.array(ids).map((gone) => remove(new Set(gone), new Set())),
  fc.tuple(ids, ids).map(([source, target]) => connect({ source, sourceHandle: "out-image", target, targetHandle: "in-image" }, null)),
  fc.tuple(ids, ids).map(([source, target]) => replug("text.out-prompt > draw.in-prompt", { source, sourceHandle: "out-prompt", target, targetHandle: "in-prompt" }, null)),
  fc.array(ids, { maxLength: 3 }).map((chosen) => group(chosen, new Map())),
  fc.tuple(fc.array(ids, { maxLength: 3 }), points).map(([chosen, by]): Change => (doc) =>
    insertCopies(doc, doc.nodes.filter(({ id }) => chosen.includes(id)), doc.edges, by).doc),
  fc.tuple(ids, points).map(([id, at]) => resize(id, at, { width: 200, height: 100 })),
  points.map(({ x, y }): Change => (doc) => addNode(node(freshId(doc.nodes.map(({ id }) => id), "utility:image_resize"), "utility:image_resize", {}, x, y))(doc)),
);

test("any gestures, all undone, give the document byte for byte; redone, they give it again", () => {
  fc.assert(fc.property(fc.array(gestures, { maxLength: 20 }), (changes) => {
    const before = JSON.stringify(DOC);
    const end = changes.reduce((history, change, i) => record(history, change(history.present), "Edit", null, i), startHistory(DOC));
    let history = end;
    while (history.past.length > 0) history = undo(history, (_now, _from, to) => to);
    expect(JSON.stringify(history.present)).toBe(before);
    while (history.future.length > 0) history = redo(history, (_now, _from, to) => to);
    expect(history.present).toBe(end.present);
  }));
});

test("no gesture makes two nodes or two wires of the same name, or a wire to a node that was removed", () => {
  fc.assert(fc.property(fc.array(gestures, { maxLength: 20 }), fc.array(ids), (changes, gone) => {
    const end = remove(new Set(gone), new Set())(changes.reduce((doc, change) => change(doc), DOC));
    const names = end.nodes.map(({ id }) => id);
    const wires = end.edges.map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(wires).size).toBe(wires.length);
    for (const { source, target } of end.edges) expect([source, target].filter((id) => gone.includes(id))).toEqual([]);
    for (const { id, data } of end.nodes) expect(membersOf({ id, type: "", position: { x: 0, y: 0 }, data }).filter((member) => gone.includes(member))).toEqual([]);
  }));
});

test("what a gesture does not touch is shared, so that only the touched card is drawn again", () => {
  const moved = move(new Map([["draw", { x: 1, y: 2 }]]))(DOC);
  expect(moved.nodes.map((now, i) => now === DOC.nodes[i])).toEqual([true, false, true]);
  expect(moved.edges).toBe(DOC.edges);
});

test("a moved group takes its members along", () => {
  const grouped = group(["draw", "small"], new Map())(DOC);
  const box = grouped.nodes[0];
  if (!box) throw new Error("A group was made.");
  const moved = move(new Map([[box.id, { x: box.position.x + 10, y: box.position.y - 5 }]]))(grouped);
  expect(moved.nodes.slice(1).map(({ position }) => position)).toEqual([{ x: 0, y: 0 }, { x: 390, y: -5 }, { x: 770, y: -5 }]);
});

test("a value goes where it is read first, and its old spellings go", () => {
  if (!width) throw new Error("Resize has a width.");
  const odd: Doc = { ...DOC, nodes: [{ ...node("small", "utility:image_resize"), data: { nodeType: "utility:image_resize", config: { width: 5 }, width: 6 } }] };
  expect(setParam("small", width, 7)(odd).nodes[0]?.data).toEqual({ nodeType: "utility:image_resize", params: { width: 7 }, config: { width: 7 } });
  expect(setParam("small", width, undefined)(odd).nodes[0]?.data).toEqual({ nodeType: "utility:image_resize", params: {}, config: {} });
});

test("a wire that replaces another stands in its place", () => {
  const link = { source: "text", sourceHandle: "out-text", target: "draw", targetHandle: "in-prompt" };
  const [first, second] = connect(link, "text.out-prompt > draw.in-prompt")(DOC).edges;
  expect(first).toMatchObject(link);
  expect(second).toBe(DOC.edges[1]);
});

test("copied nodes come back with the wires among them, under new names and beside the old", () => {
  const clip = readClip(clipText(cut(DOC, new Set(["draw", "small"]))));
  if (!clip) throw new Error("This is a clip.");
  const { doc, ids: made } = paste(DOC, clip, null, false);
  expect([...made]).toEqual([["draw", "nano_banana_2-1"], ["small", "image_resize-1"]]);
  expect(doc.nodes.slice(3).map(({ position }) => position)).toEqual([{ x: 420, y: 40 }, { x: 800, y: 40 }]);
  expect(doc.edges.slice(2)).toMatchObject([{ source: "nano_banana_2-1", target: "image_resize-1" }]);
  expect(paste(DOC, clip, null, true).doc.edges.slice(2)).toMatchObject([
    { source: "nano_banana_2-1", target: "image_resize-1" }, { source: "text", target: "nano_banana_2-1" },
  ]);
});

test("a text that is no clip is not pasted", () => {
  for (const text of ["", "a fox", "{", "{}", "[1]", '{"nodes": []}', '{"nodes": [{"name": "no id"}]}']) expect(readClip(text)).toBeNull();
});

test("a copy never lies exactly on another node, however often it is made", () => {
  const doc: Doc = { name: "", nodes: [node("a", "input:text")], edges: [] };
  const { position } = doc.nodes[0] ?? { position: { x: 0, y: 0 } };
  const thrice = [1, 2, 3].reduce((now) => insertCopies(now, doc.nodes, [], { x: 0, y: 0 }).doc, doc);
  expect(thrice.nodes.map((one) => one.position.x - position.x)).toEqual([0, 40, 80, 120]);
});
