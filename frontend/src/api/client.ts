import { asList, asObject } from "../graph/json";
import type { Changes } from "../graph/merge";
import { parsePlan } from "../graph/plan";
import type { Plan, Start } from "../graph/plan";
import type { Doc } from "../graph/types";
import { callWith } from "./call";
import type { Wire } from "./call";
import { send } from "./http";
import { parseStored } from "./workflow";
import type { Stored } from "./workflow";

/** What the canvas saves while somebody draws: what changed since the state of `baseUpdatedAt`. */
export interface Draft {
  readonly id: string;
  readonly baseUpdatedAt: string;
  readonly opId: string;
  readonly name?: string;
  readonly changes: Changes;
}

/** The calls of one workflow's canvas. All throw ApiError. */
export interface Api {
  readonly workflow: () => Promise<Stored>;
  readonly catalog: () => Promise<Wire["NodeTypes"]>;
  readonly saveDraft: (body: Draft, keepalive?: boolean) => Promise<unknown>;
  /** Start an execution of the saved graph, or of some nodes with what they need. Gives its id; what a run makes already only when somebody is sure. */
  readonly execute: (start: Start, key: string, isSure: boolean) => Promise<string>;
  readonly cancel: (executionId: string) => Promise<unknown>;
  /** Answer what a node of a run asks. */
  readonly decide: (executionId: string, nodeId: string, body: Wire["DecisionInput"]) => Promise<unknown>;
  readonly execution: (executionId: string) => Promise<Wire["ExecutionDetail"]>;
  /** The graph of an execution, as it was. */
  readonly graphOf: (executionId: string) => Promise<Pick<Doc, "nodes" | "edges">>;
  /** The newest executions in short, newest first. */
  readonly newest: (count: number) => Promise<readonly Wire["ExecutionItem"][]>;
  /** What these starts would do to each node of the saved graph. */
  readonly plans: (starts: readonly Start[]) => Promise<readonly Plan[]>;
}

export function connectApi(workflowId: string, csrf: string): Api {
  const call = callWith(csrf);
  const own = { path: { workflowId } };
  return {
    workflow: async () => parseStored(await call("get", "/api/v1/workflows/{workflowId}", own)),
    catalog: () => call("get", "/api/v1/nodes"),
    // The canvas's own way to save: not for clients, so not in the document.
    saveDraft: (body, keepalive = false) => send(csrf, "PATCH", `/workflows/${encodeURIComponent(workflowId)}/draft`, { body, keepalive }),
    execute: async (start, key, isSure) =>
      (await call("post", "/api/v1/workflows/{workflowId}/execute", { ...own, body: { ...bodyOf(start), unlessRunning: !isSure }, headers: { "Idempotency-Key": key } })).executionId,
    cancel: (executionId) => call("post", "/api/v1/workflows/executions/{executionId}/cancel", { path: { executionId } }),
    decide: (executionId, nodeId, body) =>
      call("post", "/api/v1/workflows/executions/{executionId}/nodes/{nodeId}/decision", { path: { executionId, nodeId }, body }),
    execution: (executionId) => call("get", "/api/v1/workflows/executions/{executionId}", { path: { executionId } }),
    graphOf: async (executionId) => parseStored(await send(csrf, "GET", `/executions/${encodeURIComponent(executionId)}/graph`)).doc,
    newest: (limit) => call("get", "/api/v1/workflows/{workflowId}/executions", { ...own, query: { limit } }),
    plans: async (starts) =>
      asList(asObject(await send(csrf, "POST", `/workflows/${encodeURIComponent(workflowId)}/plan`, { body: { plans: starts.map(bodyOf) } })).plans).map(parsePlan),
  };
}

/** The same words for a start and for the question what it would do, so that the answer is about what then happens. */
function bodyOf({ target, targets, anew, force }: Start) {
  return { reuse: !force, ...(target === null ? {} : { targetNodeId: target }), targetNodeIds: targets, anewNodeIds: anew, ...(force ? { force } : {}) };
}
