import { asText } from "./json";
import type { Json, JsonObject } from "./json";
import { nodeTypeOf } from "./types";
import type { GraphNode } from "./types";

export type HandleType = "TEXT" | "IMAGE" | "VIDEO" | "AUDIO" | "NUMBER" | "BOOLEAN" | "JSON" | "FILE" | "ANY";

export const HANDLE_TYPES: readonly HandleType[] = [
  "TEXT", "IMAGE", "VIDEO", "AUDIO", "NUMBER", "BOOLEAN", "JSON", "FILE", "ANY",
];

export type ParamType =
  | "enum" | "int" | "float" | "bool" | "string" | "text" | "color" | "color_list" | "asset" | "asset_list" | "json";

export interface InputPort {
  readonly id: string;
  readonly type: HandleType;
  readonly label: string;
  readonly required: boolean;
  readonly multiple: boolean;
  readonly max: number | null;
  readonly numbered: boolean;
  readonly keepsList: boolean;
  readonly role: string;
  readonly aliases: readonly string[];
  readonly note: string;
}

export interface OutputPort {
  readonly id: string;
  readonly type: HandleType;
  readonly label: string;
  readonly multiple: boolean;
  readonly role: string;
  readonly aliases: readonly string[];
  readonly sameAs: readonly string[];
  readonly typeByParam: { readonly param: string; readonly map: ReadonlyMap<string, HandleType> } | null;
}

export interface Param {
  readonly id: string;
  readonly label: string;
  readonly type: ParamType;
  readonly default: Json;
  readonly values: readonly Json[];
  /** What those of them that are words are called in the person's language. */
  readonly choices: ReadonlyMap<unknown, string>;
  readonly min: number | null;
  readonly max: number | null;
  readonly step: number | null;
  readonly nullable: boolean;
  readonly required: boolean;
  readonly advanced: boolean;
  readonly wirable: boolean;
  readonly allowCustom: boolean;
  readonly aliases: readonly string[];
  readonly valueAliases: JsonObject;
  readonly showIf: JsonObject;
  readonly accept: readonly string[];
  readonly acceptBy: JsonObject;
  readonly maxItems: number | null;
  readonly pattern: string;
  readonly shape: string;
  readonly optionsFrom: string;
  readonly note: string;
}

export interface DynamicPorts {
  readonly kind: "same_port" | "named" | "from_param";
  readonly port: string;
  readonly param: string;
  readonly type: HandleType;
}

/** One node type, parsed; prices stay as the catalog writes them and are read by price.ts. */
export interface NodeKind {
  readonly name: string;
  /** In the language of the canvas, and as graphs keep it. */
  readonly title: string;
  readonly english: string;
  readonly category: string;
  readonly execution: "source" | "local" | "remote";
  readonly summary: string;
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
  readonly params: readonly Param[];
  readonly dynamicInputs: DynamicPorts | null;
  readonly dynamicOutputs: DynamicPorts | null;
  readonly credits: number;
  readonly price: JsonObject;
  readonly creditsBy: JsonObject;
  readonly creditsBasis: JsonObject;
  readonly status: string;
  /** Of a retired type: the one that runs in its place, and what its settings mean there. */
  readonly replacement: JsonObject;
  readonly aliases: readonly string[];
  /** Those of its aliases that were models of their own and are retired. */
  readonly retiredNames: readonly string[];
  readonly presets: JsonObject;
  readonly fan: string;
  readonly runnable: boolean;
  readonly reason: string;
  readonly typicalSeconds: number | null;
  /** The services that serve it, and what they call it. */
  readonly servedBy: readonly string[];
  /** Of a component: which inner output each of its outputs is. */
  readonly sources?: ReadonlyMap<string, { readonly node: string; readonly port: string }>;
}

export interface Catalog {
  readonly kinds: ReadonlyMap<string, NodeKind>;
  /** Own names, aliases and migrated names, all to own names. */
  readonly names: ReadonlyMap<string, string>;
  readonly accepts: ReadonlyMap<HandleType, ReadonlyMap<HandleType, string>>;
  readonly categories: readonly string[];
}

/** What a node is called: as people named it, else by its type. Graphs keep the English name of a type, which is nobody's choice. */
export function nameOf(node: GraphNode, kind: NodeKind | null): string {
  const label = asText(node.data.label);
  return label !== "" && label !== kind?.english ? label : (kind?.title ?? (nodeTypeOf(node) || node.id));
}

export function findKind(catalog: Catalog, nodeType: string): NodeKind | null {
  return catalog.kinds.get(catalog.names.get(nodeType) ?? "") ?? null;
}

/** What an output of one type may flow into, and how: same, converted, parsed; null when it may not. */
export function acceptance(catalog: Catalog, target: HandleType, source: HandleType): string | null {
  return catalog.accepts.get(target)?.get(source) ?? null;
}

const PARAM_PORT: Readonly<Record<ParamType, HandleType>> = {
  enum: "TEXT", string: "TEXT", text: "TEXT", color: "TEXT", int: "NUMBER", float: "NUMBER", bool: "BOOLEAN",
  json: "JSON", color_list: "JSON", asset: "ANY", asset_list: "ANY",
};

export function paramPortType(param: Param): HandleType {
  return PARAM_PORT[param.type];
}

const INITIALS = /\b(json|url|csv|cfg|fps|id|ai|tts|hd)\b/g;

/** An identifier as people read it: `aspect_ratio` is "Aspect ratio", `prompt2` is "Prompt 2", `num_images` is "Images". */
export function humanise(id: string): string {
  const words = id.replace(/^num_/, "").replace(/([a-z])([A-Z0-9])/g, "$1 $2").replace(/_/g, " ").trim().toLowerCase();
  const text = words.replace(INITIALS, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
