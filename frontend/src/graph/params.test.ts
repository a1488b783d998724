import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { parseParam } from "../api/catalog";
import { asList, asNumber, asObject, asText, isObject } from "./json";
import type { Json } from "./json";
import { whyBad } from "./params";

const vectors = asList(JSON.parse(readFileSync(new URL("../../../tests/workflows/values.json", import.meta.url), "utf8"))).map(asObject);

/** Long texts are told by what they repeat. */
function valueOf(told: Json): Json {
  return isObject(told) && "repeat" in told ? asText(told.repeat).repeat(asNumber(told.times) ?? 0) : told;
}

test.each(vectors.map((vector) => [asText(vector.fact), vector] as const))("%s fits as the server says", (_, { param, value, fits }) => {
  expect(whyBad(parseParam(asObject(param)), valueOf(value ?? null)) === null).toBe(fits);
});

test("a text that is too long says the limit and how much is too much", () => {
  expect(whyBad(parseParam({ id: "prompt", type: "text" }), "x".repeat(50_120))).toBe("This has 50\u202f120 characters, and 50\u202f000 is the most: 120 too many.");
});
