import type { Catalog } from "./catalog";
import type { Flow } from "./flow";
import { bare, kindOf } from "./ports";
import type { GraphNode } from "./types";

/** A text in pieces: plain ones, and names that stand for something. */
export interface Piece {
  readonly text: string;
  readonly name: string | null;
}

const VARIABLE = /\{\{\s*([\w.-]+)\s*\}\}/g;

export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(VARIABLE)) {
    if (match.index > from) pieces.push({ text: text.slice(from, match.index), name: null });
    pieces.push({ text: match[0], name: match[1] ?? "" });
    from = match.index + match[0].length;
  }
  return from < text.length ? [...pieces, { text: text.slice(from), name: null }] : pieces;
}

/** The names that can stand in a node's texts: what is wired into it and, for numbered texts, their numbers. */
export function variablesOf(catalog: Catalog, flow: Flow, node: GraphNode): readonly string[] {
  const kind = kindOf(catalog, node);
  const wired = (flow.into.get(node.id) ?? []).map((wire) => bare(wire.edge.targetHandle));
  const numbered = kind?.name === "utility:prompt_concatenator" ? kind.inputs.map((port) => port.id) : [];
  const dynamic = kind?.dynamicInputs?.kind === "named";
  return [...new Set([...(dynamic ? wired.filter((name) => !kind.inputs.some((port) => port.id === name)) : []), ...numbered])];
}
