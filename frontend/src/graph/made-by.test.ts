import { expect, test } from "vitest";

import { placed, makerOf } from "./made-by";

const picture = (url: string) => ({ image: { url, width: 10 } });
const ran = (output: ReturnType<typeof picture>, more: { readonly cached?: boolean; readonly provider?: string } = {}) => [{ output, cached: false, provider: "", ...more }];

test("a picture is of the node that asked a provider, not of those that pass it on", () => {
  const execution = { id: "e", startTime: 5, byNode: new Map([["out", ran(picture("/a.png"))], ["gen", ran(picture("/a.png"), { provider: "fal" })]]) };
  expect(makerOf([execution], "/a.png")).toEqual({ nodeId: "gen", execution: "e", at: 5 });
  expect(makerOf([execution], "/b.png")).toBeNull();
});

test("a picture that is reused is of the execution that made it", () => {
  const newer = { id: "new", startTime: 9, byNode: new Map([["gen", ran(picture("/a.png"), { provider: "fal", cached: true })]]) };
  const older = { id: "old", startTime: 5, byNode: new Map([["gen", ran(picture("/a.png"), { provider: "fal" })]]) };
  expect(makerOf([newer, older], "/a.png")?.execution).toBe("old");
  expect(makerOf([newer], "/a.png")?.execution).toBe("new");
});

test("things are placed among their own kind", () => {
  expect(placed(["a", "b", "a"], (one) => one)).toEqual([{ place: 1, count: 2 }, { place: 1, count: 1 }, { place: 2, count: 2 }]);
});
