import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { show } from "../graph/media";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Doc } from "../graph/types";
import { parseRun as parseRunWhole } from "../live/frames";
import type { Run } from "../live/run";
import { send, sendForPage } from "./http";

/** An earlier run, as the slider knows it. */
export interface PastRun {
  readonly id: string;
  readonly at: string;
  readonly status: string;
  /** In milliseconds; null while it goes on. */
  readonly took: number | null;
  readonly credits: number;
}

/** What one node did in it, all of its items together. */
export interface PastNode {
  readonly status: string;
  readonly took: number;
  readonly credits: number;
  readonly cached: boolean;
  readonly error: string;
  readonly picture: string;
}

const NOTHING: PastNode = { status: "COMPLETED", took: 0, credits: 0, cached: true, error: "", picture: "" };

export interface PastLook {
  /** As it was stored. */
  readonly graph: Pick<Doc, "nodes" | "edges">;
  readonly nodes: ReadonlyMap<string, PastNode>;
  readonly run: Run | null;
}

function parseRun(body: JsonObject): PastRun {
  return { id: asText(body.id), at: asText(body.startTime), status: asText(body.status), took: asNumber(body.durationMs), credits: asNumber(body.creditsUsed) ?? 0 };
}

/** A page of the workflow's runs, the newest first, and the query of the page of older ones. Throws ApiError. */
export async function runsOf(csrf: string, workflowId: string, query: string): Promise<{ readonly runs: readonly PastRun[]; readonly next: string | null }> {
  const { found, next } = await sendForPage(csrf, `/api/v1/workflows/${encodeURIComponent(workflowId)}/executions${query}`);
  return { runs: asList(found).filter(isObject).map(parseRun), next };
}

/** The graph of a run and what came of each node. Throws ApiError. */
export async function lookAt(csrf: string, run: PastRun): Promise<PastLook> {
  const [whole, graph] = await Promise.all([
    send(csrf, "GET", `/api/v1/workflows/executions/${encodeURIComponent(run.id)}`),
    send(csrf, "GET", `/executions/${encodeURIComponent(run.id)}/graph`),
  ]);
  const nodes = new Map<string, PastNode>();
  for (const one of asList(asObject(asObject(whole).nodeResults).nodeRuns).filter(isObject)) {
    const before = nodes.get(asText(one.nodeId)) ?? NOTHING;
    nodes.set(asText(one.nodeId), {
      status: before.status === "COMPLETED" ? asText(one.status) : before.status,
      took: before.took + (asNumber(one.durationMs) ?? 0),
      credits: before.credits + (asNumber(one.creditsUsed) ?? 0),
      cached: before.cached && one.cached === true,
      error: [before.error, asText(one.error)].find(Boolean) ?? "",
      picture: [before.picture, pictureIn(asObject(one.output))].find(Boolean) ?? "",
    });
  }
  const { nodes: stored, edges } = asObject(graph);
  return { graph: { nodes: parseNodes(stored), edges: parseEdges(edges) }, nodes, run: parseRunWhole(whole) };
}

function pictureIn(output: JsonObject): string {
  for (const value of Object.values(output)) {
    for (const item of show(value, true)) {
      if (item.kind !== "media") continue;
      const { kind, thumbnail, url } = item.media;
      if (kind === "image" || thumbnail !== url) return thumbnail;
    }
  }
  return "";
}
