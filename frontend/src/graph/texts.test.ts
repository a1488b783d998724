import { readFileSync } from "node:fs";

import fc from "fast-check";
import { expect, test } from "vitest";

import { asList, asNumber, asObject, asText } from "./json";
import { mergeText, placeIn, Steps } from "./texts";

const vectors = asList(JSON.parse(readFileSync(new URL("../../../tests/workflows/texts.json", import.meta.url), "utf8"))).map(asObject);
/** Few signs, so that the same comes again and again. */
const some = fc.string({ unit: fc.constantFrom("a", "b", " ", "\n", "é", "😀", "😁", "日"), maxLength: 20 });

test.each(vectors.map((vector) => [asText(vector.fact), vector] as const))("%s", (_, { was, mine, theirs, both, steps }) => {
  expect(mergeText(asText(was), asText(mine), asText(theirs), new Steps(asNumber(steps) ?? undefined))).toBe(asText(both));
});

test("over what nobody else changed a change is itself", () => {
  fc.assert(fc.property(some, some, (was, now) => {
    expect([mergeText(was, now, was, new Steps(0)), mergeText(was, was, now, new Steps(0)), mergeText(was, now, now, new Steps(0))]).toEqual([now, now, now]);
  }));
});

test("of two who change different words both are kept, of one word mine, and no sign is cut in two", () => {
  const edits = fc.array(fc.constantFrom(null, null, null, "x", "x-y", "x😀z"), { minLength: 1, maxLength: 40 });
  fc.assert(fc.property(edits, edits, (mine, theirs) => {
    const places = [...mine.slice(0, theirs.length).keys()];
    const by = (name: string, put: typeof edits extends fc.Arbitrary<infer T> ? T : never) => places.map((i) => put[i]?.replace("x", `${name}${i}`) ?? null);
    const text = (put: readonly (string | null)[]) => put.map((word, i) => word ?? `w${i}`).join(" ");
    const [ours, others] = [by("m", mine), by("t", theirs)];
    const merged = mergeText(text(places.map(() => null)), text(ours), text(others), new Steps());
    expect(merged).toBe(text(places.map((i) => ours[i] ?? others[i] ?? null)));
    expect(merged.isWellFormed()).toBe(true);
  }));
});

test("texts of a hundred thousand characters are merged word by word within the steps that one edit has", () => {
  let seed = 1;
  const words = Array.from({ length: 11_000 }, () => `word${(seed = (seed * 16_807) % 2_147_483_647) % 3_000}`);
  const by = (name: string, place: number) => words.map((word, i) => (i % 10 === place ? `${name}${i}` : word)).join(" ");
  const merged = mergeText(words.join(" "), by("m", 0), by("t", 1), new Steps()).split(" ");
  expect(merged).toEqual(words.map((word, i) => [`m${i}`, `t${i}`][i % 10] ?? word));
});

test.each([
  ["a |fox", "a red fox", "a |red fox"],
  ["a f|ox", "a red fox", "a red f|ox"],
  ["one two th|ree", "1 two three four", "1 two th|ree four"],
  ["one tw|o three", "one 2 three", "one 2| three"],
  ["one two|", "one two three", "one two| three"],
  ["on|e", "", "|"],
])("a caret at %s is after another made %s of it at %s", (before, now, after) => {
  expect(placeIn(before.replace("|", ""), now, before.indexOf("|"))).toBe(after.indexOf("|"));
});
