import { isComponent } from "./component";
import type { Catalog, InputPort, NodeKind, OutputPort } from "./catalog";
import { setData, takeData, withGroups } from "./changes";
import type { Change } from "./changes";
import { shapeKey } from "./flow";
import type { Flow, Wire } from "./flow";
import { asText, isObject } from "./json";
import { isFilled } from "./params";
import { findOutlet, kindOf } from "./ports";
import { isRunnable, nodesById } from "./types";
import type { Doc, GraphEdge, GraphNode } from "./types";
import { cyclic, upstream } from "./walk";

export type Mode = "disabled" | "bypassed";
/** Why a node does not run: it was said of it; it cannot do without a disabled one; only pinned ones need it. */
export type Off = Mode | "depends" | "unneeded";

/** What does not run, as `workflows/modes.py` decides it on the server. */
export interface Switched {
  readonly off: ReadonlyMap<string, Off>;
  /** Bypassed nodes, and the output for which nothing passes. */
  readonly stuck: ReadonlyMap<string, OutputPort>;
}

const NONE: Switched = { off: new Map(), stuck: new Map() };

export function modeOf({ data }: GraphNode): Mode | null {
  return data.runMode === "disabled" || data.runMode === "bypassed" ? data.runMode : null;
}

/** Whether a node gives what it gave in an earlier execution. */
export function isPinned({ data }: GraphNode): boolean {
  return isObject(data.pinned) && asText(data.pinned.executionId) !== "";
}

/** The nodes that can be switched: those given, and those in the groups among them. */
export function switchable(doc: Doc, ids: ReadonlySet<string>): readonly GraphNode[] {
  const all = withGroups(doc, ids);
  return doc.nodes.filter((node) => all.has(node.id) && isRunnable(node) && !isComponent(node)); // those inside have modes of their own
}

/** Set the mode of nodes; where all of them have it, they run again. */
export function toggleMode(nodes: readonly GraphNode[], mode: Mode): Change {
  const isBack = nodes.every((node) => modeOf(node) === mode);
  return (doc) => nodes.reduce((now, { id }) => (isBack ? takeData(id, "runMode") : setData(id, { runMode: mode }))(now), doc);
}

export function switchOff(doc: Pick<Doc, "nodes" | "edges">, catalog: Catalog, flow: Flow): Switched {
  const pinned = doc.nodes.filter((node) => isPinned(node) && kindOf(catalog, node)?.execution !== "source");
  if (pinned.length === 0 && !doc.nodes.some(modeOf)) return NONE;
  if (cyclic(doc).size > 0) return NONE;
  const nodes = nodesById(doc.nodes);
  const off = new Map<string, Off>();
  const stuck = new Map<string, OutputPort>();
  const passing = new Map<string, readonly string[]>(); // what goes on in the place of an output: where it comes from
  const sources = ({ edge, outlet, inlet }: Wire): readonly string[] => {
    if (!off.has(edge.source)) return [edge.source];
    const instead = passing.get(shapeKey(edge.source, outlet?.id ?? "")) ?? [];
    return inlet?.multiple === true || inlet?.keepsList === true ? instead : instead.slice(0, 1);
  };
  const left: GraphEdge[] = [];
  for (const [id, wires] of flow.into) { // sources come before what they feed
    const node = nodes.get(id);
    const kind = node && isRunnable(node) ? kindOf(catalog, node) : null;
    if (!node || !kind) continue;
    const before = wires.filter(({ outlet, inlet }) => outlet !== null && inlet !== null);
    const arriving = before.filter((wire) => sources(wire).length > 0);
    const mode = modeOf(node);
    if (mode) off.set(id, mode);
    else if (depends(kind, node, before, arriving)) off.set(id, "depends");
    else left.push(...arriving.flatMap((wire) => sources(wire).map((source) => ({ ...wire.edge, source }))));
    if (mode !== "bypassed") continue;
    for (const port of new Set((flow.from.get(id) ?? []).flatMap(({ edge }) => findOutlet(kind, node, edge.sourceHandle) ?? []))) {
      const gate = kind.inputs.find((input) => isAlike(input, port) && before.some(({ inlet, param }) => param === null && inlet?.id === input.id));
      if (!gate) stuck.set(id, stuck.get(id) ?? port);
      else passing.set(shapeKey(id, port.id), arriving.filter(({ inlet }) => inlet?.id === gate.id).flatMap(sources));
    }
  }
  for (const id of unneeded(doc, catalog, left, pinned, off)) off.set(id, "unneeded");
  return { off, stuck };
}

function isAlike(input: InputPort, port: OutputPort): boolean {
  return port.sameAs.includes(input.id) || (input.type === port.type && (input.role === "mask") === (port.role === "mask") && input.type !== "ANY");
}

/** Whether a node has lost what it cannot do without. A pinned one needs nothing, a value in place of the wire will do. */
function depends(kind: NodeKind, node: GraphNode, before: readonly Wire[], arriving: readonly Wire[]): boolean {
  if (isPinned(node)) return false;
  const left = new Set(arriving.map(({ inlet }) => inlet?.id));
  const lost = new Set(before.map(({ inlet }) => inlet?.id).filter((id) => !left.has(id)));
  if (lost.size === 0) return false;
  const required = [
    ...kind.inputs.filter((port) => port.required),
    ...kind.params.filter((param) => param.required && !isFilled(kind, node, param)),
  ];
  const onlyPassesOn = required.length === 0 && kind.execution !== "remote";
  return required.some((one) => lost.has(one.id) && !isFilled(kind, node, one)) || (onlyPassesOn && left.size === 0);
}

/** What only pinned nodes need. Where a list is opened for one of them, that is left to the server to say. */
function unneeded(doc: Pick<Doc, "nodes">, catalog: Catalog, edges: readonly GraphEdge[], pinned: readonly GraphNode[], off: ReadonlyMap<string, Off>): readonly string[] {
  const keeps = new Set(pinned.map(({ id }) => id));
  if (keeps.size === 0) return [];
  const giving = new Set(edges.map(({ source }) => source));
  const ends = doc.nodes.filter(({ id }) => !giving.has(id) && !off.has(id)).map(({ id }) => id);
  const opening = doc.nodes.filter((node) => kindOf(catalog, node)?.fan === "out").map(({ id }) => id);
  const needed = upstream({ edges: edges.filter(({ target }) => !keeps.has(target)) }, [...ends, ...upstream({ edges }, opening)]);
  return doc.nodes.filter((node) => isRunnable(node) && !needed.has(node.id) && !off.has(node.id)).map(({ id }) => id);
}
