import { asList, asObject, asText, asTexts, isObject } from "../graph/json";
import type { Json, JsonObject } from "../graph/json";
import type { Changes } from "../graph/merge";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Problem } from "../graph/problems";
import { problemsIn } from "./workflow";

/** What one save changed, and the moments it led from and to; without changes where these are not told. */
export interface Edit {
  readonly opId: string;
  readonly before: string;
  readonly updatedAt: string;
  readonly changes: Changes | null;
}

export function parseEdits(value: unknown): readonly Edit[] {
  return asList(value).filter(isObject).map((item) => ({
    opId: asText(item.opId),
    before: asText(item.before),
    updatedAt: asText(item.updatedAt),
    changes: isObject(item.changes) ? parseChanges(item.changes) : null,
  }));
}

/** Changes from foreign JSON: nodes and wires that are new are read like those of a whole workflow. */
export function parseChanges({ name, nodes, edges }: JsonObject): Changes {
  return {
    ...(typeof name === "string" ? { name } : {}),
    ...(isObject(nodes) ? { nodes: parsePart(nodes, parseNodes) } : {}),
    ...(isObject(edges) ? { edges: parsePart(edges, parseEdges) } : {}),
  };
}

function parsePart<Item>(part: JsonObject, parse: (value: Json) => readonly Item[]) {
  return {
    dropped: asTexts(part.dropped),
    added: asList(part.added).filter(isObject).flatMap(({ after, item }) =>
      parse([item ?? null]).map((found) => ({ after: typeof after === "string" ? after : null, item: found }))),
    changed: Object.fromEntries(Object.entries(asObject(part.changed)).map(([id, settings]) => [id, asList(settings).filter(isObject).map(parseSetting)])),
  };
}

function parseSetting({ path, value, was }: JsonObject) {
  return { path: asTexts(path), ...(value === undefined ? {} : { value }), ...(typeof was === "string" ? { was } : {}) };
}

/** The answer to a save of changes. */
export function parseSaved(value: unknown): { readonly updatedAt: string; readonly edits: readonly Edit[]; readonly problems: readonly Problem[] } {
  const body = asObject(value);
  return { updatedAt: asText(body.updatedAt), edits: parseEdits(body.edits), problems: problemsIn(body) };
}
