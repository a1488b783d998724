import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { readFlow } from "./flow";
import type { Doc } from "./types";
import { namesIn, piecesOf } from "./variables";

test("names between braces are pieces of their own, and all pieces together are the text", () => {
  const text = "A {{ animal }} on {{place}}{{ }} {x}";
  expect(piecesOf(text).filter(({ name }) => name !== null).map(({ name }) => name)).toEqual(["animal", "place"]);
  expect(piecesOf(text).map((piece) => piece.text).join("")).toBe(text);
  expect(piecesOf("")).toEqual([]);
});

const TEXT = node("text", "input:text", { prompt: "x" });

function bound(doc: Doc, paramId: string, ...names: readonly string[]): readonly (boolean | undefined)[] {
  const [asked] = doc.nodes;
  const found = asked && namesIn(catalog, readFlow(doc, catalog), asked, paramId);
  return names.map((name) => found?.isBound(name));
}

test("the ports of a template are bound once something is wired to them, other names by JSON alone", () => {
  const joined = { name: "", nodes: [node("it", "utility:prompt_concat"), TEXT], edges: [edge("text.out-prompt > it.in-prompt2")] };
  expect(bound(joined, "template", "prompt1", "prompt2", "place")).toEqual([false, true, false]);
  expect(bound(joined, "separator", "prompt2")).toEqual([undefined]);
  const filled = { name: "", nodes: [node("it", "utility:prompt_template"), TEXT], edges: [edge("text.out-prompt > it.in-var1")] };
  expect(bound(filled, "template", "var1", "var2", "place")).toEqual([true, false, false]);
  const keyed = { ...filled, nodes: [...filled.nodes, node("keys", "input:json")], edges: [edge("keys.out-json > it.in-json")] };
  expect(bound(keyed, "template", "var1", "place", "place.town")).toEqual([false, true, true]);
});
