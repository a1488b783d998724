import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { group, setData } from "./changes";
import { readFlow } from "./flow";
import { asList, asObject, asText, asTexts } from "./json";
import type { JsonObject } from "./json";
import { modeOf, switchOff, switchable, toggleMode } from "./modes";
import { findProblems } from "./problems";
import { signatures } from "./signature";
import type { Doc, GraphNode } from "./types";

const vectors = asList(JSON.parse(readFileSync(new URL("../../../tests/workflows/modes.json", import.meta.url), "utf8"))).map(asObject);

function switched(id: string, said: string): GraphNode {
  const [kind = "", mode = ""] = said.split(" ");
  const made = node(id, kind);
  const flags = mode === "pinned" ? { pinned: { executionId: "6f9619ff-8b86-d011-b42d-00c04fc964ff" } } : mode === "" ? {} : { runMode: mode };
  return { ...made, data: { ...made.data, ...flags } };
}

function docOf(nodes: readonly GraphNode[], wires: readonly string[]): Doc {
  return { name: "", nodes, edges: wires.map((wire) => edge(wire.replace(/\.(\S+) (\S+)\./, ".out-$1 > $2.in-"))) };
}

test.each(vectors.map((vector) => [asText(vector.fact), vector] as const))("%s", (_, vector) => {
  const params = asObject(vector.params ?? {});
  const nodes = Object.entries(asObject(vector.nodes)).map(([id, said]) => switched(id, asText(said))).map((one) => ({ ...one, data: { ...one.data, params: { ...asObject(one.data.params ?? {}), ...asObject(params[one.id] ?? {}) } } }));
  const doc = docOf(nodes, asTexts(vector.wires));
  const { off, stuck } = switchOff(doc, catalog, readFlow(doc, catalog));
  expect(Object.fromEntries(off)).toEqual(vector.off);
  expect([...stuck.keys()]).toEqual(asTexts(vector.stuck ?? []));
});

const DOC = docOf([switched("photo", "input:image"), switched("small", "utility:image_resize"), switched("out", "output:preview")], ["photo.image small.image", "small.image out.value"]);
const small = DOC.nodes.filter(({ id }) => id === "small");

test("what is switched twice is as it was, and lets run what it did before", () => {
  const off = toggleMode(small, "disabled")(DOC);
  expect(off.nodes.map(modeOf)).toEqual([null, "disabled", null]);
  const again = toggleMode(off.nodes.filter(({ id }) => id === "small"), "disabled")(off);
  expect(switchOff(again, catalog, readFlow(again, catalog)).off.size).toBe(0);
  expect(again).toEqual(DOC);
  expect(signatures(again)).toEqual(signatures(DOC));
});

test("some that are disabled and some that are not become all disabled", () => {
  const one = toggleMode(small, "disabled")(DOC);
  const all = toggleMode(one.nodes, "disabled")(one);
  expect(all.nodes.map(modeOf)).toEqual(["disabled", "disabled", "disabled"]);
});

test("a group is switched with all that it holds", () => {
  const doc = group(["photo", "small"], new Map())(DOC);
  const box = doc.nodes[0]?.id ?? "";
  expect(switchable(doc, new Set([box])).map(({ id }) => id)).toEqual(["photo", "small"]);
});

test("what does not run has no problems, what is pinned misses nothing, and what nothing passes has one", () => {
  const bare = docOf([switched("e", "llm:gemini disabled"), switched("d", "llm:gemini")], ["e.text d.prompt"]);
  expect(findProblems(bare, catalog, readFlow(bare, catalog), [])).toEqual([]);
  const pinned = docOf([switched("p", "llm:gemini pinned")], []);
  expect(findProblems(pinned, catalog, readFlow(pinned, catalog), [])).toEqual([]);
  const stuck = docOf([switched("t", "input:text"), switched("g", "generate:nano_banana_2 bypassed"), switched("o", "output:preview")], ["t.prompt g.prompt", "g.images o.value"]);
  expect(findProblems(stuck, catalog, readFlow(stuck, catalog), []).map(({ rule, nodeId }) => [rule, nodeId])).toEqual([["nothing-passes", "g"]]);
});

test("pinning makes no result out of date, disabling what comes after does", () => {
  const before = signatures(DOC);
  const pinned = signatures({ ...DOC, nodes: [...DOC.nodes.slice(0, 1), switched("small", "utility:image_resize pinned"), ...DOC.nodes.slice(2)] });
  const off = signatures(toggleMode(small, "disabled")(DOC));
  expect(pinned.get("out")).toBe(before.get("out"));
  expect([off.get("photo") === before.get("photo"), off.get("out") === before.get("out")]).toEqual([true, false]);
});

test("to choose what counts anyway changes no result, and to choose something else does", () => {
  const choose = (params: JsonObject) => signatures(setData("small", { params })(DOC), catalog).get("small");
  const kind = catalog.kinds.get("utility:image_resize");
  const usual = kind?.params.find((param) => param.default !== null);
  expect(usual).toBeDefined();
  expect(choose({ [usual?.id ?? ""]: usual?.default ?? null })).toBe(choose({}));
  expect(choose({ [usual?.id ?? ""]: "another" })).not.toBe(choose({}));
});
