import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { align } from "./align";
import { group, move, withGroups } from "./changes";
import { insertOn } from "./insert";
import { addPoint, pointsOf, setPoints } from "./reroute";
import { sharedParams } from "./shared";

const DOC = {
  name: "", nodes: [node("draw", "generate:nano_banana_2"), node("small", "utility:image_resize", {}, 400), node("mid", "utility:image_resize", {}, 200, 300), node("text", "input:text")],
  edges: [edge("draw.out-images > small.in-image")],
};
const WIRE = DOC.edges[0]?.id ?? "";

test("a card dropped on a wire stands in its middle, and one that does not fit changes nothing", () => {
  expect(insertOn(DOC, catalog, "mid", WIRE)?.edges).toMatchObject([
    { source: "draw", target: "mid", targetHandle: "in-image" }, { source: "mid", target: "small", targetHandle: "in-image" },
  ]);
  expect(insertOn(DOC, catalog, "text", WIRE)).toBeNull();
  expect(insertOn(DOC, catalog, "draw", WIRE)).toBeNull();
});

test("a dot goes where its wire passes, moves with both ends and leaves no trace when it is taken away", () => {
  const dots = addPoint([{ x: 100, y: 0 }], { x: 0, y: 0 }, { x: 200, y: 0 }, { x: 150, y: 10 });
  expect(dots).toEqual([{ x: 100, y: 0 }, { x: 150, y: 10 }]);
  const led = setPoints(WIRE, dots)(DOC);
  const both = move(new Map([["draw", { x: 10, y: 20 }], ["small", { x: 410, y: 20 }]]))(led);
  expect(both.edges.flatMap(pointsOf)).toEqual([{ x: 110, y: 20 }, { x: 160, y: 30 }]);
  expect(move(new Map([["draw", { x: 10, y: 20 }]]))(led).edges).toBe(led.edges);
  expect(JSON.stringify(setPoints(WIRE, [])(led).edges[0])).toBe(JSON.stringify(setPoints(WIRE, [])(DOC).edges[0]));
});

test("cards come into one line, or get even gaps", () => {
  const sizes = new Map(DOC.nodes.map(({ id }) => [id, { width: 100, height: 50 }]));
  const three = DOC.nodes.slice(0, 3);
  expect([...align(three, sizes, "bottom").values()].map(({ y }) => y)).toEqual([300, 300, 300]);
  expect([...align(three, sizes, "across")].map(([id, { x }]) => [id, x])).toEqual([["draw", 0], ["mid", 200], ["small", 400]]);
});

test("a group is its members too, and nodes share the settings that both have", () => {
  const boxed = group(["draw", "small"], new Map())(DOC);
  expect([...withGroups(boxed, new Set(["group-1"]))]).toEqual(["group-1", "draw", "small"]);
  const ids = sharedParams(catalog, DOC.nodes.slice(1, 3)).map(({ id }) => id);
  expect(ids).toContain("width");
  expect(sharedParams(catalog, [...DOC.nodes.slice(1, 3), ...DOC.nodes.slice(3)])).toEqual([]);
});
