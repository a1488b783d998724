import { expect, test } from "vitest";

import { catalog, edge, node } from "../testing/catalog";
import { setData } from "./changes";
import { pictureOf } from "./picture";

test("a picture has every card by its name and every wire, and nothing in a name is read as markup", () => {
  const doc = setData("text", { label: "<b>&" })({
    name: "", nodes: [node("text", "input:text"), node("draw", "generate:nano_banana_2", {}, 400)], edges: [edge("text.out-prompt > draw.in-prompt")],
  });
  const picture = pictureOf(doc, catalog, new Map());
  expect(picture.match(/<rect/g)?.length).toBe(3);
  expect(picture.match(/<path/g)?.length).toBe(1);
  expect(picture).toContain(">Nano Banana 2</text>");
  expect(picture).toContain(">&#60;b&#62;&#38;</text>");
});
