import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { move, remove, setData, setParam } from "./changes";
import { differenceOf } from "./difference";
import { kindOf } from "./ports";
import type { Doc } from "./types";

const DOC = {
  name: "", nodes: [node("text", "input:text", { prompt: "x" }), node("draw", "generate:nano_banana_2"), node("small", "utility:image_resize")],
  edges: [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image")],
};
const [text] = DOC.nodes;
const prompt = text ? kindOf(catalog, text)?.params.find(({ id }) => id === "prompt") : undefined;

test("a graph is the same as itself, wherever its cards stand and whatever its wires are called", () => {
  const moved = move(new Map([["text", { x: 900, y: 3 }]]))({ ...DOC, edges: DOC.edges.map((one, i) => ({ ...one, id: `e${i}` })) });
  expect(differenceOf(DOC, moved, catalog).changes).toEqual([]);
});

test("changes are told by card, with what was there before", () => {
  if (!prompt) throw new Error("A text input has a prompt.");
  const after = [setParam("text", prompt, "y"), setData("text", { label: "Words" }), remove(new Set(["small"]), new Set())].reduce<Doc>((doc, change) => change(doc), DOC);
  const { nodes, wires, changes } = differenceOf(DOC, after, catalog);
  expect([...nodes]).toEqual([["text", "changed"], ["draw", "same"], ["small", "removed"]]);
  expect(wires.map(({ fate }) => fate)).toEqual(["same", "removed"]);
  expect(changes).toEqual([
    { nodeId: "text", fate: "changed", what: "Words", details: ["Called Text Input before", "Prompt: x → y"] },
    { nodeId: "small", fate: "removed", what: "Resize", details: [] },
  ]);
});

test("a wire between cards that stayed is told by its ends", () => {
  const cut = remove(new Set(), new Set([DOC.edges[0]?.id ?? ""]))(DOC);
  expect(differenceOf(cut, DOC, catalog).changes).toMatchObject([{ fate: "added", what: "Wire from Text Input to Nano Banana 2" }]);
});
