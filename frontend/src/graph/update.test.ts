import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { readFlow } from "./flow";
import type { JsonObject } from "./json";
import { componentData, packing, putPacked } from "./pack";
import { fitting } from "./suggest";
import { libraryKind, outdated, update } from "./update";
import type { Doc } from "./types";

const WHOLE: Doc = {
  name: "",
  nodes: [
    node("text", "input:text", { prompt: "a boat" }), node("draw", "generate:nano_banana_2", {}, 400, 50),
    node("small", "utility:image_resize", { width: 64 }, 800), node("out", "output:preview", {}, 1200),
  ],
  edges: [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image"), edge("small.out-image > out.in-value")],
};

function world(): { readonly doc: Doc; readonly carried: JsonObject } {
  const packed = packing(WHOLE, catalog, readFlow(WHOLE, catalog), new Set(["draw", "small"]), [{ id: "width", label: "Width", node: "small", param: "width" }]);
  const carried = { name: "Part", version: 1, ...packed.content };
  const data = { ...componentData("cpx", carried), params: { width: 32 } };
  return { doc: putPacked(WHOLE, packed, { id: "part", type: "basedNode", position: { x: 0, y: 0 }, data }), carried };
}

test("a version with the same ports takes the place of the old one, with its settings and wires", () => {
  const { doc, carried } = world();
  const done = update(doc, catalog, new Set(["part"]), { ...carried, name: "Piece", version: 2 });
  const part = done.doc.nodes.find(({ id }) => id === "part");
  expect([part?.data.label, part?.data.params, (part?.data.component as JsonObject).version]).toEqual(["Piece", { width: 32 }, 2]);
  expect([done.ports, done.loose, done.unfit]).toEqual([[], [], []]);
  expect(done.doc.edges).toEqual(doc.edges);
  expect(done.credits[0]).toBe(done.credits[1]);
});

test("what the other version has no port for comes loose, and is told by its name", () => {
  const { doc, carried } = world();
  const inputs = [{ id: "words", label: "Words", type: "TEXT", to: [{ node: "draw", handle: "in-prompt", place: 0 }] }];
  const done = update(doc, catalog, new Set(["part"]), { ...carried, version: 2, inputs, settings: [] });
  expect(done.ports).toEqual([
    { side: "inputs", label: "Words", how: "new" }, { side: "inputs", label: "Prompt", how: "gone" }, { side: "settings", label: "Width", how: "gone" },
  ]);
  expect(done.loose.map(({ source, target }) => [source, target])).toEqual([["text", "part"]]);
  expect(done.doc.edges.map(({ source }) => source)).toEqual(["part"]);
  expect(done.doc.nodes.find(({ id }) => id === "part")?.data.params).toEqual({});
});

test("a wire whose port is of another type stays, and is told", () => {
  const { doc, carried } = world();
  const inputs = [{ id: "prompt", label: "Prompt", type: "VIDEO", to: [{ node: "draw", handle: "in-prompt", place: 0 }] }];
  const done = update(doc, catalog, new Set(["part"]), { ...carried, version: 2, inputs });
  expect(done.ports).toEqual([{ side: "inputs", label: "Prompt", how: "changed" }]);
  expect([done.loose.length, done.unfit.map(({ source }) => source)]).toEqual([0, ["text"]]);
  expect(done.doc.edges).toHaveLength(2);
});

test("the price of a node is told before and after", () => {
  const { doc, carried } = world();
  const nodes = [node("small", "utility:image_resize", { width: 64 })];
  const [before, after] = update(doc, catalog, new Set(["part"]), { ...carried, version: 2, nodes, edges: [], inputs: [] }).credits;
  expect([before > 0, after]).toEqual([true, 0]);
});

test("a node that keeps its version is none of those that are to be updated", () => {
  const { doc } = world();
  expect(outdated(doc, "component:cpx", 1)).toEqual([]);
  expect(outdated(doc, "component:cpx", 2).map(({ id }) => id)).toEqual(["part"]);
  const kept = { nodes: doc.nodes.map((one) => ({ ...one, data: { ...one.data, keepsVersion: true } })) };
  expect(outdated(kept, "component:cpx", 2)).toEqual([]);
  const [raised] = update({ ...doc, ...kept }, catalog, new Set(["part"]), { version: 2 }).doc.nodes.filter(({ id }) => id === "part");
  expect(raised?.data.keepsVersion).toBeUndefined();
});

test("a component of the library fits a wire as other node types do", () => {
  const listed = { nodeType: "component:cpx", name: "Part", nodes: 2, version: 3, inputs: [{ id: "prompt", type: "TEXT", label: "Prompt" }], outputs: [{ id: "image", type: "IMAGE", label: "Image" }] };
  const kind = libraryKind(listed);
  expect([kind?.title, kind?.summary, kind?.runnable]).toEqual(["Part", "2 nodes, version 3", true]);
  if (kind === null) throw new Error("It cannot be read.");
  const wider = { ...catalog, kinds: new Map([...catalog.kinds, [kind.name, kind]]) };
  const names = (nodeId: string, handle: string) => fitting(WHOLE, wider, readFlow(WHOLE, catalog), { nodeId, handle, side: "out" }).map((fit) => fit.kind.name);
  expect(names("text", "out-prompt")).toContain("component:cpx");
  expect(names("small", "out-image")).not.toContain("component:cpx");
});
