import { expect, test } from "vitest";

import { catalog, node } from "../testing/catalog";
import { setData } from "./changes";
import { fold } from "./fold";
import { hiders } from "./hidden";
import { readFlow } from "./flow";
import { regroup } from "./regroup";
import type { Doc, GraphNode } from "./types";

const group = (id: string, members: readonly string[], collapsed: boolean): GraphNode =>
  ({ id, type: "custom_group", position: { x: 0, y: 0 }, style: { width: 600, height: 400 }, data: { childNodeIds: members, collapsed } });

const wire = (id: string, source: string, target: string) => ({ id, source, sourceHandle: "out-image", target, targetHandle: "in-image" });

const DOC: Doc = {
  name: "", nodes: [group("box", ["b", "c"], true), node("a", "input:image"), node("b", "utility:image_resize"), node("c", "utility:image_resize"), node("d", "utility:image_resize")],
  edges: [wire("1", "a", "b"), wire("2", "b", "c"), wire("3", "c", "d")],
};

test("a collapsed group hides its members and keeps the wires that lead in and out", () => {
  const { doc, flow } = fold(DOC, readFlow(DOC, catalog));
  expect(doc.nodes.map(({ id }) => id)).toEqual(["box", "a", "d"]);
  expect(doc.edges.map(({ id, source, sourceHandle, target, targetHandle }) => [id, source, sourceHandle, target, targetHandle])).toEqual([
    ["1", "a", "out-image", "box", "fold-in"], ["3", "box", "fold-out", "d", "in-image"],
  ]);
  expect([...flow.wires.values()].map(({ outlet, inlet, broken }) => [outlet?.id, inlet?.id, broken])).toEqual([["image", undefined, ""], [undefined, "image", ""]]);
});

test("drawn twice, what did not change is the same", () => {
  const flow = readFlow(DOC, catalog);
  const [one, two] = [fold(DOC, flow).doc, fold(DOC, flow).doc];
  expect(two.nodes.every((item, i) => item === one.nodes[i])).toBe(true);
  expect(two.edges.every((item, i) => item === one.edges[i])).toBe(true);
});

test("of groups in groups the outermost one that is collapsed hides", () => {
  const nodes = [group("outer", ["inner"], true), group("inner", ["b"], true), ...DOC.nodes.slice(1)];
  expect([...hiders({ nodes })]).toEqual([["inner", "outer"], ["b", "outer"]]);
  expect(hiders(setData("box", { collapsed: false })(DOC)).size).toBe(0);
});

const at = (doc: Doc, id: string, x: number, y: number): Doc => ({ ...doc, nodes: doc.nodes.map((one) => (one.id === id ? { ...one, position: { x, y } } : one)) });
const members = (doc: Doc) => doc.nodes.find(({ id }) => id === "box")?.data.childNodeIds;
const SIZES = new Map(["a", "b", "c", "d"].map((id) => [id, { width: 100, height: 100 }]));

test("a card that is dropped in a group belongs to it, and one that is dropped outside does not", () => {
  const open = setData("box", { collapsed: false })(DOC);
  expect(members(regroup(at(open, "d", 300, 200), ["d"], SIZES))).toEqual(["b", "c", "d"]);
  expect(members(regroup(at(open, "b", 580, 0), ["b"], SIZES))).toEqual(["c"]);
  expect(regroup(at(open, "b", 500, 0), ["b"], SIZES).nodes[0]).toBe(open.nodes[0]);
});

test("what a group takes along stays in it, and a collapsed one takes nothing in", () => {
  const open = setData("box", { collapsed: false })(DOC);
  expect(members(regroup(at(open, "b", 900, 0), ["box", "b", "c"], SIZES))).toEqual(["b", "c"]);
  expect(members(regroup(at(DOC, "d", 10, 10), ["d"], SIZES))).toEqual(["b", "c"]);
});
