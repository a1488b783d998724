import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import type { Json } from "../graph/json";
import type { Doc } from "../graph/types";
import type { Estimate } from "../graph/run-price";
import { call } from "./http";
import { parseStored } from "./workflow";
import type { Stored } from "./workflow";

/** The calls of one workflow's canvas. All throw ApiError. */
export interface Api {
  readonly workflow: () => Promise<Stored>;
  readonly catalog: () => Promise<unknown>;
  readonly saveDraft: (body: Json, keepalive?: boolean) => Promise<unknown>;
  readonly createCopy: (doc: Doc) => Promise<string>;
  /** Start an execution of the saved graph, or of one node with what it needs. Gives its id. */
  readonly execute: (options: { target: string | null; anew: boolean; key: string }) => Promise<string>;
  readonly cancel: (executionId: string) => Promise<unknown>;
  readonly execution: (executionId: string) => Promise<unknown>;
  /** The ids of the newest executions, newest first. */
  readonly newest: (count: number) => Promise<readonly string[]>;
  readonly decide: (executionId: string, nodeId: string, decision: "approve" | "reject", item: number | null) => Promise<unknown>;
  readonly estimate: () => Promise<Estimate>;
}

export function connectApi(workflowId: string, csrf: string): Api {
  const base = "/api/v1/workflows";
  const own = `${base}/${encodeURIComponent(workflowId)}`;
  const execution = (id: string) => `${base}/executions/${encodeURIComponent(id)}`;
  const post = (path: string, body: Json, headers = {}) => call(csrf, "POST", path, { body, headers });
  return {
    workflow: async () => parseStored(await call(csrf, "GET", own)),
    catalog: () => call(csrf, "GET", "/api/v1/nodes"),
    saveDraft: (body, keepalive = false) =>
      call(csrf, "PATCH", `/workflows/${encodeURIComponent(workflowId)}/draft`, { body, keepalive }),
    createCopy: async ({ name, nodes, edges }) => {
      const answer = asObject(await post(`${base}?strict=false`, { name: `${name} (my copy)`, nodes, edges }));
      return asText(answer.id) || asText(asObject(answer.data).id);
    },
    execute: async ({ target, anew, key }) => {
      const body = {
        nodes: [], edges: [], reuse: !anew,
        ...(target === null ? {} : { targetNodeId: target }),
        ...(anew ? { force: true } : {}),
      };
      return asText(asObject(await post(`${own}/execute`, body, { "Idempotency-Key": key })).executionId);
    },
    cancel: (id) => post(`${execution(id)}/cancel`, {}),
    execution: (id) => call(csrf, "GET", execution(id)),
    newest: async (count) => asList(await call(csrf, "GET", `${own}/executions?limit=${count}`)).map((item) => asText(asObject(item).id)),
    decide: (id, nodeId, decision, item) =>
      post(`${execution(id)}/nodes/${encodeURIComponent(nodeId)}/decision`, { decision, ...(item === null ? {} : { item }) }),
    estimate: async () => {
      const data = asObject(asObject(await post(`${own}/estimate`, { reuse: true })).data);
      const parts = asList(data.breakdown).filter(isObject);
      return {
        credits: asNumber(data.estimatedCredits) ?? 0,
        reused: parts.filter((part) => part.reused === true).length,
        open: parts.filter((part) => part.unknownIterations === true).map((part) => ({ label: asText(part.nodeLabel), unit: asNumber(part.unitCredits) ?? 0 })),
        running: parts.filter((part) => part.reused !== true).map((part) => asText(part.nodeId)),
        sufficient: data.sufficient !== false,
        available: asNumber(data.availableCredits),
      };
    },
  };
}
