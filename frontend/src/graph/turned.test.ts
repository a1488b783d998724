import { expect, test } from "vitest";

import { edge, node } from "../testing/catalog";
import { setData } from "./changes";
import { nearestUnseen, turnedBy } from "./turned";
import type { Doc, GraphNode } from "./types";

const DOC: Doc = { name: "", nodes: [node("text", "input:text"), node("draw", "generate:nano_banana_2"), node("shown", "output:preview")], edges: [edge("text.out-prompt > draw.in-prompt")] };
const group: GraphNode = { id: "group", type: "custom_group", position: { x: 0, y: 0 }, data: { childNodeIds: ["draw"], collapsed: true } };
const told = (before: Doc, after: Doc) => turnedBy(before, after).map(({ id }) => id);

test("a step of the history is seen by what changed, by what came, or by the ends of a wire", () => {
  expect(told(DOC, setData("draw", { label: "Hero" })(DOC))).toEqual(["draw"]);
  expect(told(DOC, { ...DOC, nodes: [...DOC.nodes, node("more", "input:text")] })).toEqual(["more"]);
  expect(told(DOC, { ...DOC, edges: [] })).toEqual(["text", "draw"]);
  expect(told({ ...DOC, edges: [] }, DOC)).toEqual(["text", "draw"]);
});

test("what went can be seen nowhere, and a copy that says the same did not change", () => {
  expect(told(DOC, { ...DOC, nodes: DOC.nodes.slice(0, 2) })).toEqual([]);
  expect(told(DOC, { ...DOC, nodes: DOC.nodes.map((one) => ({ ...one })) })).toEqual([]);
});

test("a collapsed group stands for what lies in it", () => {
  const grouped = { ...DOC, nodes: [...DOC.nodes, group] };
  expect(told(grouped, setData("draw", { label: "Hero" })(grouped))).toEqual(["group"]);
});

const box = (x: number, y: number) => ({ x, y, width: 10, height: 10 });
const ROOM = { x: 0, y: 0, width: 100, height: 100 };

test("nothing moves while some of it is seen, else the nearest is gone to", () => {
  expect(nearestUnseen([box(500, 0), box(95, 95)], ROOM)).toBeNull();
  expect(nearestUnseen([box(500, 0), box(0, -200), box(0, 900)], ROOM)).toEqual(box(0, -200));
  expect(nearestUnseen([], ROOM)).toBeNull();
});
