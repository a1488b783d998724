import { useMemo, useSyncExternalStore } from "react";

import { creditsOf } from "../graph/price";
import type { NodeKind } from "../graph/catalog";
import type { Fate, NodePlan } from "../graph/plan";
import { outputInside } from "../graph/component";
import type { Json } from "../graph/json";
import { outputsOf } from "../graph/ports";
import type { Problem } from "../graph/problems";
import { readOutput } from "../graph/media";
import type { Shown } from "../graph/media";
import type { Wire } from "../graph/flow";
import type { GraphNode } from "../graph/types";
import { isOver } from "../live/run";
import type { NodeRun } from "../live/run";
import { useCanvas, useDocument, useRuns, useUi } from "../store/canvas";
import { activeRuns, isStale, madeAt, nodeRunsOf, runShownOn } from "../store/run";
import { sameItems, useSlice } from "../store/store";
import { statusOf } from "./status";
import type { Status } from "./status";

const NO_WIRES: readonly Wire[] = [];

function sameWires(a: readonly Wire[], b: readonly Wire[]): boolean {
  return a.length === b.length && a.every((wire, i) => {
    const other = b[i];
    return wire.edge === other?.edge && wire.broken === other.broken
      && wire.shape.type === other.shape.type && wire.shape.list === other.shape.list;
  });
}

export function useWires(id: string): { readonly into: readonly Wire[]; readonly from: readonly Wire[] } {
  const into = useDocument((state) => state.flow.into.get(id) ?? NO_WIRES, sameWires);
  const from = useDocument((state) => state.flow.from.get(id) ?? NO_WIRES, sameWires);
  return { into, from };
}

function sameProblems(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every(({ message, field }, i) => message === b[i]?.message && field === b[i].field);
}

/** What keeps a node from running as it stands. */
export function useErrors(id: string): readonly Problem[] {
  return useDocument((state) => state.problems.filter((problem) => problem.nodeId === id && problem.severity === "error"), sameProblems);
}

/** Why the server would not run the node as it stands. */
export function useRefusals(id: string): readonly Problem[] {
  return useDocument((state) => state.refused.flatMap(({ problem }) => (problem.nodeId === id ? problem : [])), sameProblems);
}

export function useNodeRuns(id: string): readonly NodeRun[] {
  return useRuns((state) => nodeRunsOf(state, id));
}

function everySecond(tick: () => void): () => void {
  const timer = window.setInterval(tick, 1000);
  return () => clearInterval(timer);
}

const never = () => () => undefined;
const second = () => Math.floor(Date.now() / 1000) * 1000;

/** The time now, moving on every second as long as it is looked at. */
function useSeconds(moving: boolean): number {
  return useSyncExternalStore(moving ? everySecond : never, second);
}

/** Whether the execution that a node shows has ended. */
function useOver(id: string): boolean {
  return useRuns((state) => {
    const run = runShownOn(state, id);
    return run !== null && isOver(run);
  });
}

/** How long a node is expected to take, in seconds: as the plan of the next run says, or else as its kind usually does. */
export function useTakes(id: string, kind: NodeKind | null): number | null {
  const planned = useSlice(useCanvas().money, ({ plan }) => {
    const entry = plan?.nodes.get(id);
    return entry?.fate === "run" ? entry.seconds : null;
  });
  return planned ?? kind?.typicalSeconds ?? null;
}

export function useStatus(id: string, kind: NodeKind | null, nodeRuns: readonly NodeRun[], takes: number | null): Status {
  const { contact, document } = useCanvas();
  const signature = useDocument((state) => state.signatures.get(id));
  const stale = useRuns((state) => signature !== undefined && isStale(state, id, document.get().signatures));
  const over = useOver(id);
  const lost = useSlice(contact, (state) => state.lost);
  const ticking = useSeconds(lost === null && !over && nodeRuns.some((nodeRun) => nodeRun.status === "RUNNING"));
  const now = lost ?? ticking;
  return statusOf(kind?.sources ? countedInside(nodeRuns, over) : nodeRuns, { inside: kind?.sources !== undefined, stale, over, typical: takes, now });
}

/** Those of a component that say how it stands: what failed, or else all that was needed. */
function countedInside(nodeRuns: readonly NodeRun[], over: boolean): readonly NodeRun[] {
  const failed = nodeRuns.filter(({ status }) => status === "FAILED");
  const needed = nodeRuns.filter(({ status }) => status !== "SKIPPED");
  return over && failed.length > 0 ? failed.slice(0, 1) : needed.length > 0 ? needed : nodeRuns;
}

/** What the next run would do to a node; null while that is not known, or a run is under way. */
export interface Outlook extends Omit<NodePlan, "fate"> {
  /** `held`: nothing is wrong with it, but with something before it. `outside`: in a component, what it lacks is given to that. */
  readonly fate: Fate | "held" | "outside";
  /** It was changed since the server was asked. */
  readonly guessed: boolean;
}

function sameOutlook(a: Outlook | null, b: Outlook | null): boolean {
  if (a === null || b === null) return a === b;
  return a.guessed === b.guessed && sameItems(Object.values(a), Object.values(b));
}

const NOT_RUN: Outlook = { fate: "disabled", credits: 0, unit: 0, times: 0, open: false, seconds: 0, provider: "", providerTitle: "", ownKey: false, openedBy: "", guessed: false };
/** What was so before something was changed, and is not so any more. */
const RUNS_AGAIN: ReadonlySet<Fate> = new Set<Fate>(["cached", "disabled", "bypassed", "depends"]);

/** What was changed since the plan was made is known to run, and is said at once; the server then says the same, or better. */
export function useOutlook(id: string): Outlook | null {
  const { money } = useCanvas();
  const off = useDocument((state) => state.switched.off.get(id));
  const now = useDocument((state) => state.signatures.get(id));
  const busy = useRuns((state) => activeRuns(state).length > 0);
  const outside = useDocument((state) => state.outside.some(({ nodeId }) => nodeId === id));
  const wrong = useErrors(id).length > 0;
  const { into } = useWires(id);
  return useSlice(money, ({ plan, made, looked }) => {
    if (looked === null && busy) return null;
    const entry = (looked ?? plan)?.nodes.get(id);
    if (off === "disabled" || off === "bypassed" || off === "depends") return { ...NOT_RUN, fate: off };
    if (!entry) return null;
    const guessed = looked === null && made.get(id) !== now;
    const blocked = entry.fate === "blocked" && !wrong;
    const held = blocked && into.some(({ edge }) => (looked ?? plan)?.nodes.get(edge.source)?.fate === "blocked");
    const fate = held ? "held" : blocked && outside ? "outside" : guessed && (blocked || RUNS_AGAIN.has(entry.fate)) ? "run" : entry.fate;
    return { ...entry, fate, guessed };
  }, sameOutlook);
}

/** What a node run made, in the words of the node's own outputs. */
export function outputOf(kind: NodeKind, id: string, nodeRun: NodeRun): Json {
  return kind.sources ? outputInside(kind, id, nodeRun.nodeId, nodeRun.output) : nodeRun.output;
}

interface Results {
  readonly items: readonly Shown[];
  readonly index: number;
  /** They come from an execution before the one that is shown. */
  readonly old: boolean;
}

/** Everything the node's main output holds, over all items, and which of it is looked at. */
export function useResults(node: GraphNode, kind: NodeKind | null, nodeRuns: readonly NodeRun[]): Results {
  const over = useOver(node.id) || !nodeRuns.some(({ status }) => status === "PENDING" || status === "RUNNING");
  const made = useRuns((state) => (over ? madeAt(state, node.id) : nodeRuns));
  const items = useMemo(() => {
    const ports = kind ? outputsOf(kind, node) : [];
    const parts = made.flatMap((nodeRun) => readOutput(kind ? outputOf(kind, node.id, nodeRun) : nodeRun.output, ports)[0] ?? []);
    const main = kind?.sources ? ports.find(({ id }) => parts.some(({ port }) => port === id))?.id : undefined;
    return parts.filter(({ port }) => main === undefined || port === main).flatMap(({ items }) => items);
  }, [kind, node, made]);
  const chosen = useUi((ui) => ui.shown.get(node.id));
  const stored = typeof node.data.selectedIndex === "number" ? node.data.selectedIndex : 0;
  return { items, index: Math.min(chosen ?? stored, Math.max(0, items.length - 1)), old: made !== nodeRuns };
}

export function usePrice(node: GraphNode, kind: NodeKind | null, into: readonly Wire[]): number {
  return useMemo(() => {
    if (kind === null) return 0;
    return creditsOf(kind, node, new Set(into.flatMap((wire) => (wire.param ? wire.param.id : (wire.inlet?.id ?? [])))));
  }, [kind, node, into]);
}
