import { t } from "../language/speak";
import type { Catalog, NodeKind } from "./catalog";
import type { Wire } from "./flow";
import { asNumber, asObject, asText, isObject } from "./json";
import { findInlet } from "./ports";
import type { GraphNode } from "./types";

export type OnError = "stop" | "skip" | "fallback";

export const ON_ERROR: readonly (readonly [OnError, string])[] = [
  ["stop", t("Stop")],
  ["skip", t("Go on")],
  ["fallback", t("Other model")],
];

/** What a run does when this node fails. */
export function onErrorOf(node: GraphNode): OnError {
  const said = node.data.onError;
  if (said === "continueRegularOutput" || said === "continueErrorOutput") return "skip";
  return said === "skip" || said === "fallback" ? said : "stop";
}

/** The node type of the node's fallback, its own where only another model of it is named; empty when none is. */
export function fallbackOf(node: GraphNode, kind: NodeKind): string {
  const said = asObject(node.data.fallback);
  return asText(said.nodeType) || (isObject(said.params) ? kind.name : "");
}

/** Whether another node type takes all that is wired into the node, and gives all that is wired out of it. */
function serves(other: NodeKind, kind: NodeKind, into: readonly Wire[], from: readonly Wire[]): boolean {
  const takes = ({ inlet }: Wire): boolean => {
    if (inlet === null) return true;
    const landing = findInlet(other, `in-${inlet.id}`);
    return landing !== null && landing.port.type === inlet.type && (landing.port.multiple || !inlet.multiple);
  };
  const gives = ({ outlet }: Wire): boolean =>
    outlet === null || other.outputs.some(({ id, type, multiple }) => id === outlet.id && type === outlet.type && multiple === outlet.multiple);
  const wired = new Set(into.flatMap(({ inlet }) => (inlet ? inlet.id : [])));
  const has = (id: string) => wired.has(id) || kind.inputs.some((port) => port.id === id) || kind.params.some((param) => param.id === id);
  return into.every(takes) && from.every(gives) && other.inputs.every(({ id, required }) => !required || has(id));
}

/** The node types that could make what this node makes, when its own model does not; those like it come first. */
export function fallbacksFor(catalog: Catalog, kind: NodeKind, into: readonly Wire[], from: readonly Wire[]): readonly NodeKind[] {
  const makes = (other: NodeKind) => kind.outputs[0] !== undefined && other.outputs[0]?.type === kind.outputs[0].type;
  const found = [...catalog.kinds.values()].filter((other) =>
    other.execution === "remote" && other.runnable && other.status === "" && other.name !== kind.name && makes(other) && serves(other, kind, into, from));
  return found.sort((a, b) => Number(b.category === kind.category) - Number(a.category === kind.category) || a.title.localeCompare(b.title));
}

/** Seconds after which the node is given up; null: as its type says. */
export function timeLimitOf(node: GraphNode): number | null {
  return asNumber(node.data.timeLimit);
}
