import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { benchContent, offers, sameInside } from "./bench";
import type { Picked } from "./bench";
import { remove } from "./changes";
import { readFlow } from "./flow";
import { packing } from "./pack";
import type { Content } from "./pack";
import { differences } from "./update";
import type { Doc } from "./types";

const WHOLE: Doc = {
  name: "",
  nodes: [
    node("text", "input:text", { prompt: "a boat" }), node("draw", "generate:nano_banana_2", {}, 400, 50),
    node("small", "utility:image_resize", { width: 64 }, 800), node("out", "output:preview", {}, 1200),
  ],
  edges: [edge("text.out-prompt > draw.in-prompt"), edge("draw.out-images > small.in-image"), edge("small.out-image > out.in-value")],
};
const BEFORE: Content = packing(WHOLE, catalog, readFlow(WHOLE, catalog), new Set(["draw", "small"]), [{ id: "width", label: "Width", node: "small", param: "width" }]).content;
const INSIDE: Doc = { name: "Part", nodes: BEFORE.nodes, edges: BEFORE.edges };

function offered(doc: Doc, before: Content = BEFORE) {
  return offers(doc, catalog, readFlow(doc, catalog), before);
}

function content(doc: Doc, picked: Partial<Picked> = {}): Content {
  return benchContent(doc, catalog, readFlow(doc, catalog), offered(doc), { taken: {}, names: {}, ...picked });
}

test("an inside that nobody changed makes the version that it was", () => {
  const now = content(INSIDE);
  expect(differences(BEFORE, now)).toEqual([]);
  expect([now.inputs, now.outputs, now.settings]).toEqual([BEFORE.inputs, BEFORE.outputs, BEFORE.settings]);
  expect(sameInside(now, BEFORE)).toBe(true);
});

test("what a port led to is gone, and so is the port", () => {
  const now = content(remove(new Set(["small"]), new Set())(INSIDE));
  expect(differences(BEFORE, now).map(({ side, label, how }) => `${side} ${label} ${how}`)).toEqual(["outputs Image gone", "settings Width gone"]);
});

test("the output of a node that was there is offered when it ends there, and not taken by itself", () => {
  const { outputs } = offered(remove(new Set(["small"]), new Set())(INSIDE));
  expect(outputs.map(({ port, chosen: taken, of }) => [port.id, taken, of])).toContainEqual(["images", false, "Nano Banana 2"]);
});

test("a new node brings what it needs from outside and what it gives", () => {
  const more = { ...INSIDE, nodes: [...INSIDE.nodes, node("wide", "utility:image_resize", { width: 640 }, 900, 300)] };
  const now = content(more);
  expect(differences(BEFORE, now).map(({ side, label, how }) => `${side} ${label} ${how}`)).toEqual(["inputs Image new", "outputs Image 2 new"]);
  expect(now.inputs.at(-1)).toMatchObject({ required: true, to: [{ node: "wide", handle: "in-image", place: 0 }] });
  expect(new Set([...now.inputs, ...now.settings].map(({ id }) => id)).size).toBe(now.inputs.length + now.settings.length);
});

test("an input that is wired inside comes from outside no longer", () => {
  const wired = { ...INSIDE, nodes: [node("text", "input:text", { prompt: "x" }), ...INSIDE.nodes], edges: [edge("text.out-prompt > draw.in-prompt"), ...INSIDE.edges] };
  const now = content(wired);
  expect(differences(BEFORE, now).map(({ side, label, how }) => `${side} ${label} ${how}`)).toContain("inputs Prompt gone");
  expect(now.settings.map(({ node: of, param }) => `${of} ${param}`)).toContain("text prompt");
});

test("an inside that only stands elsewhere on the plane is the same, and one with another value is not", () => {
  const away = { ...INSIDE, nodes: INSIDE.nodes.map((one) => ({ ...one, position: { x: one.position.x + 300, y: one.position.y - 40 } })) };
  const other = { ...INSIDE, nodes: INSIDE.nodes.map((one) => (one.id === "small" ? { ...one, data: { ...one.data, params: { width: 65 } } } : one)) };
  expect([sameInside(INSIDE, away), sameInside(INSIDE, other), sameInside(INSIDE, { ...INSIDE, edges: [] })]).toEqual([true, false, false]);
});
