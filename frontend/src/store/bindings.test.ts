import { expect, test } from "vitest";

import { USUAL, bind, keysOf, readBindings, writeBindings } from "./bindings";
import { writtenKey } from "../actions/keys";

const action = (name: string, ...keys: string[]) => ({ name, keys });
const fit = action("fit", "1", "shift+1");
const add = action("add", "tab");

test("a preset changes some keys, a hand more, and the rest stays", () => {
  expect(keysOf(fit, USUAL)).toEqual(["1", "shift+1"]);
  expect(keysOf(fit, { preset: "figma", own: {} })).toEqual(["shift+1"]);
  expect(keysOf(fit, { preset: "figma", own: { fit: ["f9"] } })).toEqual(["f9"]);
  expect(keysOf(add, { preset: "comfyui", own: {} })).toEqual(["tab"]);
});

test("a key has one action: who had it loses it and is named", () => {
  const { bindings, from } = bind([fit, add], USUAL, "add", "1");
  expect(from).toBe(fit);
  expect([keysOf(add, bindings), keysOf(fit, bindings)]).toEqual([["1"], ["shift+1"]]);
  expect(bind([fit, add], bindings, "add", "1").from).toBeNull();
});

test("what is kept comes back, and garbage is the usual", () => {
  const mine = { preset: "n8n" as const, own: { add: ["a"] } };
  expect(readBindings(JSON.parse(JSON.stringify(writeBindings(mine))))).toEqual(mine);
  for (const garbage of [null, 3, [], { preset: "emacs", own: 4 }]) expect(readBindings(garbage)).toEqual(USUAL);
});

test("a press is written as it is read", () => {
  const press = { key: "Z", code: "KeyZ", ctrlKey: true, metaKey: false, altKey: false, shiftKey: true };
  expect(writtenKey(press, false)).toBe("mod+shift+z");
  expect(writtenKey({ ...press, key: "?", code: "Slash", ctrlKey: false }, false)).toBe("?");
  expect(writtenKey({ ...press, key: "ç", code: "KeyC", ctrlKey: false, altKey: true }, false)).toBe("alt+shift+c");
  expect(writtenKey({ ...press, key: "Control" }, false)).toBeNull();
});
