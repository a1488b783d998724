import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { acceptance, HANDLE_TYPES } from "./catalog";
import { fittingHandles, judge, linkBetween } from "./connect";
import { readFlow } from "./flow";
import { fitting } from "./suggest";
import type { Doc } from "./types";

const NODES = [
  node("text", "input:text"), node("photo", "input:image"), node("number", "input:number"),
  node("draw", "generate:nano_banana_2"), node("small", "utility:image_resize"), node("crop", "utility:image_crop"),
  node("each", "utility:iterate"), node("out", "output:preview"),
];

function drawn(...wires: readonly string[]): Doc {
  return { name: "", nodes: NODES, edges: wires.map(edge) };
}

function ask(doc: Doc, wire: string) {
  return judge(doc, catalog, readFlow(doc, catalog), edge(wire));
}

test("the table of types decides over every pair", () => {
  expect(HANDLE_TYPES.filter((source) => acceptance(catalog, "IMAGE", source) !== null)).toEqual(["IMAGE", "ANY"]);
  expect(acceptance(catalog, "TEXT", "NUMBER")).toBe("converted");
  expect(acceptance(catalog, "NUMBER", "TEXT")).toBe("parsed");
  expect(acceptance(catalog, "VIDEO", "IMAGE")).toBeNull();
  for (const type of HANDLE_TYPES) expect(acceptance(catalog, "ANY", type)).not.toBeNull();
});

test.each([
  ["text.out-prompt > draw.in-prompt", "same"],
  ["number.out-value > draw.in-prompt", "converted"],
  ["text.out-prompt > small.in-width", "parsed"],
  ["draw.out-images > small.in-image", "same"],
  ["draw.out-images > out.in-value", "same"],
])("%s is allowed: %s", (wire, how) => {
  const verdict = ask(drawn(), wire);
  expect(verdict.ok ? verdict.how : verdict.reason).toMatch(wire.includes("in-value") ? /same|converted/ : new RegExp(`^${how}$`));
});

test.each([
  ["text.out-prompt > small.in-image", "Image takes an image, this is text."],
  ["photo.out-image > draw.in-prompt", "Prompt takes text, this is an image."],
  ["small.out-image > small.in-image", "A node cannot feed itself."],
  ["gone.out-image > small.in-image", "One of the nodes is gone."],
  ["text.out-nothing > draw.in-prompt", "This output is not known."],
  ["text.out-prompt > draw.in-nothing", "This input is not known."],
  ["text.out-prompt > photo.in-image", "This input is not known."],
])("%s is refused: %s", (wire, reason) => {
  expect(ask(drawn(), wire)).toEqual({ ok: false, reason });
});

test("a circle is refused", () => {
  const doc = drawn("small.out-image > crop.in-image");
  expect(ask(doc, "crop.out-image > small.in-image")).toEqual({ ok: false, reason: "This would make a circle: the node would wait for itself." });
});

test("a second wire into a single input takes the place of the first, into a list it joins", () => {
  expect(ask(drawn("photo.out-image > small.in-image"), "draw.out-images > small.in-image")).toMatchObject({ ok: true, replaces: "photo.out-image > small.in-image" });
  expect(ask(drawn("photo.out-image > draw.in-image1"), "small.out-image > draw.in-image1")).toMatchObject({ ok: true, replaces: null });
});

test("the same wire is not drawn twice", () => {
  expect(ask(drawn("text.out-prompt > draw.in-prompt"), "text.out-prompt > draw.in-prompt")).toEqual({ ok: false, reason: "These two are already connected." });
});

test("what flows through a node of any type is known behind it, and guarded there", () => {
  const [input] = catalog.kinds.get("utility:iterate")?.inputs ?? [];
  const [output] = catalog.kinds.get("utility:iterate")?.outputs ?? [];
  const through = drawn(`draw.out-images > each.in-${input?.id ?? ""}`);
  expect(ask(through, `each.out-${output?.id ?? ""} > small.in-image`).ok).toBe(true);
  expect(ask(through, `each.out-${output?.id ?? ""} > draw.in-prompt`).ok).toBe(false);
  const guarded = drawn(`each.out-${output?.id ?? ""} > small.in-image`);
  const verdict = ask(guarded, `text.out-prompt > each.in-${input?.id ?? ""}`);
  expect(verdict.ok ? "" : verdict.reason).toBe("Further on: Image takes IMAGE, this is TEXT.");
});

test("a card is asked for its best handle, whichever end was taken up", () => {
  const doc = drawn();
  const flow = readFlow(doc, catalog);
  expect(fittingHandles(doc, catalog, flow, { nodeId: "text", handle: "out-prompt", side: "out" }, "draw")).toEqual(["in-prompt"]);
  expect(fittingHandles(doc, catalog, flow, { nodeId: "small", handle: "in-image", side: "in" }, "photo")[0]).toBe("out-image");
  expect(fittingHandles(doc, catalog, flow, { nodeId: "text", handle: "out-prompt", side: "out" }, "crop")).toEqual([]);
});

test("a wire has two different ends", () => {
  const from = { nodeId: "a", handle: "out-x", side: "out" } as const;
  const into = { nodeId: "b", handle: "in-y", side: "in" } as const;
  const link = { source: "a", sourceHandle: "out-x", target: "b", targetHandle: "in-y" };
  expect(linkBetween(from, into)).toEqual(link);
  expect(linkBetween(into, from)).toEqual(link);
  expect(linkBetween(from, { ...from, nodeId: "c" })).toBeNull();
});

test("nodes offered for a dropped wire all take it", () => {
  const doc = drawn();
  const flow = readFlow(doc, catalog);
  const offered = fitting(doc, catalog, flow, { nodeId: "text", handle: "out-prompt", side: "out" });
  expect(offered.length).toBeGreaterThan(10);
  for (const { kind, handle } of offered) {
    const port = kind.inputs.find(({ id }) => `in-${id}` === handle);
    expect(port && acceptance(catalog, port.type, "TEXT"), kind.name).not.toBeNull();
  }
});

test("a text goes into a number only when it is one, or when nobody knows yet, with a word of warning", () => {
  const saying = (prompt: string): Doc => ({ ...drawn(), nodes: [node("text", "input:text", { prompt }), ...NODES.slice(1)] });
  const wire = "text.out-prompt > draw.in-num_images";
  expect(ask(saying("a boat"), wire)).toEqual({ ok: false, reason: "Images takes a number, and “a boat” is none." });
  expect(ask(saying("3"), wire).ok).toBe(true);
  expect(ask(saying(""), wire)).toMatchObject({ ok: true, note: "Images takes a number: the run fails when the text is anything else." });
});

test("a text is led to what can run with it alone before what needs a picture as well", () => {
  const doc = drawn();
  const names = fitting(doc, catalog, readFlow(doc, catalog), { nodeId: "text", handle: "out-prompt", side: "out" }).map(({ kind }) => kind.name);
  expect(names.indexOf("generate:nano_banana_2")).toBeLessThan(names.indexOf("edit:nano_banana_2_edit"));
});
