import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { readFlow } from "./flow";
import type { Doc } from "./types";
import { wirableAt } from "./wirable";

const DOC: Doc = {
  name: "",
  nodes: [node("text", "input:text"), node("draw", "generate:nano_banana_2", {}, 400), node("small", "utility:image_resize", {}, 800), node("out", "output:preview", {}, 1200)],
  edges: [edge("draw.out-images > out.in-value")],
};

function at(doc: Doc, id: string): readonly string[] {
  return wirableAt(doc, catalog, readFlow(doc, catalog), id).map(({ link, replaces }) => `${link.source}.${link.sourceHandle} > ${link.target}.${link.targetHandle}${replaces ? " instead" : ""}`);
}

test("the likeliest wire of a node comes first, those into settings later, those that take another's place last", () => {
  const found = at(DOC, "text");
  expect(found[0]).toBe("text.out-prompt > draw.in-prompt");
  expect(found.at(-1)).toBe("text.out-prompt > out.in-name");
  const other = { ...DOC, nodes: [...DOC.nodes, node("more", "input:text")], edges: [edge("more.out-prompt > draw.in-prompt")] };
  expect(at(other, "text").at(-1)).toBe("text.out-prompt > draw.in-prompt instead");
});

test("wires into a node are offered too, and none that is there already", () => {
  const found = at(DOC, "draw");
  expect(found).toContain("text.out-prompt > draw.in-prompt");
  expect(found).toContain("draw.out-images > small.in-image");
  expect(found).not.toContain("draw.out-images > out.in-value");
});

test("a note has nothing to wire", () => {
  expect(at({ ...DOC, nodes: [...DOC.nodes, node("note", "utility:sticky_note")] }, "note")).toEqual([]);
});
