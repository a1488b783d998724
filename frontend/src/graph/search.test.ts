import { expect, test } from "vitest";

import { parseCatalog } from "../api/catalog";
import { catalog } from "../testing/catalog";
import { entriesOf, search } from "./search";

const names = (question: string) => search(entriesOf(catalog), question).map(({ name }) => name);

test("a node is found by what it makes, what it takes and what it is for", () => {
  const video = names("video");
  expect(video.slice(0, 8).every((name) => name.includes("video"))).toBe(true);
  expect(video).toContain("utility:video_frame"); // it takes one
  expect(names("upscale")[0]).toMatch(/^upscale:/);
  expect(names("flux")[0]).toMatch(/flux/);
  const makes = names("audio").slice(0, 12).map((name) => catalog.kinds.get(name)?.outputs.some(({ type }) => type === "AUDIO"));
  expect(makes.filter(Boolean).length).toBeGreaterThan(6);
});

test("a node is found by the models that can be chosen in it", () => {
  expect(names("gpt-image-2")).toContain("generate:gpt_image");
});

test("a node is found by who serves it and what it is called there, behind those that are called so themselves", () => {
  const entry = (type: string, title: string, served_by: readonly string[]) => ({ type, title, category: "generate", served_by });
  const found = search(entriesOf(parseCatalog({ types: [entry("generate:one", "One", ["fal", "fal.ai", "fal-ai/one/v2"]), entry("generate:fal", "Fal", []), entry("generate:two", "Two", [])], accepts: {}, categories: [] })), "fal");
  expect(found.map(({ name }) => name)).toEqual(["generate:fal", "generate:one"]);
});

test("what nothing is called like finds nothing", () => {
  expect(names("zzqx")).toEqual([]);
});
