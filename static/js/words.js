// What scripts say, in the language of the page. English stands in the scripts; the others come when they are needed.
const language = document.documentElement.lang;
const known = language === "en" ? {} : (await import(`./words-${language}.js`)).default;

// t("{count} ticked", { count }): the sentence with its places filled.
export const t = (sentence, values = {}) => (known[sentence] ?? sentence).replace(/\{(\w+)\}/g, (_, name) => values[name]);
export { language };
