import { t } from "../language/speak";
import { acceptance } from "./catalog";
import type { Catalog, HandleType, NodeKind } from "./catalog";
import { effective } from "./params";
import { readFlow } from "./flow";
import type { Flow } from "./flow";
import { findInlet, findOutlet, kindOf } from "./ports";
import type { Doc, GraphNode, Link } from "./types";
import { shapeKey } from "./flow";
import { closesCycle } from "./walk";

/** Whether a wire may be drawn; `replaces` is the wire that has to give way to it. */
export type Verdict =
  | { readonly ok: true; readonly how: string; readonly replaces: string | null; readonly note: string }
  | { readonly ok: false; readonly reason: string };

const A_TYPE: Readonly<Record<HandleType, string>> = {
  TEXT: t("text"), IMAGE: t("an image"), VIDEO: t("a video"), AUDIO: t("audio"), NUMBER: t("a number"), BOOLEAN: t("yes or no"),
  JSON: "JSON", FILE: t("a file"), ANY: t("anything"),
};

export function inWords(type: HandleType): string {
  return A_TYPE[type];
}

const no = (reason: string): Verdict => ({ ok: false, reason });

/** Judge a wire that someone wants to draw; `moving` is an existing wire that is being re-plugged. */
export function judge(doc: Doc, catalog: Catalog, flow: Flow, link: Link, moving: string | null = null): Verdict {
  const source = doc.nodes.find((node) => node.id === link.source);
  const target = doc.nodes.find((node) => node.id === link.target);
  if (!source || !target) return no(t("One of the nodes is gone."));
  if (source === target) return no(t("A node cannot feed itself."));
  const sourceKind = kindOf(catalog, source);
  const targetKind = kindOf(catalog, target);
  const outlet = sourceKind && findOutlet(sourceKind, source, link.sourceHandle);
  const inlet = targetKind && findInlet(targetKind, link.targetHandle);
  if (!outlet) return no(t("This output is not known."));
  if (!inlet) return no(t("This input is not known."));

  const shape = flow.shapes.get(shapeKey(source.id, outlet.id)) ?? { type: outlet.type, list: outlet.multiple };
  const how = acceptance(catalog, inlet.port.type, shape.type);
  if (how === null) return no(t("{port} takes {wanted}, this is {given}.", { port: inlet.port.label, wanted: inWords(inlet.port.type), given: inWords(shape.type) }));

  const written = how === "parsed" && inlet.port.type === "NUMBER" ? textOf(sourceKind, source, outlet.id) : null;
  if (written !== null && written.trim() !== "" && !Number.isFinite(Number(written))) {
    return no(t("{port} takes a number, and “{text}” is none.", { port: inlet.port.label, text: written.length > 24 ? `${written.slice(0, 22)}…` : written }));
  }

  const others = (flow.into.get(target.id) ?? []).filter(
    (wire) => wire.edge.id !== moving && wire.inlet?.id === inlet.port.id && wire.param === inlet.param,
  );
  if (others.some((wire) => wire.edge.source === source.id && wire.outlet?.id === outlet.id)) {
    return no(t("These two are already connected."));
  }
  const rest = { ...doc, edges: doc.edges.filter((edge) => edge.id !== moving) };
  if (closesCycle(rest, source.id, target.id)) return no(t("This would make a circle: the node would wait for itself."));

  const many = inlet.port.multiple && inlet.param === null;
  const max = inlet.port.max;
  if (many && max !== null && others.length >= max) return no(t("{port} takes at most {max}.", { port: inlet.port.label, max }));
  const replaces = many ? null : (others[0]?.edge.id ?? null);
  const harmed = downstreamHarm(rest, catalog, flow, target, inlet.port.id, link, replaces);
  if (harmed !== null) return no(harmed);
  const masked = inlet.port.role === "mask" && outlet.role !== "mask" && sourceKind.execution !== "source";
  const note = how === "parsed" && inlet.port.type === "NUMBER" ? t("{port} takes a number: the run fails when the text is anything else.", { port: inlet.port.label })
    : masked ? t("A mask is expected here: white is the area meant.")
    : shape.list && !many && !inlet.port.keepsList ? t("Several may come out here: the one you look at on its card goes on.") : "";
  return { ok: true, how, replaces, note };
}

/** What a text node is known to give before any run, or null. */
function textOf(kind: NodeKind, node: GraphNode, outlet: string): string | null {
  const param = kind.execution === "source" ? kind.params.find(({ id, type }) => id === outlet && type === "text") : undefined;
  const value = param ? effective(kind, param, node) : null;
  return typeof value === "string" ? value : null;
}

/** A wire into a node that passes types on (For Each, If …) may break wires further down; the first reason, or null. */
function downstreamHarm(
  doc: Doc, catalog: Catalog, flow: Flow, target: GraphNode, portId: string, link: Link, replaces: string | null,
): string | null {
  const passesOn = kindOf(catalog, target)?.outputs.some((port) => port.sameAs.includes(portId)) ?? false;
  if (!passesOn || !flow.from.has(target.id)) return null;
  const edges = doc.edges.filter((edge) => edge.id !== replaces);
  const after = readFlow({ nodes: doc.nodes, edges: [...edges, { id: "\nnew", ...link }] }, catalog);
  for (const [id, wire] of after.wires) {
    if (wire.broken !== "" && (flow.wires.get(id)?.broken ?? "") === "") return t("Further on: {reason}", { reason: wire.broken });
  }
  return null;
}

export interface End {
  readonly nodeId: string;
  readonly handle: string;
  readonly side: "in" | "out";
}

/** One handle among all of a graph's. */
export function handleKey(nodeId: string, handle: string): string {
  return `${nodeId}\n${handle}`;
}

/** The wire between two ends, whichever was taken first; null when both are the same kind of end. */
export function linkBetween(a: End, b: End): Link | null {
  if (a.side === b.side) return null;
  const [out, into] = a.side === "out" ? [a, b] : [b, a];
  return { source: out.nodeId, sourceHandle: out.handle, target: into.nodeId, targetHandle: into.handle };
}

/** The handles of one node that a wire from `end` could go to, best first. */
export function fittingHandles(doc: Doc, catalog: Catalog, flow: Flow, end: End, nodeId: string): readonly string[] {
  const node = doc.nodes.find((candidate) => candidate.id === nodeId);
  const kind = node ? kindOf(catalog, node) : null;
  if (!node || !kind) return [];
  const handles = end.side === "out"
    ? kind.inputs.map((port) => `in-${port.id}`)
    : kind.outputs.map((port) => `out-${port.id}`);
  const rank: Readonly<Record<string, number>> = { same: 0, converted: 1, parsed: 2 };
  const judged = handles.flatMap((handle) => {
    const link = linkBetween(end, { nodeId, handle, side: end.side === "out" ? "in" : "out" });
    const verdict = link ? judge(doc, catalog, flow, link) : null;
    return verdict?.ok ? [{ handle, cost: (rank[verdict.how] ?? 3) + (verdict.replaces === null ? 0 : 10) }] : [];
  });
  return judged.sort((a, b) => a.cost - b.cost).map((item) => item.handle);
}
