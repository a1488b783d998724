import { speaker } from "./sentences";
import type { Catalogue } from "./sentences";

/** The words of a language besides English: what the canvas itself says, and the names, settings and help of node types. */
interface Words {
  readonly canvas: Catalogue;
  readonly nodes: Catalogue;
}

declare global {
  /** Laid down by words-de.js, which the page loads before this for people who read German. Where it does not come, English is spoken. */
  var wireflowWords: Words | undefined;
}

const words = globalThis.wireflowWords;

/** The language that the server chose for this person. */
const language = typeof document === "undefined" ? "en" : document.documentElement.lang;

/** The language as this browser's person writes it where that is known: en-GB for en. */
export const locale = typeof navigator === "undefined" ? "en" : navigator.languages.find((one) => one.split("-")[0] === language) ?? language;

export const { t, counted, raw, number } = speaker(locale, words?.canvas ?? {});

/** A word of the catalog of node types in the person's language. */
export const { raw: word } = speaker(locale, words?.nodes ?? {});
