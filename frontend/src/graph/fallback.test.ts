import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { fallbackOf, fallbacksFor, onErrorOf } from "./fallback";
import { readFlow } from "./flow";
import type { GraphNode } from "./types";

const ask = node("ask", "input:text");
const photo = node("photo", "input:image");
const make = node("make", "generate:nano_banana_2");
const out = node("out", "output:preview");

function others(edges: readonly string[]): readonly string[] {
  const flow = readFlow({ nodes: [ask, photo, make, out], edges: edges.map(edge) }, catalog);
  const kind = catalog.kinds.get("generate:nano_banana_2");
  if (!kind) throw new Error("The catalog has no Nano Banana 2.");
  return fallbacksFor(catalog, kind, flow.into.get("make") ?? [], flow.from.get("make") ?? []).map(({ name }) => name);
}

test("models that make the same kind of thing are offered, and never itself", () => {
  const names = others(["ask.out-prompt > make.in-prompt", "make.out-images > out.in-value"]);
  expect(names).toContain("generate:nano_banana");
  expect(names).not.toContain("generate:nano_banana_2");
  expect(names.some((name) => name.startsWith("video:"))).toBe(false);
});

test("one that does not take what is wired in is not offered", () => {
  const free = others(["ask.out-prompt > make.in-prompt"]);
  const fed = others(["ask.out-prompt > make.in-prompt", "photo.out-image > make.in-image1"]);
  expect(fed.length).toBeLessThan(free.length);
  expect(fed.every((name) => free.includes(name))).toBe(true);
});

test("what is said on the node is read, also as another editor spells it", () => {
  const said = (data: GraphNode["data"]) => ({ ...make, data: { ...make.data, ...data } });
  const kind = catalog.kinds.get("generate:nano_banana_2");
  if (!kind) throw new Error("The catalog has no Nano Banana 2.");
  expect(onErrorOf(make)).toBe("stop");
  expect(onErrorOf(said({ onError: "continueRegularOutput" }))).toBe("skip");
  expect(onErrorOf(said({ onError: "nonsense" }))).toBe("stop");
  expect(fallbackOf(said({ fallback: { nodeType: "generate:nano_banana" } }), kind)).toBe("generate:nano_banana");
  expect(fallbackOf(said({ fallback: { params: { model: "x" } } }), kind)).toBe("generate:nano_banana_2");
  expect(fallbackOf(make, kind)).toBe("");
});
