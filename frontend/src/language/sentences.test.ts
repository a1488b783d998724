import { expect, test } from "vitest";

import { pieces, speaker } from "./sentences";

const english = speaker("en", {});
const german = speaker("de", {
  "Pasted {name} at {place}.": "Bei {place} eingefügt: {name}.",
  "{count} nodes": { one: "{count} Knoten", other: "{count} Knoten" },
  "{count} wires of {name}": { one: "eine Verbindung von {name}", other: "{count} Verbindungen von {name}" },
  Untold: "",
});

test("a language may order what a sentence names otherwise", () => {
  expect(english.t("Pasted {name} at {place}.", { name: "Heron", place: "noon" })).toBe("Pasted Heron at noon.");
  expect(german.t("Pasted {name} at {place}.", { name: "Heron", place: "noon" })).toBe("Bei noon eingefügt: Heron.");
});

test("what is not translated is said in English", () => {
  expect(german.t("Nobody translated {this}", { this: "me" })).toBe("Nobody translated me");
  expect(german.t("Untold")).toBe("Untold");
  expect(german.t("constructor")).toBe("constructor");
});

test("a sentence that counts takes the form of its language", () => {
  expect([0, 1, 2].map((count) => english.counted(count, "{count} wire of {name}", "{count} wires of {name}", { name: "a" })))
    .toEqual(["0 wires of a", "1 wire of a", "2 wires of a"]);
  expect([0, 1, 2].map((count) => german.counted(count, "{count} wire of {name}", "{count} wires of {name}", { name: "a" })))
    .toEqual(["0 Verbindungen von a", "eine Verbindung von a", "2 Verbindungen von a"]);
  const polish = speaker("pl", { "{count} nodes": { one: "{count} węzeł", few: "{count} węzły", many: "{count} węzłów", other: "{count} węzła" } });
  expect([1, 3, 5].map((count) => polish.counted(count, "{count} node", "{count} nodes"))).toEqual(["1 węzeł", "3 węzły", "5 węzłów"]);
});

test("numbers are written as the language writes them, thousands apart by narrow spaces", () => {
  expect(english.t("{price} credits", { price: 12345.5 })).toBe("12\u202f345.5 credits");
  expect(german.t("{price} credits", { price: 12345.5 })).toBe("12\u202f345,5 credits");
});

test("what a name stands for is not read for braces again", () => {
  expect(english.t("Undone: {label}", { label: "Rename {label}" })).toBe("Undone: Rename {label}");
});

test("a sentence is cut at its braces", () => {
  expect(pieces("Made by {name}.")).toEqual([["text", "Made by "], ["name", "name"], ["text", "."]]);
});
