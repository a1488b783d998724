import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Doc } from "../graph/types";
import { send } from "./http";

/** Why the server kept a draft by itself; empty where a person or a run made the version. */
export type Automatic = "" | "emptied" | "restored" | "discarded" | "loaded" | "imported" | "rested";

const AUTOMATIC: readonly Automatic[] = ["emptied", "restored", "discarded", "loaded", "imported", "rested"];

/** A graph that was kept by hand, run, published, or kept by the server. */
export interface Version {
  /** Where it is below the workflow's versions. */
  readonly id: string;
  /** What people call it by; null for what was not kept by hand. */
  readonly number: number | null;
  readonly automatic: Automatic;
  readonly name: string;
  /** When it was kept, or made. */
  readonly at: string;
  readonly by: string;
  readonly kept: boolean;
  readonly current: boolean;
  /** How many nodes there are, of an automatic one. */
  readonly nodes: number;
  /** There where one was asked for. */
  readonly graph: Pick<Doc, "nodes" | "edges"> | null;
}

/** The canvas's own calls about versions; not for clients, so not in the document. All throw ApiError. */
export interface Versions {
  readonly list: () => Promise<readonly Version[]>;
  readonly one: (id: string) => Promise<Version>;
  /** The one that somebody kept last. */
  readonly newest: () => Promise<Version | null>;
  /** Keep the saved graph. */
  readonly keep: (name: string) => Promise<Version>;
  /** An automatic one becomes one that stays. */
  readonly name: (id: string, name: string) => Promise<Version>;
  /** Keep the saved graph as an automatic version, before something takes its place. */
  readonly guard: (reason: Automatic) => Promise<unknown>;
}

function parse(body: JsonObject): Version {
  const kept = asText(body.keptAt);
  const number = asNumber(body.id) ?? 0;
  const automatic = AUTOMATIC.find((reason) => reason === body.automatic) ?? "";
  return {
    id: automatic === "" ? String(number) : `automatic/${number}`, number: asNumber(body.number) ?? null, automatic, name: asText(body.name), at: kept || asText(body.createdAt), by: asText(body.keptBy), kept: kept !== "",
    current: body.isCurrent === true, nodes: asNumber(body.nodeCount) ?? 0, graph: Array.isArray(body.nodes) ? { nodes: parseNodes(body.nodes), edges: parseEdges(body.edges) } : null,
  };
}

export function connectVersions(workflowId: string, csrf: string): Versions {
  const path = `/workflows/${encodeURIComponent(workflowId)}/versions`;
  const ask = async (method: string, more = "", body?: unknown) => asObject(await send(csrf, method, path + more, body === undefined ? {} : { body }));
  return {
    list: async () => asList((await ask("GET")).versions).filter(isObject).map(parse),
    one: async (id) => parse(await ask("GET", `/${id}`)),
    newest: async () => {
      const { version } = await ask("GET", "/newest");
      return isObject(version) ? parse(version) : null;
    },
    keep: async (name) => parse(await ask("POST", "", { name })),
    name: async (id, name) => parse(await ask("PATCH", `/${id}`, { name })),
    guard: (reason) => ask("POST", "/automatic", { reason }),
  };
}
