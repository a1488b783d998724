import { parseEdits } from "../api/edits";
import type { Edit } from "../api/edits";
import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { parsePerson } from "./people";
import type { Person } from "./people";
import { groupNodeRuns } from "./run";
import type { ExecutionNews, NodeRun, NodeStatus, Question, Run, RunEvent, RunStatus } from "./run";

const NODE_STATUSES: readonly NodeStatus[] = [
  "PENDING", "RUNNING", "WAITING", "COMPLETED", "FAILED", "SKIPPED", "CANCELLED",
];
const RUN_STATUSES: readonly RunStatus[] = ["RUNNING", "COMPLETED", "FAILED", "CANCELLED"];

function moment(value: unknown): number | null {
  const time = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? null : time;
}

function errorText(value: unknown): string {
  return typeof value === "string" ? value : asText(asObject(value).message);
}

export function parseNodeRun(item: JsonObject, seq: number): NodeRun {
  const start = moment(item.startTime);
  const end = moment(item.endTime);
  return {
    nodeId: asText(item.nodeId),
    itemPath: asList(item.itemPath).filter((step) => typeof step === "number"),
    status: NODE_STATUSES.find((status) => status === item.status) ?? "PENDING",
    statusWord: asText(item.statusWord),
    output: item.output ?? null,
    question: isObject(item.question) ? parseQuestion(item.question) : null,
    error: errorText(item.error),
    errorCode: asText(item.errorCode),
    startTime: start,
    durationMs: asNumber(item.durationMs) ?? (start !== null && end !== null ? end - start : null),
    creditsUsed: asNumber(item.creditsUsed) ?? 0,
    provider: asText(item.provider),
    progress: asNumber(item.progress),
    cached: item.cached === true,
    skipReason: asText(item.skipReason),
    fallbackReason: asText(item.fallbackReason),
    seq,
  };
}

function parseQuestion(item: JsonObject): Question {
  const items = asList(item.items);
  const answers = asList(item.answers);
  const kind = item.kind === "pick" ? "pick" : "approval";
  return {
    kind, items,
    message: asText(item.message),
    approvers: asText(item.approvers),
    open: items.map((_, at) => (answers[kind === "pick" ? 0 : at] ?? null) === null),
    mayEdit: item.mayEdit === true,
  };
}

function parseNews(item: JsonObject): ExecutionNews {
  const start = moment(item.startTime);
  const end = moment(item.endTime);
  return {
    status: RUN_STATUSES.find((status) => status === item.status) ?? "RUNNING",
    error: errorText(item.error),
    stoppedBy: asText(item.stoppedBy),
    creditsUsed: asNumber(item.creditsUsed) ?? 0,
    startTime: start,
    durationMs: asNumber(item.durationMs) ?? (start !== null && end !== null ? end - start : null),
  };
}

/** An execution in full, as the page, the socket's first frame and the poll give it; null when it is none. */
export function parseRun(value: unknown): Run | null {
  const body = asObject(value);
  const id = asText(body.executionId) || asText(body.id);
  if (id === "") return null;
  const seq = asNumber(body.seq) ?? 0;
  const nodeRuns = asList(asObject(body.nodeResults).nodeRuns).filter(isObject).map((item) => parseNodeRun(item, seq));
  return { id, trigger: asText(body.trigger), ...parseNews(body), seq, ahead: new Set(), newsSeq: seq, byNode: groupNodeRuns(nodeRuns) };
}

export type Frame =
  | { readonly type: "snapshot"; readonly run: Run }
  | { readonly type: "events"; readonly executionId: string; readonly events: readonly RunEvent[] }
  | { readonly type: "saved"; readonly updatedAt: string; readonly edits: readonly Edit[] }
  | { readonly type: "versioned"; readonly updatedAt: string }
  | { readonly type: "person"; readonly person: Person; readonly asks: boolean }
  | { readonly type: "left"; readonly who: string }
  | { readonly type: "told" | "kept" }
  | { readonly type: "other" };

/** One frame of a workflow's socket. */
export function parseFrame(value: unknown): Frame {
  const frame = asObject(value);
  if (frame.type === "snapshot") {
    const run = parseRun({ ...asObject(frame.execution), ...(frame.seq === undefined ? {} : { seq: frame.seq }) });
    return run ? { type: "snapshot", run } : { type: "other" };
  }
  if (frame.type === "workflow.saved") return { type: "saved", updatedAt: asText(frame.updatedAt), edits: parseEdits(frame.edits) };
  if (frame.type === "workbench.saved") return { type: "versioned", updatedAt: asText(frame.updatedAt) };
  if (frame.type === "workflow.presence") return { type: "person", person: parsePerson(frame), asks: frame.asks === true };
  if (frame.type === "workflow.left") return { type: "left", who: asText(frame.who) };
  if (frame.type === "notice.told") return { type: "told" };
  if (frame.type === "workflow.kept") return { type: "kept" };
  if (frame.type !== "events") return { type: "other" };
  return { type: "events", executionId: asText(frame.executionId), events: asList(frame.events).filter(isObject).map(parseEvent) };
}

function parseEvent(item: JsonObject): RunEvent {
  const seq = asNumber(item.seq) ?? 0;
  const kind = asText(item.kind);
  const data = asObject(item.data);
  if (kind.startsWith("node_run.")) {
    const nodeRun = parseNodeRun({ nodeId: asText(item.nodeId), itemPath: item.itemPath ?? [], ...data }, seq);
    return { seq, kind: "node_run", nodeRun };
  }
  return kind.startsWith("execution.") ? { seq, kind: "execution", news: parseNews(data) } : { seq, kind: "other" };
}
