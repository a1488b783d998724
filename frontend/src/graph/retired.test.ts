import { expect, test } from "vitest";

import { catalog, node } from "../testing/catalog";
import { migrate, migrationOf, retiredNodes } from "./retired";

const old = node("old", "generate:dall_e_3", { prompt: "a fox", size: "1792x1024", quality: "hd", style: "natural" });
const made = node("made", "generate:gpt_image", { prompt: "a hare" });

test("a node of a retired model becomes one of its replacement, its settings as the catalog says", () => {
  const { nodes } = migrate(catalog, new Set(["old"]))({ name: "", nodes: [old, made], edges: [] });
  expect(nodes[0]).toEqual({
    ...old,
    data: { nodeType: "generate:gpt_image", params: { prompt: "a fox", model: "gpt-image-2", size: "1536x1024", quality: "high" } },
  });
  expect(nodes[1]).toBe(made);
});

test("what changes is said before, also what is not kept", () => {
  const said = migrationOf(catalog, old)?.moved.map(({ label, before, after }) => `${label}: ${before} > ${after}`);
  expect(said).toEqual(["Model:  > gpt-image-2", "Size: 1792x1024 > 1536x1024", "Quality: hd > high", "Style: natural > "]);
});

test("values that were never given follow as well, and config before params", () => {
  const bare = { ...node("bare", "generate:dall_e_3"), data: { nodeType: "generate:dall_e_3", label: "Mine", config: { quality: "hd" }, params: { quality: "standard" } } };
  const [after] = migrate(catalog, new Set(["bare"]))({ name: "", nodes: [bare], edges: [] }).nodes;
  const values = { model: "gpt-image-2", size: "1024x1024", quality: "high" };
  expect(after?.data).toEqual({ nodeType: "generate:gpt_image", label: "Mine", config: values, params: values });
});

test("only retired models are found, and a second time none is", () => {
  const doc = { name: "", nodes: [old, made], edges: [] };
  expect(retiredNodes(doc, catalog)).toEqual([old]);
  expect(retiredNodes(migrate(catalog, new Set(["old"]))(doc), catalog)).toEqual([]);
});

test("a retired model that is an old name of another takes that name, with the settings that its name meant", () => {
  const named = node("named", "generate:veo_2", { prompt: "a fox" });
  const doc = { name: "", nodes: [named], edges: [] };
  expect(retiredNodes(doc, catalog)).toEqual([named]);
  const { nodes } = migrate(catalog, new Set(["named"]))(doc);
  expect(nodes[0]?.data.nodeType).toBe("video:veo_3_1_t2v");
  expect(nodes[0]?.data.params).toMatchObject({ prompt: "a fox" });
  expect(migrationOf(catalog, named)?.moved).toEqual([]);
});
