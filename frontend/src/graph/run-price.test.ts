import { expect, test } from "vitest";

import { catalog } from "../testing/catalog";
import { findKind } from "./catalog";
import { pricedBy, runPrice } from "./run-price";
import type { Estimate } from "./run-price";

const NOTHING: ReadonlySet<string> = new Set();
const SEVEN: Estimate = { credits: 7, reused: 0, open: [], running: ["draw"], sufficient: true, available: 100 };

test("a price that is known is said as it is", () => {
  expect(runPrice(SEVEN, NOTHING)).toEqual({ before: "", credits: 7, reused: false, reason: "" });
});

test("nothing to pay because everything is there is said to be reused", () => {
  const price = runPrice({ ...SEVEN, credits: 0, reused: 1, running: [] }, NOTHING);
  expect(price).toEqual({ before: "", credits: 0, reused: true, reason: "One result is reused; “Run anew” makes all again." });
  expect(runPrice({ ...SEVEN, credits: 0, running: [] }, NOTHING).reused).toBe(false);
});

test("a list of unknown length makes it a least, with what each item costs", () => {
  const price = runPrice({ ...SEVEN, credits: 8, reused: 2, open: [{ label: "Frame", unit: 7 }] }, new Set(["draw"]));
  expect(price.before).toBe("at least ");
  expect(price.reason).toBe("How often “Frame” runs shows only during the run; each time costs 7 credits. 2 results are reused; “Run anew” makes all again.");
});

test("a priced setting over a wire makes it a most, unless that node's result is reused", () => {
  expect(runPrice(SEVEN, new Set(["draw"])).before).toBe("up to ");
  expect(runPrice({ ...SEVEN, running: ["other"] }, new Set(["draw"])).before).toBe("");
});

test("what a price follows is read from the catalog", () => {
  const kinds = [...catalog.kinds.values()];
  expect(kinds.some((kind) => pricedBy(kind).size > 0)).toBe(true);
  for (const kind of kinds) for (const name of pricedBy(kind)) expect(kind.params.some(({ id }) => id === name), `${kind.name}: ${name}`).toBe(true);
  const text = findKind(catalog, "input:text");
  expect(text && pricedBy(text).size).toBe(0);
});
