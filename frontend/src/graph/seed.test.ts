import { expect, test } from "vitest";

import { catalog } from "../testing/catalog";
import { whyBad } from "./params";
import { seedOf, someSeed } from "./seed";

const kinds = [...catalog.kinds.values()];

test("many models have a seed that can be left to chance", () => {
  expect(kinds.filter(seedOf).length).toBeGreaterThan(20);
  expect(kinds.filter(({ name }) => name === "input:text").flatMap((kind) => seedOf(kind) ?? [])).toEqual([]);
});

test.each([0, 0.5, 0.999_999_999])("a seed by chance (%d) is one that the setting takes", (chance) => {
  for (const param of kinds.flatMap((kind) => seedOf(kind) ?? [])) expect(whyBad(param, someSeed(param, chance))).toBeNull();
});

test("the least and the most are among them", () => {
  expect([someSeed({ min: 3, max: 5 }, 0), someSeed({ min: 3, max: 5 }, 0.999), someSeed({ min: null, max: null }, 0)]).toEqual([3, 5, 0]);
});

test("a seed is exact where a node takes longer ones than a program can write", () => {
  expect(Number.isSafeInteger(someSeed({ min: 0, max: 2 ** 64 - 1 }, 0.999))).toBe(true);
});
