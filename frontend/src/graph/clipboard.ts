import { insertCopies, withGroups } from "./changes";
import { isObject } from "./json";
import { parseEdges, parseNodes } from "./parse";
import type { Doc, GraphEdge, GraphNode, Point } from "./types";

export interface Clip {
  readonly nodes: readonly GraphNode[];
  /** Wires among the nodes first, then those that came into them from outside. */
  readonly edges: readonly GraphEdge[];
}

export function cut(doc: Doc, chosen: ReadonlySet<string>): Clip {
  const ids = withGroups(doc, chosen);
  const inside = doc.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target));
  const incoming = doc.edges.filter((edge) => !ids.has(edge.source) && ids.has(edge.target));
  return { nodes: doc.nodes.filter((node) => ids.has(node.id)), edges: [...inside, ...incoming] };
}

export function clipText(clip: Clip): string {
  return JSON.stringify({ wireflow: "clip", nodes: clip.nodes, edges: clip.edges });
}

/** Read copied nodes, or a whole exported workflow; null when the text is neither. */
export function readClip(text: string): Clip | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || !Array.isArray(value.nodes)) return null;
    const nodes = parseNodes(value.nodes);
    return nodes.length > 0 ? { nodes, edges: parseEdges(value.edges) } : null;
  } catch {
    return null;
  }
}

/** Put a clip into the document with its middle at a point, or a little aside when there is none. */
export function paste(
  doc: Doc, clip: Clip, at: Point | null, keepIncoming: boolean,
): { readonly doc: Doc; readonly ids: ReadonlyMap<string, string> } {
  const own = new Set(clip.nodes.map((node) => node.id));
  const edges = clip.edges.filter((edge) => own.has(edge.target) && (keepIncoming || own.has(edge.source)));
  return insertCopies(doc, clip.nodes, edges, at === null ? { x: 40, y: 40 } : offsetTo(clip.nodes, at));
}

function offsetTo(nodes: readonly GraphNode[], at: Point): Point {
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  return { x: Math.round(at.x - left), y: Math.round(at.y - top) };
}
