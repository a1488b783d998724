import type { Json } from "../graph/json";

export type NodeStatus = "PENDING" | "RUNNING" | "WAITING" | "COMPLETED" | "FAILED" | "SKIPPED" | "CANCELLED";
export type RunStatus = "PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "TIMEOUT";

export interface NodeRun {
  readonly nodeId: string;
  readonly itemPath: readonly number[];
  readonly status: NodeStatus;
  readonly statusWord: string;
  readonly output: Json;
  readonly error: string;
  readonly errorCode: string;
  readonly startTime: number | null;
  readonly durationMs: number | null;
  readonly creditsUsed: number;
  readonly provider: string;
  readonly progress: number | null;
  readonly cached: boolean;
  readonly skipReason: string;
}

export interface Run {
  readonly id: string;
  readonly status: RunStatus;
  readonly error: string;
  readonly creditsUsed: number;
  readonly startTime: number | null;
  readonly durationMs: number | null;
  readonly seq: number;
  /** The node runs of each node, in item order. */
  readonly byNode: ReadonlyMap<string, readonly NodeRun[]>;
}

export interface ExecutionNews {
  readonly status: RunStatus;
  readonly error: string;
  readonly creditsUsed: number;
  readonly startTime: number | null;
  readonly durationMs: number | null;
}

export type RunEvent =
  | { readonly seq: number; readonly kind: "node_run"; readonly nodeRun: NodeRun }
  | { readonly seq: number; readonly kind: "execution"; readonly news: ExecutionNews }
  | { readonly seq: number; readonly kind: "other" };

export function isOver(run: Run): boolean {
  return run.status !== "PENDING" && run.status !== "RUNNING";
}

function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? -1) - (b[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Node runs by node, each node's in item order; a later entry for the same item takes the place of an earlier one. */
export function groupNodeRuns(nodeRuns: readonly NodeRun[]): ReadonlyMap<string, readonly NodeRun[]> {
  let byNode: ReadonlyMap<string, readonly NodeRun[]> = new Map();
  for (const nodeRun of nodeRuns) byNode = putNodeRun(byNode, nodeRun);
  return byNode;
}

function putNodeRun(
  byNode: ReadonlyMap<string, readonly NodeRun[]>, nodeRun: NodeRun,
): ReadonlyMap<string, readonly NodeRun[]> {
  const others = (byNode.get(nodeRun.nodeId) ?? []).filter((other) => comparePaths(other.itemPath, nodeRun.itemPath) !== 0);
  const sorted = [...others, nodeRun].sort((a, b) => comparePaths(a.itemPath, b.itemPath));
  return new Map(byNode).set(nodeRun.nodeId, sorted);
}

/** Fold one event in. An event that was seen before changes nothing. */
export function applyEvent(run: Run, event: RunEvent): Run {
  if (event.seq <= run.seq) return run;
  switch (event.kind) {
    case "node_run":
      return { ...run, seq: event.seq, byNode: putNodeRun(run.byNode, event.nodeRun) };
    case "execution":
      return { ...run, seq: event.seq, ...event.news };
    case "other":
      return { ...run, seq: event.seq };
  }
}

export interface Tally {
  readonly done: number;
  readonly total: number;
  readonly failed: number;
  readonly part: number;
}

/** How far an execution is; running nodes count with their progress. */
export function tally(run: Run): Tally {
  let done = 0;
  let failed = 0;
  let total = 0;
  let partly = 0;
  for (const nodeRuns of run.byNode.values()) {
    for (const { status, progress } of nodeRuns) {
      total++;
      if (status === "RUNNING") partly += (progress ?? 0) / 100;
      else if (status !== "PENDING" && status !== "WAITING") done++;
      if (status === "FAILED") failed++;
    }
  }
  return { done, total, failed, part: total === 0 ? 0 : (done + partly) / total };
}
