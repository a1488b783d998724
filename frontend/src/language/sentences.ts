/** The forms of a sentence that counts, by the rules of Intl.PluralRules. */
type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;

/** Sentences of one language, each under its English one; one that counts stands under its English form for many. */
export type Catalogue = Readonly<Record<string, string | Forms>>;

type Named<Sentence extends string> = Sentence extends `${string}{${infer Name}}${infer Rest}` ? Name | Named<Rest> : never;

/** What a sentence names in braces, and nothing else. */
export type Values<Sentence extends string, Value = string | number> = Readonly<Record<Named<Sentence>, Value>>;

/** No second argument where a sentence names nothing. */
type Given<Sentence extends string> = Named<Sentence> extends never ? [] : [values: Values<Sentence>];

export interface Speaker {
  /** A whole sentence; what stands in braces is filled in, numbers as the language writes them. */
  readonly t: <Sentence extends string>(sentence: Sentence, ...given: Given<Sentence>) => string;
  /** A sentence that counts; `{count}` is the number. */
  readonly counted: <One extends string, Many extends string>(count: number, one: One, many: Many, ...given: Given<Uncounted<One | Many>>) => string;
  /** The sentence in its language, its braces as they are. */
  readonly raw: (sentence: string) => string;
  readonly number: (value: number) => string;
}

/** The sentence without what `counted` fills in by itself. */
type Uncounted<Sentence extends string> = Sentence extends `${infer Before}{count}${infer After}` ? `${Before}${After}` : Sentence;

const BRACES = /\{(\w+)\}/g;

/** Speak a language. A sentence that its catalogue does not know is said in English. */
export function speaker(locale: string, words: Catalogue): Speaker {
  const rules = new Intl.PluralRules(locale);
  const written = new Intl.NumberFormat(locale);
  const english = new Intl.PluralRules("en");
  // Thousands are set apart by narrow spaces, as on pages, in every language.
  const number = (value: number) => written.formatToParts(value).map((part) => (part.type === "group" ? "\u202f" : part.value)).join("");
  const fill = (sentence: string, values: Readonly<Record<string, string | number>>) =>
    sentence.replace(BRACES, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? number(value) : value;
    });
  const raw = (sentence: string) => {
    const found = Object.hasOwn(words, sentence) ? words[sentence] : undefined;
    return typeof found === "string" && found !== "" ? found : sentence;
  };
  return {
    raw, number,
    t: (sentence, ...[values]) => (values === undefined ? raw(sentence) : fill(raw(sentence), values)),
    counted: (count, one, many, ...[values]) => {
      const forms = Object.hasOwn(words, many) ? words[many] : undefined;
      const own = typeof forms === "object" ? (forms[rules.select(count)] ?? forms.other) : forms;
      return fill(own ?? (english.select(count) === "one" ? one : many), { count, ...values });
    },
  };
}

/** A sentence cut at its braces: texts, and the names of what stands between them. */
export function pieces(sentence: string): readonly (readonly [kind: "text" | "name", text: string])[] {
  return sentence.split(BRACES).map((text, i) => [i % 2 === 0 ? "text" : "name", text]);
}
