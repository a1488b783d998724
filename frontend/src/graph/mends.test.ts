import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { asObject, asTexts } from "./json";
import { readFlow } from "./flow";
import { RULES, mendOf, placeOf } from "./mends";
import { findProblems } from "./problems";
import type { Problem } from "./problems";
import type { Doc, GraphEdge, GraphNode } from "./types";

const ROOT = new URL("../../../", import.meta.url);

/** Every rule that the server or the canvas may name: of the catalog's list, and as the code says it. */
function rulesOfTheCode(): ReadonlySet<string> {
  const rules = asObject(asObject(asObject(JSON.parse(readFileSync(new URL("providers/catalog.json", ROOT), "utf8"))).handle_compat).lint_rules);
  const found = new Set([...asTexts(rules.error), ...asTexts(rules.warning)]);
  const files = ["workflows", "executions", "triggers"].flatMap((app) => readdirSync(new URL(`${app}/`, ROOT), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py")).map((name) => readFileSync(new URL(`${app}/${name}`, ROOT), "utf8")));
  const constants = new Map(files.flatMap((text) => [...text.matchAll(/^([A-Z_]+) = "([a-z-]+)"$/gm)].map(([, name = "", value = ""]) => [name, value] as const)));
  for (const text of files) {
    for (const [, said = ""] of text.matchAll(/(?<!class )\bProblem\(\s*("[a-z-]+"|[A-Z_]+)\s*,/g)) found.add(said.startsWith('"') ? said.slice(1, -1) : (constants.get(said) ?? said));
    for (const [, said = ""] of text.matchAll(/\bf"(bad-\{end\}-handle)"/g)) ["source", "target"].forEach((end) => found.add(said.replace("{end}", end)));
  }
  const canvas = ["problems.ts", "piled.ts"].map((name) => readFileSync(new URL(name, import.meta.url), "utf8")).join("");
  for (const [, said = ""] of canvas.matchAll(/(?:\badd\(\w+, |\brule: )"([a-z-]+)"/g)) found.add(said);
  return found;
}

test("every rule has a sure way to mend it, or leads to its place", () => {
  const rules = rulesOfTheCode();
  expect(rules.size).toBeGreaterThan(30);
  expect([...rules].filter((rule) => !RULES.has(rule))).toEqual([]);
  expect([...RULES].filter((rule) => !rules.has(rule))).toEqual([]);
});

function graph(nodes: readonly GraphNode[], edges: readonly GraphEdge[] = []): Doc {
  return { name: "", nodes, edges };
}

const of = (rule: string, more: Partial<Problem>): Problem => ({ rule, severity: "error", message: "", fix: "", nodeId: "", edgeId: "", field: "", ...more });

function mended(doc: Doc, problem: Problem): { readonly label: string; readonly doc: Doc | null } {
  const mend = mendOf(doc, catalog, readFlow(doc, catalog), problem);
  if (!mend) throw new Error("Nothing mends it.");
  return { label: mend.label, doc: "change" in mend ? mend.change(doc) : null };
}

function problemsOf(doc: Doc): readonly Problem[] {
  return findProblems(doc, catalog, readFlow(doc, catalog), []);
}

const switched = (id: string, type: string, data: GraphNode["data"]) => ({ ...node(id, type), data: { ...node(id, type).data, ...data } });
const TEXT = node("text", "input:text", { prompt: "a fox" });
const DRAW = node("draw", "generate:nano_banana_2");
const SMALL = node("small", "utility:image_resize");

// What the canvas finds by itself is found no more once it is mended, and nothing else is found instead.
test.each<readonly [string, string, Doc]>([
  ["a wire that lost its input goes to the only one that takes it", "Connect it to Image", graph([DRAW, SMALL, TEXT], [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-picture")])],
  ["a wire that lost its output comes from the only one that fits", "Connect it to Images", graph([DRAW, SMALL, TEXT], [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-pictures > small.in-image")])],
  ["a wire of a wrong kind is taken away", "Remove the wire", graph([DRAW, TEXT, node("photo", "input:audio")], [edge("text.out-prompt > draw.in-prompt"), edge("photo.out-audio > draw.in-image_input")])],
  ["a wire to a node that is gone is taken away", "Remove the wire", graph([TEXT], [edge("text.out-prompt > gone.in-prompt")])],
  ["what is missing is wired from the only output that gives it", "Connect “Nano Banana 2”", graph([DRAW, TEXT, SMALL], [edge("text.out-prompt > draw.in-prompt")])],
  ["a value that cannot be goes back to the default", "Back to the default", graph([node("draw", "generate:nano_banana_2", { prompt: "a fox", num_images: 99 })])],
  ["a bypassed node that nothing passes runs again", "Take out of bypass", graph([TEXT, switched("draw", "generate:nano_banana_2", { runMode: "bypassed" }), SMALL], [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image")])],
  ["a node that cannot run here is disabled", "Disable the node", graph([node("old", "compv3")])],
  ["a node of an unknown type is taken away", "Remove the node", graph([node("odd", "nobody:knows")])],
])("%s", (_, label, doc) => {
  const problem = problemsOf(doc).at(-1);
  if (!problem) throw new Error("There is nothing to mend.");
  const after = mended(doc, problem);
  expect(after.label).toBe(label);
  expect(after.doc && problemsOf(after.doc)).toEqual([]);
});

test("an empty text is written where it stands, a missing file chosen", () => {
  const ask = graph([node("ask", "input:text"), DRAW], [edge("ask.out-prompt > draw.in-prompt")]);
  const [empty] = problemsOf(ask);
  if (!empty) throw new Error("An empty text is a problem.");
  expect(mendOf(ask, catalog, readFlow(ask, catalog), empty)).toEqual({ label: "Write it…", open: "writing", nodeId: "ask", paramId: "prompt" });
  expect(placeOf(ask, readFlow(ask, catalog), empty)).toEqual({ nodeId: "ask", paramId: "prompt" });
  const photo = graph([node("photo", "input:image")]);
  expect(mendOf(photo, catalog, readFlow(photo, catalog), of("required-input-missing", { nodeId: "photo", field: "image" }))).toMatchObject({ label: "Choose a file…", open: "choosing", nodeId: "photo", paramId: "image" });
});

test("where several would do, nobody is led to one of them", () => {
  const two = graph([TEXT, { ...DRAW, id: "one" }, { ...DRAW, id: "two" }, SMALL], [edge("text.out-prompt > one.in-prompt"), edge("text.out-prompt > two.in-prompt")]);
  const [missing] = problemsOf(two);
  expect(missing && mendOf(two, catalog, readFlow(two, catalog), missing)).toBeNull();
});

test("what only the server sees is mended as it says", () => {
  const doc = graph([TEXT, switched("draw", "generate:nano_banana_2", { params: { prompt: "x", odd: 1 }, odd: 2, onError: "fallback", fallback: { nodeType: "x" }, pinned: { executionId: "e" }, timeLimit: 0 })], [edge("text.out-prompt > draw.in-prompt"), edge("text.out-prompt > draw.in-prompt")]);
  const after = (problem: Problem) => mended(doc, problem).doc?.nodes[1]?.data;
  expect(after(of("unknown-param", { nodeId: "draw", field: "odd" }))).toEqual({ nodeType: "generate:nano_banana_2", params: { prompt: "x" }, onError: "fallback", fallback: { nodeType: "x" }, pinned: { executionId: "e" }, timeLimit: 0 });
  expect(after(of("bad-fallback", { nodeId: "draw", field: "fallback" }))).not.toMatchObject({ onError: "fallback" });
  expect(after(of("pinned-result-gone", { nodeId: "draw", field: "pinned" }))).not.toHaveProperty("pinned");
  expect(after(of("bad-param-value", { nodeId: "draw", field: "timeLimit" }))).not.toHaveProperty("timeLimit");
  const ids = mended(doc, of("duplicate-edge-id", { edgeId: doc.edges[0]?.id ?? "" })).doc?.edges.map(({ id }) => id);
  expect(new Set(ids).size).toBe(2);
  expect(mended(doc, of("cycle", { nodeId: "draw", edgeId: doc.edges[0]?.id ?? "" })).label).toBe("Remove the wire");
});
