import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";

import { asObject, isObject } from "../graph/json";
import { spoken } from "../testing/catalog";
import { gather } from "../testing/words";
import { pieces } from "./sentences";

const found = gather();

interface Book {
  readonly file: URL;
  readonly sentences: ReadonlyMap<string, string | null>;
}

const BOOKS: readonly Book[] = [
  { file: new URL("de.json", import.meta.url), sentences: found.sentences },
  { file: new URL("de-nodes.json", import.meta.url), sentences: new Map([...spoken].map((text) => [text, null])) },
];

function read(file: URL): Readonly<Record<string, unknown>> {
  return asObject(JSON.parse(readFileSync(file, "utf8")));
}

function forms(words: unknown): readonly unknown[] {
  return isObject(words) ? Object.values(words) : [words];
}

/** `npm run words`: put in what is new with nothing beside it, and leave out what nobody says any more. */
function write({ file, sentences }: Book): void {
  const known = read(file);
  const entries = [...sentences.keys()].sort((a, b) => a.localeCompare(b, "en")).map((sentence) =>
    [sentence, Object.hasOwn(known, sentence) ? known[sentence] : typeof sentences.get(sentence) === "string" ? { one: "", other: "" } : ""]);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}

if (process.env.WORDS === "write") BOOKS.forEach(write);

test("every text that is shown goes through t()", () => {
  expect(found.faults).toEqual([]);
});

test.each(BOOKS)("every sentence is in the catalogue, none that nobody says", ({ file, sentences }) => {
  const known = read(file);
  expect([...sentences.keys()].filter((sentence) => !Object.hasOwn(known, sentence)), "Run `npm run words` and translate what is new.").toEqual([]);
  expect(Object.keys(known).filter((sentence) => !sentences.has(sentence)), "Run `npm run words`.").toEqual([]);
});

test.each(BOOKS)("every sentence is translated, and names what the English one names", ({ file, sentences }) => {
  const named = (text: unknown) => new Set(pieces(String(text)).flatMap(([kind, name]) => (kind === "name" ? name : [])));
  const isRight = (sentence: string, words: unknown) => {
    const counts = isObject(words);
    const one = sentences.get(sentence);
    if (counts !== (typeof one === "string") || (counts && !Object.hasOwn(words, "other"))) return false;

    // Each form of a sentence that counts may leave out what it needs not.
    return forms(words).every((form) => {
      const [ours, theirs] = [named(`${sentence} ${one ?? ""}`), named(form)];
      return form !== "" && [...theirs].every((name) => ours.has(name)) && (counts || ours.size === theirs.size);
    });
  };
  expect(Object.entries(read(file)).filter(([sentence, words]) => !isRight(sentence, words))).toEqual([]);
});
