import { expect, test } from "vitest";

import { readFlow } from "../graph/flow";
import { outlineOf } from "../nodes/outline";
import type { Canvas } from "../store/canvas";
import { catalog, edge, node } from "../testing/catalog";
import { arranged } from "./tidying";

test("cards that were never measured are put in order as large as they are going to be, so that none covers another", () => {
  const doc = {
    name: "", edges: [edge("photo.out-image > a.in-image_a"), edge("photo.out-image > b.in-image_a"), edge("photo.out-image > c.in-background")],
    nodes: [node("photo", "input:image"), node("a", "utility:image_blend"), node("b", "utility:image_blend"), node("c", "utility:image_composite")],
  };
  const flow = readFlow(doc, catalog);
  const places = arranged({ catalog, document: { get: () => ({ flow }) }, sizes: new Map() } as unknown as Canvas, doc);
  const boxes = doc.nodes.map((one) => ({ ...outlineOf(catalog, flow, one), ...(places.get(one.id) ?? { x: NaN, y: NaN }) }));
  boxes.forEach((one, i) => {
    for (const other of boxes.slice(i + 1)) {
      expect(one.x + one.width <= other.x || other.x + other.width <= one.x || one.y + one.height <= other.y || other.y + other.height <= one.y).toBe(true);
    }
  });
});

test("cards that have not all of their lines yet are given the room for them", () => {
  const doc = { name: "", edges: [edge("photo.out-image > a.in-image_a"), edge("photo.out-image > b.in-image_a")], nodes: [node("photo", "input:image"), node("a", "utility:image_blend"), node("b", "utility:image_blend")] };
  const canvas = { catalog, document: { get: () => ({ flow: readFlow(doc, catalog) }) }, sizes: new Map(doc.nodes.map(({ id }) => [id, { width: 280, height: 200 }])) } as unknown as Canvas;
  const apart = (...has: readonly string[]) => {
    const places = arranged(canvas, doc, undefined, () => ({ querySelector: (selector: string) => (has.includes(selector) ? ({} as Element) : null) }));
    return (places.get("b")?.y ?? NaN) - (places.get("a")?.y ?? NaN) - 200;
  };
  const gap = apart(".card-foot", ".outlook");
  expect(apart(".outlook")).toBe(gap + 23);
  expect(apart(".card-foot", ".outlook", ".preview.text")).toBe(gap + 20);
  expect(apart(".card-foot", ".outlook", ".preview.text", ".preview.text.filled")).toBe(gap);
  expect(apart()).toBe(gap + 44);
});
