import type { Catalog, InputPort } from "./catalog";
import type { Flow } from "./flow";
import { isFilled } from "./params";
import { kindOf } from "./ports";
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

/** What names stand for in one text of a node. */
export interface Names {
  /** Those that are offered to be written. */
  readonly offered: readonly string[];
  readonly isBound: (name: string) => boolean;
}

/** Nodes in whose template the ports are named; other names are keys of what comes into their JSON port, if they have one. */
const TEMPLATES: ReadonlySet<string> = new Set(["utility:prompt_concat", "utility:prompt_template"]);

/** What names stand for in a text, as `providers/local/` fills them in; null where a text is taken as it is. */
export function namesIn(catalog: Catalog, flow: Flow, node: GraphNode, paramId: string): Names | null {
  const kind = kindOf(catalog, node);
  if (!kind) return null;
  const wired = new Set((flow.into.get(node.id) ?? []).flatMap(({ inlet }) => inlet?.id ?? []));
  const has = (port: InputPort | undefined) => port !== undefined && (wired.has(port.id) || isFilled(kind, node, port));
  if (TEMPLATES.has(kind.name) && paramId === "template") {
    const json = kind.inputs.find(({ type }) => type === "JSON");
    const ports = kind.inputs.filter((port) => port !== json);
    return { offered: ports.map(({ id }) => id), isBound: (name) => has(ports.find(({ id }) => id === name) ?? json) };
  }
  if (kind.dynamicInputs?.kind === "named") {
    const named = [...wired].filter((id) => !kind.inputs.some((port) => port.id === id));
    return { offered: named, isBound: (name) => named.includes(name) };
  }
  return paramId === "labels" ? { offered: ["index"], isBound: (name) => name === "index" } : null;
}
