import { expect, test } from "vitest";

import { catalog, node } from "../testing/catalog";
import { readFlow } from "./flow";
import { mendOf } from "./mends";
import { piledUp, piles } from "./piled";
import type { Doc, GraphNode } from "./types";

const at = (id: string, x: number, y: number) => node(id, "input:text", {}, x, y);
const graph = (...nodes: GraphNode[]): Doc => ({ name: "", nodes, edges: [] });
const ids = (doc: Doc) => piles(doc).map((pile) => pile.map(({ id }) => id));

test("cards whose corners nearly meet are a pile, also across the lines of a grid", () => {
  expect(ids(graph(at("a", 0, 0), at("b", 15, -15), at("c", 16, 0), at("d", -7, 400), at("e", 3, 393)))).toEqual([["a", "b"], ["d", "e"]]);
  expect(ids(graph(at("a", 0, 0), at("b", 0, 20), at("c", 280, 0)))).toEqual([]);
});

test("notes and groups lie where they will, and a collapsed group hides what is in it", () => {
  const note = { ...at("note", 0, 0), type: "stickyNote" };
  const group = { ...at("group", 500, 0), type: "custom_group", data: { collapsed: true, childNodeIds: ["b", "c"] } };
  const doc = graph(at("a", 0, 0), note, group, at("b", 500, 0), at("c", 500, 0));
  expect(ids(doc)).toEqual([]);
  const open = { ...group, data: { ...group.data, collapsed: false } };
  expect(ids({ ...doc, nodes: doc.nodes.map((one) => (one.id === "group" ? open : one)) })).toEqual([["b", "c"]]);
});

test("each pile is one warning that names what is hidden, and is moved apart at once", () => {
  const doc = graph(at("a", 0, 0), at("b", 0, 0), at("c", 900, 0), at("d", 901, 0), at("e", 902, 2));
  const found = piledUp(doc, catalog);
  expect(found.map(({ nodeId, severity, message }) => [nodeId, severity, message])).toEqual([
    ["b", "warning", "It lies on “Text Input” and hides it."],
    ["e", "warning", "It hides 2 nodes below it."],
  ]);
  let now = doc;
  for (const problem of found) {
    const mend = mendOf(now, catalog, readFlow(now, catalog), problem);
    if (!mend || !("change" in mend)) throw new Error("Nothing mends it.");
    expect(mend.label).toBe("Move apart");
    now = mend.change(now);
  }
  expect(piledUp(now, catalog)).toEqual([]);
  const stays = (id: string) => now.nodes.find((one) => one.id === id)?.position;
  expect([stays("a"), stays("c")]).toEqual([{ x: 0, y: 0 }, { x: 900, y: 0 }]);
  for (const one of now.nodes) for (const other of now.nodes) {
    if (one.id < other.id) expect(Math.abs(one.position.x - other.position.x) >= 280 || Math.abs(one.position.y - other.position.y) >= 320).toBe(true);
  }
});
