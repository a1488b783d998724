import { parse } from "../api/http";
import { t } from "../language/speak";
import type { NodeKind, Param } from "./catalog";
import { asObject, isList, isObject, written } from "./json";
import type { Json, JsonObject } from "./json";
import { nodeTypeOf } from "./types";
import type { GraphNode } from "./types";

/** Keys of `data` that mean something else than a parameter of that name. */
const RESERVED = new Set(["label", "nodeType", "category", "params", "config", "inputs", "outputs", "output", "result"]);

function lookUp(source: JsonObject, param: Param): Json | undefined {
  if (param.id in source) return source[param.id];
  const alias = param.aliases.find((name) => name in source);
  return alias === undefined ? undefined : source[alias];
}

/** The value as stored: config before params before data, else undefined. */
export function givenValue(param: Param, node: GraphNode): Json | undefined {
  return lookUp(asObject(node.data.config), param)
    ?? lookUp(asObject(node.data.params), param)
    ?? (RESERVED.has(param.id) ? undefined : lookUp(node.data, param));
}

/** The value that counts when nothing is wired; old spellings are read as their new ones. */
export function effective(kind: NodeKind, param: Param, node: GraphNode): Json {
  const given = givenValue(param, node);
  if (given === undefined) {
    const preset = asObject(kind.presets[nodeTypeOf(node)]);
    return preset[param.id] ?? param.default;
  }
  if (typeof given === "string" && param.valueAliases[given] !== undefined) return param.valueAliases[given];
  return given;
}

/** Whether a value is written on the node, which counts where nothing is wired into this input or parameter. */
export function isFilled(kind: NodeKind, node: GraphNode, { id, aliases }: { readonly id: string; readonly aliases: readonly string[] }): boolean {
  const bags = [asObject(node.data.config), asObject(node.data.params)];
  if (bags.some((bag) => [id, ...aliases].some((key) => key in bag && !isEmpty(bag[key] ?? null)))) return true;
  const param = kind.params.find((candidate) => candidate.id === id);
  return param !== undefined && !isEmpty(effective(kind, param, node));
}

/** Whether a field is shown: its show_if names other parameters and the values they must have. */
export function isShown(kind: NodeKind, param: Param, node: GraphNode): boolean {
  return Object.entries(param.showIf).every(([id, wanted]) => {
    const other = kind.params.find((candidate) => candidate.id === id);
    if (!other) return true;
    const value = effective(kind, other, node);
    return isList(wanted) ? wanted.includes(value) : wanted === value;
  });
}

export function acceptedFiles(kind: NodeKind, param: Param, node: GraphNode): readonly string[] {
  for (const [id, byValue] of Object.entries(param.acceptBy)) {
    const other = kind.params.find((candidate) => candidate.id === id);
    const value = other ? effective(kind, other, node) : null;
    const list = typeof value === "string" ? asObject(byValue)[value] : undefined;
    if (isList(list)) return list.filter((item) => typeof item === "string");
  }
  return param.accept;
}

/** The choices of an enum, or of a text that takes them from another parameter. */
export function choicesOf(kind: NodeKind, param: Param, node: GraphNode): readonly { value: Json; label: string }[] {
  const source = param.optionsFrom.startsWith("param:") ? param.optionsFrom.slice(6) : null;
  const other = kind.params.find((candidate) => candidate.id === source);
  const values = other ? effective(kind, other, node) : param.values;
  return (isList(values) ? values : []).map((item) =>
    isObject(item)
      ? { value: item.value ?? null, label: written(item.label ?? item.value) }
      : { value: item, label: param.choices.get(item) ?? written(item) },
  );
}

const NUMBER = /^\s*-?\d{1,15}(\.\d{1,15})?\s*$/;
/** So many characters a text may have, a choice of one's own, and the address of a file. */
const LONGEST: Readonly<Partial<Record<Param["type"], number>>> = { text: 50_000, string: 50_000, enum: 200, asset: 2_048 };
/** What is no value of these, where the default does not hold either. */
const NEVER_BLANK: ReadonlySet<Param["type"]> = new Set(["enum", "int", "float", "bool", "color"]);

/** The length as the server counts it: a sign beyond the first 65,536 is one. */
function lengthOf(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}

/**
 * Why the value cannot be used, in words, or null. Empty required texts are the problem list's business. The server does
 * the same (`workflows/values.py`), and `tests/workflows/values.json` holds both to it.
 */
export function whyBad(param: Param, value: Json): string | null {
  const { type, min, max } = param;
  if (value === null || (value === "" && (param.nullable || !NEVER_BLANK.has(type)))) return null;
  if (type === "int" || type === "float") {
    const number = typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
    if (typeof number !== "number") return t("This must be a number.");
    if (type === "int" && !Number.isInteger(number)) return t("This must be a whole number.");
    if (min !== null && number < min) return t("The smallest value is {min}.", { min });
    if (max !== null && number > max) return t("The largest value is {max}.", { max });
  }
  if (type === "enum" && !param.allowCustom && param.values.length > 0 && !param.values.some((one) => written(one) === written(value)) && !(isObject(value) && param.values.includes("custom"))) {
    return t("{value} is not one of the choices: {choices}.", { value: written(value), choices: param.values.map((one) => written(one)).join(", ") });
  }
  const most = LONGEST[type] ?? Infinity;
  if (typeof value === "string" && value.length > most && lengthOf(value) > most) {
    return t("This has {length} characters, and {most} is the most: {over} too many.", { length: lengthOf(value), most, over: lengthOf(value) - most });
  }
  if (type === "json" && param.shape !== "" && value !== "") {
    const parsed = typeof value === "string" ? (parse(value) as Json) : value;
    if (param.shape === "object" && !isObject(parsed)) return t("This must be a JSON object.");
    if (param.shape === "list" && !isList(parsed)) return t("This must be a JSON list.");
  }
  if (param.pattern !== "" && typeof value === "string" && !new RegExp(`^(?:${param.pattern})$`).test(value)) {
    return t("{value} does not have the form {pattern}.", { value, pattern: param.pattern });
  }
  return null;
}

export function isEmpty(value: Json): boolean {
  return value === null || value === "" || (isList(value) && value.length === 0);
}

/** Up to four fields for the card itself: one text, or more that are filled. JSON needs the inspector's room. */
export function cardParams(kind: NodeKind, node: GraphNode, wired: ReadonlySet<string>): readonly Param[] {
  const pinned = new Set(isList(node.data.cardParams) ? node.data.cardParams : []);
  let texts = 0;
  const main = kind.params.filter((param) => {
    if (param.advanced || param.type === "asset" || param.type === "asset_list" || !isShown(kind, param, node)) return false;
    if (param.type === "json") return kind.params.length === 1 || param.required;
    return param.type !== "text" || texts++ === 0 || !isEmpty(effective(kind, param, node));
  });
  const usual = new Set(main.slice(0, 4));
  return kind.params.filter((param) => usual.has(param) || pinned.has(param.id) || wired.has(param.id));
}
