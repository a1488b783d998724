import { readFileSync, readdirSync } from "node:fs";
import ts from "typescript";

import { HANDLE_TYPES } from "../graph/catalog";

/** Attributes and properties that people get to read or hear. */
const READ = new Set([
  "alt", "aria-description", "aria-label", "aria-roledescription", "aria-valuetext", "fix", "label", "message", "nothing", "placeholder",
  "reason", "sentence", "summary", "text", "title", "word",
]);
/** Calls whose texts people get to read, and which argument that is. */
const TOLD: Readonly<Record<string, number>> = { toast: 0, edit: 0, no: 0, ApiError: 1, undoing: 1, takeBack: 1 };
/** Those that say a sentence, and where it stands; the number of `counted` goes before. */
const SAID: Readonly<Record<string, readonly number[]>> = { t: [0], rich: [0], counted: [1, 2] };
/** Names and units, which are the same in every language. */
const NAMES = new Set(["JSON", "Tab", "Wireflow UI"]);
const UNIT = /\} (ms|s|min|kB|MB)$/;
/** What looks like a sentence wherever it stands: two words, or a word beside what is filled in. */
const WORDS = /\p{L}{2}[\p{L}’]*[.,:;!?]? [\p{L}{]|\p{L}[.,:;!?]? \{|\} \p{L}/u;
/** What no person reads: selectors, markup, and what a program finds things by. */
const CODE = /[[\]<>=()]|^[.:]/;
const LOOKED_FOR = new Set(["closest", "matches", "querySelector", "querySelectorAll", "matchMedia", "Error"]);
const KEYS = new Set(["key", "name"]);
/** Where words stand that only a search reads. */
const SEARCHED = new Set(["SYNONYMS"]);

export interface Found {
  /** The English sentences; one that counts is its form for many, with that for one. */
  readonly sentences: ReadonlyMap<string, string | null>;
  /** Texts that are shown without being translated, and calls that no tool can read. */
  readonly faults: readonly string[];
}

const root = new URL("..", import.meta.url);

/** Read all that the canvas says out of its sources. */
export function gather(): Found {
  const sentences = new Map<string, string | null>();
  const faults: string[] = [];
  const likely: (readonly [text: string, fault: () => void])[] = [];
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(name) || /\.test\.ts$|^testing\/|^api\/schema\.ts$/.test(name)) continue;
    const file = ts.createSourceFile(name, readFileSync(new URL(name, root), "utf8"), ts.ScriptTarget.Latest, true);
    const fault = (node: ts.Node, what: string) => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      faults.push(`src/${name}:${line + 1}: ${what}: ${node.getText().trim().slice(0, 100)}`);
    };
    const visit = (node: ts.Node): void => {
      readCall(node, sentences, fault);
      const found = shown(node);
      for (const text of found) fault(text, "not in t()");
      const text = found.length === 0 ? sentence(node) : null;
      if (text !== null) likely.push([text, () => fault(node, "a sentence, not in t()")]);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  // What is said somewhere may be a key by which its translation is found.
  for (const [text, fault] of likely) if (!sentences.has(text)) fault();
  return { sentences, faults: [...new Set(faults)] };
}

function readCall(node: ts.Node, sentences: Map<string, string | null>, fault: (node: ts.Node, what: string) => void): void {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return;
  const places = SAID[node.expression.text];
  if (!places) return;
  const found = places.map((at) => {
    const argument = node.arguments[at];
    return argument === undefined ? [] : values(argument);
  });
  for (const value of found.flat()) {
    if (!ts.isStringLiteralLike(value)) fault(value, "only a plain string can be translated");
  }
  const last = found.at(-1) ?? [];
  for (const value of last) {
    if (ts.isStringLiteralLike(value)) sentences.set(value.text, places.length > 1 ? found[0]?.map((one) => (ts.isStringLiteralLike(one) ? one.text : "")).join(" ") ?? "" : null);
  }
}

/** What of a node's own people get to read although it is no sentence of the catalogue. */
function shown(node: ts.Node): readonly ts.Node[] {
  if (ts.isJsxText(node)) return isText(node.text) ? [node] : [];
  if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) return texts(node.expression);
  if (ts.isJsxAttribute(node) && READ.has(node.name.getText()) && node.initializer) {
    const given = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
    return given ? texts(given) : [];
  }
  if (ts.isPropertyAssignment(node) && READ.has(node.name.getText()) && !isHandleType(node.initializer)) return texts(node.initializer);
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
    const called = node.expression;
    const at = TOLD[ts.isPropertyAccessExpression(called) ? called.name.text : called.getText()];
    const told = at === undefined ? undefined : node.arguments?.[at];
    return told ? texts(told) : [];
  }
  return [];
}

/** A text that can hardly be anything but a sentence, wherever it stands and whatever becomes of it; null for all else. */
function sentence(node: ts.Node): string | null {
  const text = ts.isStringLiteralLike(node) ? node.text
    : ts.isTemplateExpression(node) ? node.head.text + node.templateSpans.map(({ literal }) => `{}${literal.text}`).join("") : null;
  const own = text?.replace("Wireflow UI", "");
  if (text === null || own === undefined || !WORDS.test(own.replace(UNIT, "}")) || CODE.test(own)) return null;
  for (let [at, around]: [ts.Node, ts.Node] = [node, node.parent]; !ts.isSourceFile(around); [at, around] = [around, around.parent]) {
    if (isQuiet(at, around)) return null;
  }
  return text;
}

/** Whether what stands here is no text that is shown, or is said to be a sentence by what it is given to. */
function isQuiet(node: ts.Node, around: ts.Node): boolean {
  if (ts.isImportDeclaration(around) || ts.isTypeNode(around)) return true;
  if (ts.isJsxAttribute(around)) return !READ.has(around.name.getText());
  if (ts.isPropertyAssignment(around)) return around.name === node || KEYS.has(around.name.getText());
  if (ts.isVariableDeclaration(around)) return KEYS.has(around.name.getText()) || SEARCHED.has(around.name.getText());
  if (!ts.isCallExpression(around) && !ts.isNewExpression(around)) return false;
  const { expression } = around;
  const called = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
  return node !== expression && (called in SAID || LOOKED_FOR.has(called));
}

/** A type of handle stands on the wire and is put into words elsewhere. */
function isHandleType(node: ts.Node): boolean {
  return ts.isStringLiteral(node) && HANDLE_TYPES.some((type) => type === node.text);
}

/** What an expression may come to, as far as that stands in it. */
function values(node: ts.Expression): readonly ts.Expression[] {
  if (ts.isParenthesizedExpression(node)) return values(node.expression);
  if (ts.isConditionalExpression(node)) return [...values(node.whenTrue), ...values(node.whenFalse)];
  return [node];
}

const JOINS = new Set([ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.PlusToken]);

/** The texts that an expression may come to. */
function texts(node: ts.Expression): readonly ts.Node[] {
  return values(node).flatMap((value): readonly ts.Node[] => {
    if (ts.isStringLiteralLike(value)) return isText(value.text) ? [value] : [];
    if (ts.isTemplateExpression(value)) {
      const own = [value.head, ...value.templateSpans.map(({ literal }) => literal)].map(({ text }) => text).join(" ");
      return isText(own.replace("Wireflow UI", "")) ? [value] : value.templateSpans.flatMap(({ expression }) => texts(expression));
    }
    if (ts.isBinaryExpression(value) && JOINS.has(value.operatorToken.kind)) return [...texts(value.left), ...texts(value.right)];
    if (ts.isArrayLiteralExpression(value)) return value.elements.flatMap(texts);
    // [a, b].filter(Boolean).join(" · ")
    if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression)) return texts(value.expression.expression);
    return [];
  });
}

function isText(text: string): boolean {
  return /\p{L}{2}/u.test(text.replace(/&\w+;|#rrggbb/g, "")) && !NAMES.has(text.trim());
}
