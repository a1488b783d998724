import { expect, test } from "vitest";

import { tableOf } from "./table-of-files";

test("each file is a row under the name of the input, whatever it is called", () => {
  expect(tableOf('The "good" one', [{ name: "a, b.png", asset: "ast_1" }, { name: "c.png", asset: "ast_2" }])).toBe('"name","The ""good"" one"\n"a, b.png","ast_1"\n"c.png","ast_2"');
});

test("the names of the files are left out where an input is called so", () => {
  expect(tableOf("n1", [{ name: "a.png", asset: "ast_1" }], false)).toBe('"n1"\n"ast_1"');
});
