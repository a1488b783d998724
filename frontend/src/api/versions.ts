import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Doc } from "../graph/types";
import { send } from "./http";

/** A graph that was kept by hand, run or published. */
export interface Version {
  readonly id: number;
  readonly name: string;
  /** When it was kept, or made. */
  readonly at: string;
  readonly by: string;
  readonly kept: boolean;
  readonly current: boolean;
  /** There where one was asked for. */
  readonly graph: Pick<Doc, "nodes" | "edges"> | null;
}

/** The canvas's own calls about versions; not for clients, so not in the document. All throw ApiError. */
export interface Versions {
  readonly list: () => Promise<readonly Version[]>;
  readonly one: (id: number) => Promise<Version>;
  /** Keep the saved graph. */
  readonly keep: (name: string) => Promise<Version>;
  readonly name: (id: number, name: string) => Promise<Version>;
}

function parse(body: JsonObject): Version {
  const kept = asText(body.keptAt);
  return {
    id: asNumber(body.id) ?? 0, name: asText(body.name), at: kept || asText(body.createdAt), by: asText(body.keptBy), kept: kept !== "",
    current: body.isCurrent === true, graph: Array.isArray(body.nodes) ? { nodes: parseNodes(body.nodes), edges: parseEdges(body.edges) } : null,
  };
}

export function connectVersions(workflowId: string, csrf: string): Versions {
  const path = `/workflows/${encodeURIComponent(workflowId)}/versions`;
  const ask = async (method: string, more = "", body?: unknown) => asObject(await send(csrf, method, path + more, body === undefined ? {} : { body }));
  return {
    list: async () => asList((await ask("GET")).versions).filter(isObject).map(parse),
    one: async (id) => parse(await ask("GET", `/${id}`)),
    keep: async (name) => parse(await ask("POST", "", { name })),
    name: async (id, name) => parse(await ask("PATCH", `/${id}`, { name })),
  };
}
