import { readFileSync, readdirSync } from "node:fs";
import ts from "typescript";

import { HANDLE_TYPES } from "../graph/catalog";

/** Attributes and properties that people get to read or hear. */
const READ = new Set([
  "alt", "aria-description", "aria-label", "aria-roledescription", "aria-valuetext", "fix", "label", "message", "nothing", "placeholder",
  "reason", "sentence", "text", "title", "word",
]);
/** Calls whose texts people get to read, and which argument that is. */
const TOLD: Readonly<Record<string, number>> = { toast: 0, edit: 0, no: 0, ApiError: 1, undoing: 1, takeBack: 1 };
/** Those that say a sentence, and where it stands; the number of `counted` goes before. */
const SAID: Readonly<Record<string, readonly number[]>> = { t: [0], rich: [0], counted: [1, 2] };
/** Names, which are the same in every language. */
const NAMES = new Set(["JSON", "Tab", "Wireflow UI"]);

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
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!/\.tsx?$/.test(name) || /\.test\.ts$|^testing\/|^api\/schema\.ts$/.test(name)) continue;
    const file = ts.createSourceFile(name, readFileSync(new URL(name, root), "utf8"), ts.ScriptTarget.Latest, true);
    const fault = (node: ts.Node, what: string) => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      faults.push(`src/${name}:${line + 1}: ${what}: ${node.getText().trim().slice(0, 100)}`);
    };
    const visit = (node: ts.Node): void => {
      readCall(node, sentences, fault);
      for (const text of shown(node)) fault(text, "not in t()");
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { sentences, faults };
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
