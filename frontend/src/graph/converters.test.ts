import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { convertersBetween, putBetween } from "./converters";
import { readFlow } from "./flow";
import { fitting } from "./suggest";
import type { Doc, Link } from "./types";

const NODES = [
  node("clip", "input:video"), node("photo", "input:image"), node("words", "input:text", { prompt: "a fox" }), node("speech", "input:audio"),
  node("small", "utility:image_resize"), node("mix", "utility:audio_mix"), node("draw", "generate:nano_banana_2"), node("shown", "output:preview"),
];
const DOC: Doc = { name: "", nodes: NODES, edges: [] };
const link = (text: string): Link => edge(text);
const names = (text: string, doc = DOC) => convertersBetween(doc, catalog, readFlow(doc, catalog), link(text)).map(({ kind }) => kind.name);

test.each([
  ["clip.out-video > small.in-image", "utility:video_frame"],
  ["clip.out-video > mix.in-tracks", "utility:extract_audio"],
])("between %s stands %s", (text, name) => {
  expect(names(text)[0]).toBe(name);
  const [found] = convertersBetween(DOC, catalog, readFlow(DOC, catalog), link(text));
  const after = found && putBetween(DOC, catalog, node("between", found.kind.name), found, link(text));
  expect(after?.edges.map(({ source, target }) => `${source} ${target}`)).toEqual([`${link(text).source} between`, `between ${link(text).target}`]);
  expect([...readFlow(after ?? DOC, catalog).wires.values()].map(({ broken }) => broken)).toEqual(["", ""]);
});

test("speech is written down for an input that takes text, which only a service can", () => {
  const found = convertersBetween(DOC, catalog, readFlow(DOC, catalog), link("speech.out-audio > draw.in-prompt"));
  expect(found.length).toBeGreaterThan(0);
  expect(found.every(({ kind }) => kind.execution === "remote")).toBe(true);
});

test.each([
  ["a picture is not drawn of a text", "words.out-prompt > small.in-image"],
  ["what fits needs nothing between", "photo.out-image > small.in-image"],
  ["what takes anything needs nothing between", "clip.out-video > shown.in-value"],
  ["an end that is not there has nothing before it", "clip.out-video > small.in-odd"],
])("%s", (_, text) => {
  expect(names(text)).toEqual([]);
});

test("where one of the two wires cannot be nothing is put between", () => {
  const [found] = convertersBetween(DOC, catalog, readFlow(DOC, catalog), link("clip.out-video > small.in-image"));
  if (!found) throw new Error("A video has frames.");
  expect(putBetween(DOC, catalog, node("between", found.kind.name), found, link("clip.out-video > small.in-odd"))).toBeNull();
});

test.each([
  ["a text that is no number", { nodeId: "words", handle: "out-prompt", side: "out" as const }],
  ["a picture", { nodeId: "photo", handle: "out-image", side: "out" as const }],
  ["an input for pictures", { nodeId: "small", handle: "in-image", side: "in" as const }],
])("all that a wire from %s is offered can be connected", (_, end) => {
  const flow = readFlow(DOC, catalog);
  const found = fitting(DOC, catalog, flow, end);
  expect(found.length).toBeGreaterThan(5);
  expect(found.filter(({ kind }) => kind.inputs.length > 0 && kind.inputs.every(({ type }) => type === "NUMBER"))).toEqual([]);
});
