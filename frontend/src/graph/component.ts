import { counted, t } from "../language/speak";
import type { HandleType, InputPort, NodeKind, OutputPort, Param } from "./catalog";
import { HANDLE_TYPES } from "./catalog";
import { asList, asNumber, asObject, asText, isObject } from "./json";
import type { JsonObject } from "./json";
import { parseNodes } from "./parse";
import { effective } from "./params";
import { creditsOf } from "./price";
import { isRunnable, nodeTypeOf } from "./types";
import type { GraphNode } from "./types";

const PREFIX = "component:";
/** Between the id of the node and that of a node inside it, as the server writes them. */
export const JOINT = ".";

function isComponentType(nodeType: string): boolean {
  return nodeType.startsWith(PREFIX);
}

export function isComponent(node: GraphNode): boolean {
  return isComponentType(nodeTypeOf(node));
}

const NOWHERE: readonly string[] = [];

/** The ids of the components that a node inside them belongs to, the outermost first. */
export function outerIds(nodeId: string): readonly string[] {
  if (!nodeId.includes(JOINT)) return NOWHERE;
  const parts = nodeId.split(JOINT);
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join(JOINT));
}

/** How a node inside is called, with those around it where components stand in each other; empty where it is not there. */
export function innerName(node: GraphNode, innerId: string): string {
  if (!innerId.startsWith(node.id + JOINT)) return "";
  const names: string[] = [];
  let around: GraphNode | undefined = node;
  for (const id of innerId.slice(node.id.length + 1).split(JOINT)) {
    around = parseNodes(asObject(around?.data.component).nodes).find((one) => one.id === id);
    if (around) names.push(asText(around.data.label) || id);
  }
  return names.join(" › ");
}

type Find = (node: GraphNode) => NodeKind | null;
const known = new WeakMap<JsonObject, NodeKind>();

/** What a component node is, drawn from what it carries; null where it carries nothing. */
export function componentKind(node: GraphNode, find: Find): NodeKind | null {
  const said = node.data.component;
  if (!isObject(said)) return null;
  const kept = known.get(said);
  if (kept) return kept;
  const made = read(said, nodeTypeOf(node), find);
  if (made) known.set(said, made);
  return made;
}

function read(said: JsonObject, name: string, find: Find): NodeKind | null {
  const nodes = new Map(parseNodes(said.nodes).map((node) => [node.id, node]));
  if (nodes.size === 0) return null;
  const inner = [...nodes.values()].filter(isRunnable).map((node) => ({ node, kind: find(node) }));
  const kindAt = (id: unknown) => {
    const node = nodes.get(asText(id));
    return { node, kind: node ? find(node) : null };
  };
  const outputs = asList(said.outputs).filter(isObject).map((port) => ({ port: outputOf(port), source: sourceOf(port, kindAt(port.node).kind) }));
  const credits = inner.reduce((sum, { node, kind }) => sum + (kind ? creditsOf(kind, node, new Set()) : 0), 0);
  const hindered = inner.find(({ kind }) => !kind?.runnable);
  return {
    name, title: asText(said.name, t("Component")), english: "", category: "utility", execution: inner.some(({ kind }) => kind?.execution === "remote") ? "remote" : "local",
    summary: counted(inner.length, "A component of {count} node", "A component of {count} nodes"),
    inputs: asList(said.inputs).filter(isObject).map(inputOf),
    outputs: outputs.map(({ port }) => port),
    params: asList(said.settings).filter(isObject).flatMap((one) => {
      const { node, kind } = kindAt(one.node);
      const param = kind?.params.find(({ id }) => id === one.param);
      return node && kind && param ? settingOf(one, param, kind, node) : [];
    }),
    dynamicInputs: null, dynamicOutputs: null, credits, price: { usd: credits / 100 }, creditsBy: {}, creditsBasis: {},
    status: "", replacement: {}, retiredNames: [], aliases: [], presets: {}, fan: "", runnable: hindered === undefined,
    reason: hindered ? t("A node inside cannot run here. {reason}", { reason: hindered.kind?.reason ?? "" }).trim() : "", typicalSeconds: null, servedBy: [],
    sources: new Map(outputs.map(({ port, source }) => [port.id, source])),
  };
}

function settingOf(said: JsonObject, param: Param, kind: NodeKind, node: GraphNode): Param {
  const wirable = param.wirable && kind.execution !== "source";
  return { ...param, id: asText(said.id), label: asText(said.label) || param.label, default: effective(kind, param, node), aliases: [], showIf: {}, required: false, advanced: false, wirable };
}

/** The very node that gives it, where components stand in each other. */
function sourceOf(port: JsonObject, kind: NodeKind | null) {
  const node = asText(port.node);
  const own = asText(port.handle).replace(/^out-/, "");
  const deeper = kind?.sources?.get(own);
  return deeper ? { node: node + JOINT + deeper.node, port: deeper.port } : { node, port: own };
}

function typeOf(port: JsonObject): HandleType {
  return HANDLE_TYPES.find((type) => type === port.type) ?? "ANY";
}

function inputOf(port: JsonObject): InputPort {
  return {
    id: asText(port.id), type: typeOf(port), label: asText(port.label) || asText(port.id), required: port.required === true, multiple: port.multiple === true,
    max: asNumber(port.max), numbered: false, keepsList: false, role: "", aliases: [], note: "",
  };
}

function outputOf(port: JsonObject): OutputPort {
  return { id: asText(port.id), type: typeOf(port), label: asText(port.label) || asText(port.id), multiple: port.multiple === true, role: "", aliases: [], sameAs: [], typeByParam: null };
}

/** What a run made at a node inside, as an output of the component itself; null where it is none of them. */
export function outputInside(kind: NodeKind, nodeId: string, innerId: string, output: unknown): JsonObject | null {
  const made = asObject(output);
  const found = [...(kind.sources ?? [])].flatMap(([id, { node, port }]) => {
    const value = nodeId + JOINT + node === innerId ? made[port] : undefined;
    return value === undefined ? [] : [[id, value] as const];
  });
  return found.length === 0 ? null : Object.fromEntries(found);
}
