import { locale } from "./speak";

const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
const rules = new Intl.PluralRules(locale, { type: "ordinal" });

/** A place in a row: 3rd, and as most languages write it 3. with a dot. */
export function ordinal(place: number): string {
  return locale.startsWith("en") ? `${place}${ENDINGS[rules.select(place)] ?? "th"}` : `${place}.`;
}
