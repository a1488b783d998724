import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { setData, setParam } from "./changes";
import { readFlow } from "./flow";
import { brought, findProblems, refusalsOf, sayProblem, stillFound, stillRefused } from "./problems";
import type { Json } from "./json";
import type { Problem } from "./problems";
import { signatures } from "./signature";
import type { Doc } from "./types";

const DOC: Doc = { name: "", nodes: [node("photo", "input:image"), node("small", "utility:image_resize", { width: 10 })], edges: [edge("photo.out-image > small.in-image")] };
const MISSING: Problem = { rule: "required-input-missing", severity: "error", message: "“Photo” needs a picture.", fix: "Choose one.", nodeId: "photo", edgeId: "", field: "image" };
const WHOLE: Problem = { ...MISSING, rule: "too-large", nodeId: "", field: "" };
const photo = catalog.kinds.get("input:image")?.params.find(({ id }) => id === "image");

function left(problem: Problem, after: Doc): number {
  const before = signatures(DOC);
  return stillRefused(refusalsOf([problem], before), before, signatures(after)).length;
}

test("what the server refused is listed although the draft's own rules do not see it", () => {
  const unseen: Problem = { ...MISSING, nodeId: "small" };
  const refused = refusalsOf([unseen], signatures(DOC));
  const flow = readFlow(DOC, catalog);
  expect(findProblems(DOC, catalog, flow, [unseen])).not.toContain(unseen);
  expect(findProblems(DOC, catalog, flow, [], refused)).toContain(unseen);
});

test.each(["input:image", "input:image_list", "input:video", "input:audio", "input:table"])("an empty %s is a problem once something needs it", (type) => {
  const given = node("given", type);
  const port = catalog.kinds.get(type)?.outputs[0]?.id ?? "";
  const missing = (doc: Doc) => findProblems(doc, catalog, readFlow(doc, catalog), []).filter(({ nodeId, rule }) => nodeId === "given" && rule === "required-input-missing");
  expect(missing({ name: "", nodes: [given], edges: [] })).toEqual([]);
  const target = [...catalog.kinds.values()].flatMap((kind) => kind.inputs.map((inlet) => ({ kind, inlet }))).find(({ inlet }) => inlet.required && inlet.type === catalog.kinds.get(type)?.outputs[0]?.type);
  if (!target) throw new Error(`Nothing needs what ${type} gives.`);
  const needed: Doc = { name: "", nodes: [given, node("end", target.kind.name)], edges: [edge(`given.out-${port} > end.in-${target.inlet.id}`)] };
  expect(missing(needed)).toHaveLength(1);
  expect(missing({ ...needed, nodes: [node("given", type, { [missing(needed)[0]?.field ?? ""]: type === "input:table" ? "a,b" : [{ url: "/media/a" }] }), ...needed.nodes.slice(1)] })).toEqual([]);
});

test("a refusal holds until its node is changed", () => {
  if (!photo) throw new Error("The catalog has no picture.");
  expect(left(MISSING, setParam("small", { ...photo, id: "width" }, 20)(DOC))).toBe(1);
  expect(left(MISSING, setData("photo", { label: "Me" })(DOC))).toBe(1);
  expect(left(MISSING, setParam("photo", photo, { url: "/media/a.png" })(DOC))).toBe(0);
  expect(left(MISSING, { ...DOC, nodes: DOC.nodes.slice(1), edges: [] })).toBe(0);
});

test("a refusal of the whole graph holds until anything is changed", () => {
  expect(left(WHOLE, DOC)).toBe(1);
  expect(left(WHOLE, { ...DOC, nodes: DOC.nodes.slice(1), edges: [] })).toBe(0);
});

test("a problem in a sentence names its node once", () => {
  const named = { ...DOC, nodes: [{ ...node("photo", "input:image"), data: { nodeType: "input:image", label: "Photo" } }] };
  expect(sayProblem(named, catalog, MISSING)).toBe("“Photo” needs a picture. Choose one.");
  expect(sayProblem(named, catalog, { ...MISSING, message: "A picture is missing.", fix: "" })).toBe("Photo: A picture is missing.");
});

test("a retired model is a warning before the server has said so, and once only", () => {
  const doc: Doc = { name: "", nodes: [node("old", "generate:dall_e_3", { prompt: "a fox" })], edges: [] };
  const said: Problem = { ...MISSING, rule: "retired-model", severity: "warning", nodeId: "old", field: "" };
  const found = findProblems(doc, catalog, readFlow(doc, catalog), [said]);
  expect(found.map(({ rule, severity, nodeId, fix }) => [rule, severity, nodeId, fix])).toEqual([["retired-model", "warning", "old", "Move the node to GPT Image."]]);
});

test.each([["", 1], [" \n", 1], ["a fox", 0]])("a model whose only text is %j has %i problems", (prompt, count) => {
  const doc: Doc = { name: "", nodes: [node("ask", "input:text", { prompt }), node("make", "generate:nano_banana_2", { prompt: "unused" })], edges: [edge("ask.out-prompt > make.in-prompt")] };
  const found = findProblems(doc, catalog, readFlow(doc, catalog), []);
  expect(found.map(({ rule, severity, nodeId, field }) => [rule, severity, nodeId, field])).toEqual(Array(count).fill(["required-input-missing", "error", "make", "prompt"]));
  const written: Doc = { ...doc, nodes: [node("make", "generate:nano_banana_2", { prompt })], edges: [] };
  expect(findProblems(written, catalog, readFlow(written, catalog), [])).toHaveLength(count);
});

test("a blank text is no problem where a text may be left out, is only handled, or becomes known in the run", () => {
  const nodes = [node("ask", "input:text", { prompt: "" }), node("split", "utility:text_split"), node("join", "utility:prompt_concat"), node("make", "llm:gemini", { prompt: "a fox" }), node("other", "llm:gemini")];
  const edges = [edge("ask.out-prompt > split.in-text"), edge("ask.out-prompt > join.in-prompt1"), edge("ask.out-prompt > make.in-system_prompt"), edge("join.out-prompt > other.in-prompt")];
  const doc: Doc = { name: "", nodes, edges };
  expect(findProblems(doc, catalog, readFlow(doc, catalog), [])).toEqual([]);
});

test("what a component lacks inside is an error of the component at once, until the component is changed", () => {
  const inner: Problem = { ...MISSING, severity: "warning", message: "“Nano Banana 2” needs Prompt.", nodeId: "hero.draw", field: "prompt" };
  const hero = { ...node("hero", "component:cmp_1"), data: { nodeType: "component:cmp_1", params: {} } };
  const doc: Doc = { name: "", nodes: [hero, node("photo", "input:image")], edges: [] };
  const found = brought(doc, [inner]);
  expect(found).toMatchObject([{ rule: "inside-required-input-missing", severity: "error", nodeId: "hero", field: "" }]);
  expect(findProblems(doc, catalog, readFlow(doc, catalog), found)).toContain(found[0]);
  const left = (after: Doc) => stillFound(found, signatures(doc), signatures(after)).length;
  expect([left(setData("photo", { params: { image: "a" } })(doc)), left(setData("hero", { params: { prompt: "a fox" } })(doc))]).toEqual([1, 0]);
});

test("a value that only the server finds wrong is told in its words, one that is seen here in ours", () => {
  const doc: Doc = { name: "", nodes: [node("small", "utility:image_resize", { width: 10 })], edges: [] };
  const told: Problem = { ...MISSING, rule: "bad-param-value", message: "width of “Resize” is odd.", nodeId: "small", field: "width" };
  const said = (width: Json) => {
    const now = setData("small", { params: { width } })(doc);
    return findProblems(now, catalog, readFlow(now, catalog), [told]).filter(({ rule }) => rule === "bad-param-value").map(({ message }) => message);
  };
  expect(said(10)).toEqual([told.message]);
  expect(said("wide")).toEqual(["Width: This must be a number."]);
});
