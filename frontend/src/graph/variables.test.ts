import { expect, test } from "vitest";

import { piecesOf } from "./variables";

test("names between braces are pieces of their own, and all pieces together are the text", () => {
  const text = "A {{ animal }} on {{place}}{{ }} {x}";
  expect(piecesOf(text).filter(({ name }) => name !== null).map(({ name }) => name)).toEqual(["animal", "place"]);
  expect(piecesOf(text).map((piece) => piece.text).join("")).toBe(text);
  expect(piecesOf("")).toEqual([]);
});
