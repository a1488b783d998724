import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import { parseNodes } from "../graph/parse";
import type { GraphNode } from "../graph/types";
import { parseNodeRun } from "../live/frames";
import type { NodeRun } from "../live/run";
import { send } from "./http";

/** What came of one node in one run of the workflow. */
export interface NodeResult {
  readonly id: string;
  readonly at: string;
  readonly who: string;
  readonly trigger: string;
  readonly credits: number;
  /** How often it ran, where it ran for each item of a list; no more than a dozen of them are among the node runs. */
  readonly items: number;
  /** The seed it was given; null where it was left to chance, or came by a wire. */
  readonly seed: number | null;
  readonly nodeRuns: readonly NodeRun[];
}

/** The last runs in which the node did something, the newest first. Throws ApiError, as the other does. */
export async function resultsOf(csrf: string, workflowId: string, nodeId: string): Promise<readonly NodeResult[]> {
  const answer = asObject(await send(csrf, "GET", `/beside/runs/${encodeURIComponent(workflowId)}/${encodeURIComponent(nodeId)}`));
  return asList(answer.runs).filter(isObject).map((one) => ({
    id: asText(one.id), at: asText(one.at), who: asText(one.who), trigger: asText(one.trigger), credits: asNumber(one.credits) ?? 0,
    items: asNumber(one.items) ?? 0, seed: asNumber(one.seed), nodeRuns: asList(one.nodeRuns).filter(isObject).map((run) => parseNodeRun(run, 0)),
  }));
}

/** The node as it stood in the graph of a run; null where it did not. */
export async function nodeAsItWas(csrf: string, runId: string, nodeId: string): Promise<GraphNode | null> {
  const { nodes } = asObject(await send(csrf, "GET", `/executions/${encodeURIComponent(runId)}/graph`));
  return parseNodes(nodes).find(({ id }) => id === nodeId) ?? null;
}
