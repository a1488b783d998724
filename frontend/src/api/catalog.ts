import { HANDLE_TYPES, humanise } from "../graph/catalog";
import type { Catalog, DynamicPorts, HandleType, InputPort, NodeKind, OutputPort, Param, ParamType } from "../graph/catalog";
import { asList, asNumber, asObject, asText, asTexts, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { STICKY_NOTE } from "../graph/types";
import type { Wire } from "./call";
import { bare } from "../graph/ports";
import { word } from "../language/speak";

/** Puts a word of the catalog into the language of the canvas. */
type Say = (english: string) => string;

const PARAM_TYPES: ReadonlySet<string> = new Set([
  "enum", "int", "float", "bool", "string", "text", "color", "color_list", "asset", "asset_list", "json",
]);

/** Settings whose choices are names, the same in every language. */
const NAMES = new Set(["checkpoint", "font", "format", "model", "model_version", "output_format", "resample", "voice"]);

/** What the choices of a setting are called, where they are words: `bottom-left` is, `1K`, `16:9` and `png` are not. */
function parseChoices(param: JsonObject, say: Say): ReadonlyMap<unknown, string> {
  if (NAMES.has(asText(param.id))) return new Map();
  return new Map(asTexts(param.values).filter((value) => /^[a-z]{3,}([-_ ][a-z]+)*$/.test(value)).map((value) => [value, say(value)]));
}

function handleType(value: unknown): HandleType {
  return HANDLE_TYPES.find((type) => type === value) ?? "ANY";
}

function isParamType(value: string): value is ParamType {
  return PARAM_TYPES.has(value);
}

function parseInput(port: JsonObject, say: Say): InputPort {
  const id = asText(port.id);
  return {
    id,
    type: handleType(port.type),
    label: say(asText(port.label) || (port.numbered === true ? `${humanise(id.replace(/\d+$/, ""))}s` : humanise(id))),
    required: port.required === true,
    multiple: port.multiple === true,
    max: asNumber(port.max),
    numbered: port.numbered === true,
    keepsList: port.keeps_list === true,
    role: asText(port.role),
    aliases: asTexts(port.aliases).map(bare),
    note: say(asText(port.note)),
  };
}

function parseOutput(port: JsonObject, say: Say): OutputPort {
  const id = asText(port.id);
  const byParam = asObject(port.type_by_param);
  return {
    id,
    type: handleType(port.type),
    label: say(asText(port.label) || humanise(id)),
    multiple: port.multiple === true,
    role: asText(port.role),
    aliases: asTexts(port.aliases).map(bare),
    sameAs: asTexts(port.same_as),
    typeByParam: isObject(port.type_by_param)
      ? {
        param: asText(byParam.param),
        map: new Map(Object.entries(asObject(byParam.map)).map(([key, type]) => [key, handleType(type)])),
      }
      : null,
  };
}

/** A setting as the catalog writes it. */
export function parseParam(param: JsonObject, say: Say = word): Param {
  const id = asText(param.id);
  const type = asText(param.type);
  const aliases = asList(param.aliases).map((alias) => (typeof alias === "string" ? alias : asText(asObject(alias).name)));
  return {
    id,
    label: say(asText(param.label) || humanise(id)),
    type: isParamType(type) ? type : "json",
    default: param.default ?? null,
    values: asList(param.values),
    choices: parseChoices(param, say),
    min: asNumber(param.min),
    max: asNumber(param.max),
    step: asNumber(param.step),
    nullable: param.nullable === true,
    required: param.required === true,
    advanced: param.advanced === true,
    wirable: param.wirable !== false,
    allowCustom: param.allow_custom === true,
    aliases: aliases.filter((alias) => alias !== ""),
    valueAliases: asObject(param.value_aliases),
    showIf: asObject(param.show_if),
    accept: asTexts(param.accept),
    acceptBy: asObject(param.accept_by),
    maxItems: asNumber(param.max_items),
    pattern: asText(param.pattern),
    shape: asText(param.shape),
    optionsFrom: asText(param.options_from),
    note: say(asText(param.note)),
  };
}

function parseDynamic(value: unknown): DynamicPorts | null {
  if (!isObject(value)) return null;
  const kind = value.kind;
  if (kind !== "same_port" && kind !== "named" && kind !== "from_param") return null;
  return { kind, port: asText(value.port), param: asText(value.param), type: handleType(value.type) };
}

function parseKind(entry: JsonObject, say: Say): NodeKind {
  const dynamic = asObject(entry.dynamic_ports);
  const execution = entry.execution;
  const status = asText(entry.status);
  const seconds = asList(asObject(entry.latency_s).typical).map(asNumber);
  const name = asText(entry.type);
  const english = asText(entry.title) || asText(entry.name) || name;
  return {
    name,
    english,
    title: say(english),
    category: asText(entry.category, "utility"),
    execution: execution === "source" || execution === "remote" ? execution : "local",
    summary: say(asText(entry.summary)),
    inputs: asList(entry.inputs).filter(isObject).map((port) => parseInput(port, say)),
    outputs: asList(entry.outputs).filter(isObject).map((port) => parseOutput(port, say)),
    params: asList(entry.params).filter(isObject).map((param) => parseParam(param, say)),
    dynamicInputs: parseDynamic(dynamic.inputs),
    dynamicOutputs: parseDynamic(dynamic.outputs),
    credits: asNumber(entry.credits) ?? 0,
    price: asObject(entry.price),
    creditsBy: asObject(entry.credits_by),
    creditsBasis: asObject(entry.credits_basis),
    status,
    replacement: asObject(entry.replacement),
    aliases: [...asTexts(entry.aliases), ...asTexts(entry.migrates_from)],
    retiredNames: Object.entries(asObject(entry.alias_lint)).flatMap(([alias, lint]) => (asObject(lint).rule === "retired-model" ? [alias] : [])),
    presets: asObject(entry.alias_presets),
    fan: asText(entry.fan),
    runnable: name === STICKY_NOTE ? true : typeof entry.runnable === "boolean" ? entry.runnable : status !== "unsupported",
    reason: asText(entry.reason),
    servedBy: asTexts(entry.served_by),
    typicalSeconds: seconds[1] ?? seconds[0] ?? null,
  };
}

/** The answer of GET /api/v1/nodes: `types`, `accepts` and `categories` are what the canvas lives on. */
export function parseCatalog({ types, accepts: fits, categories }: Pick<Wire["NodeTypes"], "types" | "accepts" | "categories">, say: Say = word): Catalog {
  const kinds = types.filter(isObject).map((entry) => parseKind(entry, say)).filter((kind) => kind.name !== "");
  const names = new Map<string, string>();
  for (const kind of kinds) for (const alias of kind.aliases) names.set(alias, kind.name);
  for (const kind of kinds) names.set(kind.name, kind.name);
  const accepts = HANDLE_TYPES.map((target) => {
    const sources = Object.entries(asObject(fits[target]));
    return [target, new Map(sources.map(([source, how]) => [handleType(source), asText(how)]))] as const;
  });
  return {
    kinds: new Map(kinds.map((kind) => [kind.name, kind])),
    names,
    accepts: new Map(accepts),
    categories: asTexts(categories),
  };
}
