import type { JsonObject } from "./json";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
  /** It is being dragged to another size. */
  readonly live?: boolean;
}

/** A node as it is on the wire: keys we do not know travel along untouched. */
export interface GraphNode extends JsonObject {
  readonly id: string;
  readonly type: string;
  readonly position: Point & JsonObject;
  readonly data: JsonObject;
}

export interface GraphEdge extends JsonObject {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly sourceHandle: string;
  readonly targetHandle: string;
}

/** What undo, autosave and conflicts are about: everything a person can change on the canvas. */
export interface Doc {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** A wire that does not exist yet. */
export interface Link {
  readonly source: string;
  readonly sourceHandle: string;
  readonly target: string;
  readonly targetHandle: string;
}

export const STICKY_NOTE = "utility:sticky_note";

export function isNote(node: GraphNode): boolean {
  return node.type === "stickyNote" || node.data.nodeType === STICKY_NOTE;
}

export function isGroup(node: GraphNode): boolean {
  return node.type === "custom_group";
}

/** Notes and groups stand on the canvas and never run. */
export function isRunnable(node: GraphNode): boolean {
  return !isNote(node) && !isGroup(node);
}

export function nodeTypeOf(node: GraphNode): string {
  return typeof node.data.nodeType === "string" ? node.data.nodeType : "";
}

export function nodesById(nodes: readonly GraphNode[]): ReadonlyMap<string, GraphNode> {
  return new Map(nodes.map((node) => [node.id, node]));
}
