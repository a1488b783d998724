import type { Doc } from "../graph/types";
import type { Estimate } from "../graph/run-price";
import { callWith } from "./call";
import type { Wire } from "./call";
import { send } from "./http";
import { parseStored } from "./workflow";
import type { Stored } from "./workflow";

/** A graph as the canvas saves it while somebody draws. */
export interface Draft extends Doc {
  readonly id: string;
  readonly baseUpdatedAt: string;
  readonly opId: string;
  /** Said where the graph has no nodes: an empty one never takes the place of another by mistake. */
  readonly confirmEmpty: boolean;
}

/** The calls of one workflow's canvas. All throw ApiError. */
export interface Api {
  readonly workflow: () => Promise<Stored>;
  readonly catalog: () => Promise<Wire["NodeTypes"]>;
  readonly saveDraft: (body: Draft, keepalive?: boolean) => Promise<unknown>;
  readonly createCopy: (doc: Doc) => Promise<string>;
  /** Start an execution of the saved graph, or of one node with what it needs. Gives its id. */
  readonly execute: (options: { target: string | null; anew: boolean; key: string }) => Promise<string>;
  readonly cancel: (executionId: string) => Promise<unknown>;
  readonly execution: (executionId: string) => Promise<Wire["ExecutionDetail"]>;
  /** The ids of the newest executions, newest first. */
  readonly newest: (count: number) => Promise<readonly string[]>;
  readonly estimate: () => Promise<Estimate>;
}

export function connectApi(workflowId: string, csrf: string): Api {
  const call = callWith(csrf);
  const own = { path: { workflowId } };
  return {
    workflow: async () => parseStored(await call("get", "/api/v1/workflows/{workflowId}", own)),
    catalog: () => call("get", "/api/v1/nodes"),
    // The canvas's own way to save: not for clients, so not in the document.
    saveDraft: (body, keepalive = false) => send(csrf, "PATCH", `/workflows/${encodeURIComponent(workflowId)}/draft`, { body, keepalive }),
    createCopy: async ({ name, nodes, edges }) =>
      (await call("post", "/api/v1/workflows", { query: { strict: "false" }, body: { name: `${name} (my copy)`, nodes, edges } })).id,
    execute: async ({ target, anew, key }) => {
      const body = { reuse: !anew, ...(target === null ? {} : { targetNodeId: target }), ...(anew ? { force: true } : {}) };
      return (await call("post", "/api/v1/workflows/{workflowId}/execute", { ...own, body, headers: { "Idempotency-Key": key } })).executionId;
    },
    cancel: (executionId) => call("post", "/api/v1/workflows/executions/{executionId}/cancel", { path: { executionId } }),
    execution: (executionId) => call("get", "/api/v1/workflows/executions/{executionId}", { path: { executionId } }),
    newest: async (limit) => (await call("get", "/api/v1/workflows/{workflowId}/executions", { ...own, query: { limit } })).map(({ id }) => id),
    estimate: async () => readEstimate((await call("post", "/api/v1/workflows/{workflowId}/estimate", { ...own, body: { reuse: true } })).data),
  };
}

function readEstimate({ breakdown, estimatedCredits, sufficient, availableCredits }: Wire["Estimate"]["data"]): Estimate {
  return {
    credits: estimatedCredits,
    reused: breakdown.filter((part) => part.reused).length,
    open: breakdown.filter((part) => part.unknownIterations).map((part) => ({ label: part.nodeLabel, unit: part.unitCredits })),
    running: breakdown.filter((part) => !part.reused).map((part) => part.nodeId),
    sufficient,
    available: availableCredits,
  };
}
