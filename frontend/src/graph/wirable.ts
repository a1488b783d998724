import type { Catalog } from "./catalog";
import { judge } from "./connect";
import type { Flow } from "./flow";
import { kindOf, outputsOf, paramPort } from "./ports";
import { isEmpty } from "./params";
import { labelOf } from "./problems";
import { isRunnable } from "./types";
import type { Doc, GraphNode, Link } from "./types";

/** A wire that could be drawn at a node, in words: "Image" to "Resize · Image". */
export interface Wirable {
  readonly link: Link;
  readonly own: string;
  readonly other: string;
  readonly side: "in" | "out";
  readonly replaces: boolean;
}

interface End {
  readonly handle: string;
  readonly label: string;
  /** A setting that is not an input by itself. */
  readonly setting: boolean;
}

const COST: Readonly<Record<string, number>> = { same: 0, converted: 500, parsed: 1000 };

function inputs(catalog: Catalog, node: GraphNode): readonly End[] {
  const kind = kindOf(catalog, node);
  if (!kind) return [];
  const ports = kind.inputs.map((port) => ({ handle: `in-${port.id}`, label: port.label, setting: false }));
  const settings = kind.params.filter((param) => !param.advanced && !kind.inputs.some(({ id }) => id === param.id) && paramPort(kind, param) !== null);
  return [...ports, ...settings.map((param) => ({ handle: `in-${param.id}`, label: param.label, setting: !param.required || !isEmpty(param.default) }))];
}

function outputs(catalog: Catalog, node: GraphNode): readonly End[] {
  const kind = kindOf(catalog, node);
  return kind ? outputsOf(kind, node).map((port) => ({ handle: `out-${port.id}`, label: port.label, setting: false })) : [];
}

/** Every wire that can be drawn at a node, out of it and into it; what is most likely meant comes first. */
export function wirableAt(doc: Doc, catalog: Catalog, flow: Flow, nodeId: string): readonly Wirable[] {
  const node = doc.nodes.find((candidate) => candidate.id === nodeId);
  if (!node || !isRunnable(node)) return [];
  const found: { wirable: Wirable; cost: number }[] = [];
  const offer = (from: GraphNode, out: End, to: GraphNode, into: End, side: Wirable["side"]) => {
    const link = { source: from.id, sourceHandle: out.handle, target: to.id, targetHandle: into.handle };
    const verdict = judge(doc, catalog, flow, link);
    if (!verdict.ok || (into.setting && verdict.how !== "same")) return;
    const away = Math.hypot(from.position.x - to.position.x, from.position.y - to.position.y) / 10;
    const replaces = verdict.replaces !== null;
    const cost = away + (COST[verdict.how] ?? 2000) + (into.setting ? 2000 : 0) + (replaces ? 5000 : 0);
    const [own, other] = side === "out" ? [out, into] : [into, out];
    found.push({ cost, wirable: { link, own: own.label, other: `${labelOf(side === "out" ? to : from, catalog)} · ${other.label}`, side, replaces } });
  };
  for (const other of doc.nodes) {
    if (other === node || !isRunnable(other)) continue;
    for (const out of outputs(catalog, node)) for (const into of inputs(catalog, other)) offer(node, out, other, into, "out");
    for (const into of inputs(catalog, node)) for (const out of outputs(catalog, other)) offer(other, out, node, into, "in");
  }
  return found.sort((a, b) => a.cost - b.cost).map(({ wirable }) => wirable);
}
