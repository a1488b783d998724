import { word } from "../language/speak";
import { findKind, humanise, paramPortType } from "./catalog";
import type { Catalog, DynamicPorts, HandleType, InputPort, NodeKind, OutputPort, Param } from "./catalog";
import { componentKind, isComponent } from "./component";
import { effective } from "./params";
import { isObject } from "./json";
import { nodeTypeOf } from "./types";
import type { GraphNode } from "./types";

/** Where a handle leads: a port with its slot (1 unless the handle is numbered), or a parameter acting as one. */
export interface Inlet {
  readonly port: InputPort;
  readonly slot: number;
  readonly param: Param | null;
}

export function bare(handle: string): string {
  return handle.replace(/^(in|out)-/, "");
}

export function kindOf(catalog: Catalog, node: GraphNode): NodeKind | null {
  return isComponent(node) ? componentKind(node, (inner) => kindOf(catalog, inner)) : findKind(catalog, nodeTypeOf(node));
}

function stem(id: string): string {
  return id.replace(/\d+$/, "");
}

function numberedSlot(port: InputPort, name: string): number | null {
  if (!port.numbered || stem(name) !== stem(port.id) || stem(name) === name) return null;
  const slot = Number(name.slice(stem(name).length));
  return slot >= 1 && slot <= (port.max ?? Infinity) ? slot : null;
}

function blankInput(id: string, type: HandleType): InputPort {
  return {
    id, type, label: word(humanise(id)), required: false, multiple: false, max: null, numbered: false,
    keepsList: false, role: "", aliases: [], note: "",
  };
}

/** A parameter seen as an input; sources have none, for nothing flows into them. */
export function paramPort(kind: NodeKind, param: Param): InputPort | null {
  if (kind.execution === "source" || !param.wirable) return null;
  return { ...blankInput(param.id, paramPortType(param)), label: param.label };
}

export function findInlet(kind: NodeKind, handle: string): Inlet | null {
  const name = bare(handle);
  const exact = kind.inputs.find((port) => port.id === name);
  if (exact) return { port: exact, slot: 1, param: null };
  const aliased = kind.inputs.find((port) => port.aliases.includes(name));
  if (aliased) return { port: aliased, slot: 1, param: null };
  for (const port of kind.inputs) {
    const slot = numberedSlot(port, name);
    if (slot !== null) return { port, slot, param: null };
  }
  const param = kind.params.find((candidate) => candidate.id === name);
  const asPort = param ? paramPort(kind, param) : null;
  if (param && asPort) return { port: asPort, slot: 1, param };
  const grown = dynamicInput(kind.dynamicInputs, kind, name);
  return grown ? { port: grown, slot: 1, param: null } : null;
}

function dynamicInput(dynamic: DynamicPorts | null, kind: NodeKind, name: string): InputPort | null {
  if (dynamic === null || name === "") return null;
  if (dynamic.kind === "same_port") return kind.inputs.find((port) => port.id === dynamic.port) ?? null;
  return dynamic.kind === "named" ? blankInput(name, dynamic.type) : null;
}

function blankOutput(id: string, type: HandleType): OutputPort {
  return { id, type, label: word(humanise(id)), multiple: false, role: "", aliases: [], sameAs: [], typeByParam: null };
}

/** All outputs a node shows, those grown from a parameter included. */
export function outputsOf(kind: NodeKind, node: GraphNode): readonly OutputPort[] {
  const dynamic = kind.dynamicOutputs;
  if (dynamic?.kind !== "from_param") return kind.outputs;
  const param = kind.params.find((candidate) => candidate.id === dynamic.param);
  const named = param ? effective(kind, param, node) : null;
  const object = typeof named === "string" ? readObject(named) : named;
  const names = isObject(object) ? Object.keys(object) : [];
  return [...kind.outputs, ...names.map((name) => blankOutput(name, dynamic.type))];
}

function readObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function findOutlet(kind: NodeKind, node: GraphNode, handle: string): OutputPort | null {
  const name = bare(handle);
  const ports = outputsOf(kind, node);
  const found = ports.find((port) => port.id === name) ?? ports.find((port) => port.aliases.includes(name));
  if (found) return found;
  const dynamic = kind.dynamicOutputs;
  if (dynamic?.kind === "same_port") return ports.find((port) => port.id === dynamic.port) ?? null;
  return dynamic?.kind === "named" && name !== "" ? blankOutput(name, dynamic.type) : null;
}

/** The type an output has before wires are looked at: some follow a parameter. */
export function declaredType(kind: NodeKind, node: GraphNode, port: OutputPort): HandleType {
  if (port.typeByParam === null) return port.type;
  const { param: id, map } = port.typeByParam;
  const param = kind.params.find((candidate) => candidate.id === id);
  const value = param ? effective(kind, param, node) : null;
  return (typeof value === "string" ? map.get(value) : undefined) ?? port.type;
}
