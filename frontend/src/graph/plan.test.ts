import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { estimateOf, parsePlan, startFrom, startOf, wantedBy } from "./plan";

const doc = {
  name: "", nodes: [node("ask", "input:text"), node("draw", "generate:nano_banana_2"), node("after", "utility:image_resize")],
  edges: [edge("ask.out-prompt > draw.in-prompt"), edge("draw.out-image > after.in-image")],
};

test("one node is a target, several are wanted and made anew", () => {
  expect(startOf(["draw"])).toEqual({ target: "draw", targets: [], anew: [], force: false });
  expect(startOf(["draw", "after"])).toEqual({ target: null, targets: ["draw", "after"], anew: ["draw", "after"], force: false });
  expect(wantedBy(startOf(["draw"]))).toEqual(["draw"]);
});

test("from a node on, all that hangs on it is wanted and only the node itself made anew", () => {
  expect(startFrom(doc, ["draw"])).toEqual({ target: null, targets: ["draw", "after"], anew: ["draw"], force: false });
});

test("a plan is a price: what runs, what is kept and what nobody knows", () => {
  const plan = parsePlan({
    credits: 14, seconds: 9.5, availableCredits: 20, sufficient: true,
    nodes: [{ nodeId: "draw", state: "run", credits: 14, unitCredits: 7, times: 2, isOpen: true, seconds: 9 }, { nodeId: "after", state: "dream" }],
  });
  expect(plan.nodes.get("after")?.fate).toBe("run");
  expect(estimateOf(plan, doc, catalog)).toEqual({
    credits: 14, sufficient: true, available: 20, reused: 0, running: ["draw"], open: [{ label: "Nano Banana 2", unit: 7 }],
  });
});
