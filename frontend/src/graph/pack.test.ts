import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { group } from "./changes";
import { innerName, outputInside } from "./component";
import { readFlow } from "./flow";
import { without } from "./json";
import type { JsonObject } from "./json";
import { componentData, packing, putPacked, unpack, whyNotPacked } from "./pack";
import type { Setting } from "./pack";
import { bare, kindOf } from "./ports";
import { setPoints } from "./reroute";
import type { Doc, GraphNode } from "./types";

const DOC: Doc = {
  name: "",
  nodes: [
    node("text", "input:text", { prompt: "a boat" }), node("draw", "generate:nano_banana_2", {}, 400, 50),
    node("small", "utility:image_resize", { width: 64 }, 800), node("out", "output:preview", {}, 1200),
  ],
  edges: [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image"), edge("small.out-image > out.in-value")],
};
const WIDTH: Setting = { id: "width", label: "Width", node: "small", param: "width" };

function packed(doc: Doc, ids: readonly string[], settings: readonly Setting[] = [], params: JsonObject = {}): { doc: Doc; part: GraphNode } {
  const found = packing(doc, catalog, readFlow(doc, catalog), new Set(ids), settings);
  const data = componentData("cpx", { name: "Part", version: 1, ...found.content });
  const part: GraphNode = { id: "part", type: "basedNode", position: { ...found.corner }, data: { ...data, params } };
  return { doc: putPacked(doc, found, part), part };
}

/** What matters of a graph: nodes by id, and for each input its wires in their order. */
function said(doc: Doc) {
  const nodes = Object.fromEntries(doc.nodes.map((one) => [one.id, one]));
  const wires: Record<string, unknown[]> = {};
  for (const one of doc.edges) (wires[`${one.target} ${bare(one.targetHandle)}`] ??= []).push(without(one, "id"));
  return { nodes, wires };
}

test("wires that cross its edge become ports, and lead to the one node", () => {
  const { doc, part } = packed(DOC, ["draw", "small"], [WIDTH]);
  expect(doc.nodes.map(({ id }) => id)).toEqual(["text", "part", "out"]);
  expect(doc.edges.map(({ source, sourceHandle, target, targetHandle }) => [source, sourceHandle, target, targetHandle])).toEqual([
    ["text", "out-prompt", "part", "in-prompt"], ["part", "out-image", "out", "in-value"],
  ]);
  const kind = kindOf(catalog, part);
  expect(kind?.inputs.map(({ id, type }) => [id, type])).toEqual([["prompt", "TEXT"]]);
  expect(kind?.outputs.map(({ id, type, label }) => [id, type, label])).toEqual([["image", "IMAGE", "Image"]]);
  expect(kind?.params.map(({ id, default: value }) => [id, value])).toEqual([["width", 64]]);
  expect([kind?.execution, kind?.runnable]).toEqual(["remote", true]);
  expect(readFlow(doc, catalog).wires.get(doc.edges[1]?.id ?? "")?.shape.type).toBe("IMAGE");
  expect(kind && outputInside(kind, "part", "part.small", { image: { url: "/media/a.png" } })).toEqual({ image: { url: "/media/a.png" } });
  expect(kind && outputInside(kind, "part", "part.draw", { images: [] })).toBeNull();
});

test("a node inside is called by its label, with those around it", () => {
  const { part } = packed({ ...DOC, nodes: DOC.nodes.map((one) => (one.id === "draw" ? { ...one, data: { ...one.data, label: "Painter" } } : one)) }, ["draw", "small"]);
  const outer: GraphNode = { ...part, id: "outer", data: { nodeType: "component:cpy", component: { nodes: [{ ...part, data: { ...part.data, label: "Middle" } }] } } };
  expect([innerName(part, "part.draw"), innerName(part, "part.small"), innerName(part, "other.draw"), innerName(part, "part.gone")]).toEqual(["Painter", "small", "", ""]);
  expect(innerName(outer, "outer.part.draw")).toBe("Middle › Painter");
});

test("unpacking puts the settings of the node into what was inside", () => {
  const { doc } = packed(DOC, ["draw", "small"], [WIDTH], { width: 32 });
  expect(unpack(doc, "part").doc.nodes.find(({ id }) => id === "small")?.data.params).toEqual({ width: 32 });
});

test("what stands between has to come along, and a component needs a node that runs", () => {
  expect(whyNotPacked(DOC, new Set(["text", "small"]))).toBe("“draw” stands between these nodes: choose it too.");
  expect(whyNotPacked({ ...DOC, nodes: [node("note", "utility:sticky_note")] }, new Set(["note"]))).toContain("needs one");
  const grouped = group(["draw", "small"], new Map())(DOC);
  expect(whyNotPacked(grouped, new Set(["text", "draw"]))).toContain("Some of these nodes are in the group “Group”");
  expect(whyNotPacked(grouped, new Set(["draw"]))).toBe("");
});

test("groups, in it and around it, and dots of wires come back", () => {
  const dotted = setPoints(DOC.edges[1]?.id ?? "", [{ x: 600, y: 90 }])(DOC);
  for (const ids of [["draw", "small"], ["small"]]) {
    const around = group(["draw", "small", "text"], new Map())(dotted);
    expect(said(unpack(packed(around, ids).doc, "part").doc)).toEqual(said(around));
  }
  const within = group(["draw", "small"], new Map())(dotted);
  const box = within.nodes[0]?.id ?? "";
  const { doc } = packed(within, [box]);
  expect(doc.nodes.map(({ id }) => id)).toEqual(["part", "text", "out"]);
  expect(said(unpack(doc, "part").doc)).toEqual(said(within));
});

test("packing any nodes of any graph and unpacking them gives back the graph", () => {
  let state = 20_261_122;
  const below = (count: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % count;
  };
  let tried = 0;
  for (let round = 0; round < 400; round++) {
    const count = 3 + below(6);
    const nodes = Array.from({ length: count }, (_, i) => node(`n${i}`, below(2) === 0 ? "output:preview" : "llm:gemini", {}, below(900), below(900)));
    const edges = Array.from({ length: below(count * 2) }, (_, i) => {
      const to = 1 + below(count - 1);
      const [source, target] = [nodes[below(to)], nodes[to]];
      const from = source?.data.nodeType === "llm:gemini" ? "out-text" : "out-value";
      return { ...edge(`${source?.id}.${from} > ${target?.id}.${target?.data.nodeType === "llm:gemini" ? "in-prompt" : "in-value"}`), id: `w${i}` };
    });
    const doc: Doc = { name: "", nodes, edges };
    const ids = nodes.filter(() => below(2) === 0).map(({ id }) => id);
    if (ids.length === 0 || whyNotPacked(doc, new Set(ids)) !== "") continue;
    tried++;
    expect(said(unpack(packed(doc, ids).doc, "part").doc), `round ${round}`).toEqual(said(doc));
  }
  expect(tried).toBeGreaterThan(100);
});
