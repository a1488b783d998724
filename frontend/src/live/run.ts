import type { Wire } from "../api/call";
import { JOINT, outerIds } from "../graph/component";
import type { Json } from "../graph/json";

export type NodeStatus = Wire["NodeRun"]["status"];
export type RunStatus = Wire["ExecutionDetail"]["status"];

/** What a person is asked: items to approve one by one, or a list to pick one of. */
export interface Question {
  readonly kind: "approval" | "pick";
  readonly message: string;
  readonly approvers: string;
  readonly items: readonly Json[];
  /** For each item whether it still waits for its answer; a pick's wait together. */
  readonly open: readonly boolean[];
  readonly mayEdit: boolean;
}

export interface NodeRun {
  readonly nodeId: string;
  readonly itemPath: readonly number[];
  readonly status: NodeStatus;
  readonly statusWord: string;
  readonly output: Json;
  readonly question: Question | null;
  readonly error: string;
  readonly errorCode: string;
  readonly startTime: number | null;
  readonly durationMs: number | null;
  readonly creditsUsed: number;
  readonly provider: string;
  readonly progress: number | null;
  readonly cached: boolean;
  readonly skipReason: string;
  /** Why the node's own model was given up for its fallback; empty when it was not. */
  readonly fallbackReason: string;
  /** The number of the event, or the snapshot, that said so. */
  readonly seq: number;
}

export interface Run {
  readonly id: string;
  /** The door that it came in by, in the word of the server. */
  readonly trigger: string;
  readonly status: RunStatus;
  readonly error: string;
  /** Who cancelled it, in the words of the server; "" for nobody. */
  readonly stoppedBy: string;
  readonly creditsUsed: number;
  readonly startTime: number | null;
  readonly durationMs: number | null;
  /** All events up to this number are in. */
  readonly seq: number;
  /** Events that are in although one before them is not. */
  readonly ahead: ReadonlySet<number>;
  /** The number of the event, or the snapshot, that said how the execution itself stands. */
  readonly newsSeq: number;
  /** The node runs of each node, in item order. */
  readonly byNode: ReadonlyMap<string, readonly NodeRun[]>;
}

export interface ExecutionNews {
  readonly status: RunStatus;
  readonly error: string;
  readonly stoppedBy: string;
  readonly creditsUsed: number;
  readonly startTime: number | null;
  readonly durationMs: number | null;
}

export type RunEvent =
  | { readonly seq: number; readonly kind: "node_run"; readonly nodeRun: NodeRun }
  | { readonly seq: number; readonly kind: "execution"; readonly news: ExecutionNews }
  | { readonly seq: number; readonly kind: "other" };

/** Doors that somebody opens by hand, one run at a time. */
const BY_HAND: ReadonlySet<string> = new Set(["canvas", "again", "resume"]);

export function isByHand({ trigger }: Pick<Run, "trigger">): boolean {
  return BY_HAND.has(trigger);
}

export function isOver(run: Run): boolean {
  return run.status !== "RUNNING";
}

type NodeRuns = ReadonlyMap<string, readonly NodeRun[]>;

interface Inside {
  /** By the ids of components, those of all nodes in them. */
  readonly within: NodeRuns;
  /** By the ids of components, those of the nodes in them as these are called once they are unpacked. */
  readonly unpacked: ReadonlyMap<string, NodeRuns>;
}

const inside = new WeakMap<NodeRuns, Inside>();

function insideOf(byNode: NodeRuns): Inside {
  const known = inside.get(byNode);
  if (known) return known;
  const within = new Map<string, NodeRun[]>();
  const unpacked = new Map<string, Map<string, NodeRun[]>>();
  for (const [id, nodeRuns] of byNode) {
    const outer = outerIds(id);
    for (const one of outer) within.set(one, [...(within.get(one) ?? []), ...nodeRuns]);
    const [around] = outer;
    if (around === undefined) continue;
    const nodeId = id.slice(around.length + 1);
    const left = unpacked.get(around) ?? new Map<string, NodeRun[]>();
    for (const one of [...outerIds(nodeId), nodeId]) left.set(one, [...(left.get(one) ?? []), ...nodeRuns.map((nodeRun) => ({ ...nodeRun, nodeId }))]);
    unpacked.set(around, left);
  }
  const made = { within, unpacked };
  inside.set(byNode, made);
  return made;
}

/** The node runs of a node; of a component those of all nodes in it; of a node that was in a component then and is not now, those there. */
export function runsAt({ byNode }: Run, nodeId: string, components: ReadonlySet<string>): readonly NodeRun[] | undefined {
  const own = byNode.get(nodeId) ?? insideOf(byNode).within.get(nodeId);
  return own ?? [...insideOf(byNode).unpacked].find(([around, left]) => !components.has(around) && left.has(nodeId))?.[1].get(nodeId);
}

/** What a node was called in a run. */
export function nameIn({ byNode }: Run, nodeId: string, components: ReadonlySet<string>): string {
  if (byNode.has(nodeId)) return nodeId;
  return [...byNode.keys()].find((id) => outerIds(id).some((around) => !components.has(around) && id === around + JOINT + nodeId)) ?? nodeId;
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
  return nodeRuns.reduce(putNodeRun, new Map());
}

function sameItem(a: NodeRun, b: NodeRun): boolean {
  return a.nodeId === b.nodeId && comparePaths(a.itemPath, b.itemPath) === 0;
}

function putNodeRun(
  byNode: ReadonlyMap<string, readonly NodeRun[]>, nodeRun: NodeRun,
): ReadonlyMap<string, readonly NodeRun[]> {
  const known = byNode.get(nodeRun.nodeId) ?? [];
  const others = known.filter((other) => !sameItem(other, nodeRun));
  const sorted = [...others, nodeRun].sort((a, b) => comparePaths(a.itemPath, b.itemPath));
  return new Map(byNode).set(nodeRun.nodeId, sorted);
}

/** Count a number as seen; those that waited for it are counted with it. */
function count(run: Run, seq: number): Pick<Run, "seq" | "ahead"> {
  const ahead = new Set([...run.ahead, seq].filter((other) => other > run.seq));
  let whole = run.seq;
  while (ahead.delete(whole + 1)) whole++;
  return { seq: whole, ahead };
}

/**
 * Fold one event in. Each says all there is to say about its node run, or about the execution, so for each the highest
 * number counts: events may come twice, late or in any order.
 */
export function applyEvent(run: Run, event: RunEvent): Run {
  if (event.seq <= run.seq || run.ahead.has(event.seq)) return run;
  const next = { ...run, ...count(run, event.seq) };
  if (event.kind === "execution") return event.seq > run.newsSeq ? { ...next, ...event.news, newsSeq: event.seq } : next;
  if (event.kind === "other") return next;
  const { nodeRun } = event;
  const newer = run.byNode.get(nodeRun.nodeId)?.some((other) => sameItem(other, nodeRun) && other.seq > event.seq) === true;
  return newer ? next : { ...next, byNode: putNodeRun(run.byNode, { ...nodeRun, seq: event.seq }) };
}

/** Take a snapshot in; what was heard after it was made stays. */
export function applySnapshot(run: Run, snapshot: Run): Run {
  const later = [...run.byNode.values()].flat().filter((nodeRun) => nodeRun.seq > snapshot.seq);
  const news = run.newsSeq > snapshot.newsSeq ? run : snapshot;
  const known = run.seq > snapshot.seq ? run : { ...snapshot, ahead: run.ahead };
  return { ...news, ...count(known, known.seq), byNode: later.reduce(putNodeRun, snapshot.byNode) };
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
