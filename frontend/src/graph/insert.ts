import type { Catalog } from "./catalog";
import { connect, remove } from "./changes";
import { fittingHandles, judge } from "./connect";
import { readFlow } from "./flow";
import { kindOf, outputsOf } from "./ports";
import type { Doc, Link } from "./types";

/** Lead a wire through a node that hangs on nothing yet; null where the node does not fit between its ends. */
export function insertOn(doc: Doc, catalog: Catalog, nodeId: string, edgeId: string): Doc | null {
  const edge = doc.edges.find((candidate) => candidate.id === edgeId);
  const node = doc.nodes.find((candidate) => candidate.id === nodeId);
  const kind = node ? kindOf(catalog, node) : null;
  if (!edge || !node || !kind || doc.edges.some(({ source, target }) => source === nodeId || target === nodeId)) return null;
  const cut = remove(new Set(), new Set([edgeId]))(doc);
  const end = { nodeId: edge.source, handle: edge.sourceHandle, side: "out" } as const;
  const [into] = fittingHandles(cut, catalog, readFlow(cut, catalog), end, nodeId);
  if (into === undefined) return null;
  const half = connect({ source: edge.source, sourceHandle: edge.sourceHandle, target: nodeId, targetHandle: into }, null)(cut);
  const flow = readFlow(half, catalog);
  for (const port of outputsOf(kind, node)) {
    const link: Link = { source: nodeId, sourceHandle: `out-${port.id}`, target: edge.target, targetHandle: edge.targetHandle };
    const verdict = judge(half, catalog, flow, link);
    if (verdict.ok && verdict.replaces === null) return connect(link, null)(half);
  }
  return null;
}
