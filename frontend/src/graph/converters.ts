import { acceptance } from "./catalog";
import type { Catalog, HandleType, NodeKind } from "./catalog";
import { connect } from "./changes";
import { judge } from "./connect";
import { readFlow, shapeKey } from "./flow";
import type { Flow } from "./flow";
import { findInlet, findOutlet, kindOf } from "./ports";
import type { Doc, GraphNode, Link } from "./types";

/** A node that takes what one end gives and gives what the other takes. */
export interface Converter {
  readonly kind: NodeKind;
  readonly into: string;
  readonly out: string;
}

/** What becomes of it without a guess: a text that may be read as a number is none. */
const SURE: ReadonlySet<string | null> = new Set(["same", "converted"]);

/**
 * What can stand between two ends that do not fit, the cheapest first: what works here, or, where nothing does, what a
 * service makes of a medium. A picture drawn of a text is no other form of it.
 */
export function convertersBetween(doc: Doc, catalog: Catalog, flow: Flow, { source, sourceHandle, target, targetHandle }: Link): readonly Converter[] {
  const [from, to] = [source, target].map((id) => doc.nodes.find((node) => node.id === id));
  const [fromKind, toKind] = [from && kindOf(catalog, from), to && kindOf(catalog, to)];
  const outlet = from && fromKind && findOutlet(fromKind, from, sourceHandle);
  const inlet = toKind && findInlet(toKind, targetHandle);
  if (!from || !outlet || !inlet || from === to) return [];
  const given = flow.shapes.get(shapeKey(source, outlet.id))?.type ?? outlet.type;
  const wanted = inlet.port.type;
  if (given === "ANY" || wanted === "ANY" || acceptance(catalog, wanted, given) !== null) return [];
  const all = [...catalog.kinds.values()].flatMap((kind) => between(catalog, kind, given, wanted));
  const here = all.filter(({ kind }) => kind.execution === "local");
  const asked = given === "TEXT" ? [] : all.filter(({ kind }) => kind.execution === "remote");
  return (here.length > 0 ? here : asked).toSorted((a, b) => a.kind.credits - b.kind.credits);
}

function between(catalog: Catalog, kind: NodeKind, given: HandleType, wanted: HandleType): readonly Converter[] {
  if (kind.status !== "" || !kind.runnable || kind.dynamicOutputs) return [];
  const into = kind.inputs.find(({ type, role }) => type !== "ANY" && role !== "mask" && SURE.has(acceptance(catalog, type, given)));
  const out = kind.outputs.find(({ type }) => type !== "ANY" && SURE.has(acceptance(catalog, wanted, type)));
  const needsMore = kind.inputs.some((port) => port.required && port !== into) || kind.params.some(({ id, required, default: value }) => required && (value === null || value === "") && id !== into?.id);
  return into && out && !needsMore ? [{ kind, into: `in-${into.id}`, out: `out-${out.id}` }] : [];
}

/** The graph with the node between the two ends; null where one of the two wires cannot be. */
export function putBetween(doc: Doc, catalog: Catalog, node: GraphNode, { into, out }: Converter, link: Link): Doc | null {
  const added = { ...doc, nodes: [...doc.nodes, node] };
  const first: Link = { source: link.source, sourceHandle: link.sourceHandle, target: node.id, targetHandle: into };
  const before = judge(added, catalog, readFlow(added, catalog), first);
  if (!before.ok) return null;
  const half = connect(first, before.replaces)(added);
  const second: Link = { source: node.id, sourceHandle: out, target: link.target, targetHandle: link.targetHandle };
  const after = judge(half, catalog, readFlow(half, catalog), second);
  return after.ok ? connect(second, after.replaces)(half) : null;
}
