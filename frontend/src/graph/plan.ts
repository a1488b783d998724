import type { Catalog } from "./catalog";
import { outerIds } from "./component";
import { asList, asNumber, asObject, asText, asTexts, isObject } from "./json";
import { problemsIn } from "../api/workflow";
import type { Off } from "./modes";
import { kindOf } from "./ports";
import type { Problem } from "./problems";
import type { Estimate } from "./run-price";
import type { Doc } from "./types";
import { downstream } from "./walk";

/** What to start: everything, or some nodes with what they need. */
export interface Start {
  /** One node, which is made anew. */
  readonly target: string | null;
  readonly targets: readonly string[];
  /** Nodes of which no stored result is taken. */
  readonly anew: readonly string[];
  readonly force: boolean;
}

export const EVERYTHING: Start = { target: null, targets: [], anew: [], force: false };

/** The nodes with what they need; they themselves are made anew. */
export function startOf(ids: readonly string[]): Start {
  const [only = null, ...more] = ids;
  return more.length === 0 ? { ...EVERYTHING, target: only } : { ...EVERYTHING, targets: ids, anew: ids };
}

/** The nodes anew, and everything that hangs on them. */
export function startFrom(doc: Doc, ids: readonly string[]): Start {
  return { ...EVERYTHING, targets: [...downstream(doc, ids)], anew: ids };
}

/** The nodes that are asked for; none means all. */
export function wantedBy({ target, targets }: Start): readonly string[] {
  return target === null ? targets : [target];
}

/** Of several nodes seen as one, the fate that counts for it. */
const COUNTS = ["blocked", "run", "cached", "ready", "skip", "idle"] as const;

/** What a start would do to a node. `ready`: its value is written on it, or computed on the spot. */
export type Fate = "ready" | "cached" | "run" | "skip" | "blocked" | "idle" | "pinned" | Off;
const FATES: readonly Fate[] = ["ready", "cached", "run", "skip", "blocked", "idle", "pinned", "disabled", "bypassed", "depends", "unneeded"];

export interface NodePlan {
  readonly fate: Fate;
  readonly credits: number;
  readonly unit: number;
  readonly times: number;
  /** How often it runs shows only during the run. */
  readonly open: boolean;
  readonly seconds: number;
  /** Whose model would be called first, as its name and as people say it; `sandbox` where no key serves the node. */
  readonly provider: string;
  readonly providerTitle: string;
  /** With a key of the team's own, and not this server's. */
  readonly ownKey: boolean;
  /** Whose key would serve a node that goes to the sandbox, in words. */
  readonly openedBy: string;
}

/** What the server says a start would do now. */
export interface Plan {
  readonly credits: number;
  readonly seconds: number;
  readonly available: number;
  readonly sufficient: boolean;
  readonly nodes: ReadonlyMap<string, NodePlan>;
  /** What is wrong with the whole graph. */
  readonly problems: readonly Problem[];
}

export function parsePlan(value: unknown): Plan {
  const body = asObject(value);
  const nodes = asList(body.nodes).filter(isObject).map((line) => {
    const plan: NodePlan = {
      fate: FATES.find((fate) => fate === line.state) ?? "run",
      credits: asNumber(line.credits) ?? 0, unit: asNumber(line.unitCredits) ?? 0, times: asNumber(line.times) ?? 0,
      open: line.isOpen === true, seconds: asNumber(line.seconds) ?? 0,
      provider: asText(line.provider), providerTitle: asText(line.providerTitle), ownKey: line.ownKey === true,
      openedBy: asTexts(line.openedBy).join(", "),
    };
    return [asText(line.nodeId), plan] as const;
  });
  const own = new Set(nodes.map(([id]) => id));
  const all = new Map(nodes);
  for (const [id, plan] of nodes) for (const outer of outerIds(id)) if (!own.has(outer)) all.set(outer, together(all.get(outer), plan));
  return {
    credits: asNumber(body.credits) ?? 0, seconds: asNumber(body.seconds) ?? 0, available: asNumber(body.availableCredits) ?? 0,
    sufficient: body.sufficient === true, nodes: all, problems: problemsIn(body),
  };
}

/** What is said of a component: what its nodes come to. */
function together(sum: NodePlan | undefined, one: NodePlan): NodePlan {
  if (!sum) return one;
  const fate = COUNTS.find((candidate) => candidate === sum.fate || candidate === one.fate) ?? sum.fate;
  // Where it is called: the sandbox before all others, for that is what somebody wants to know.
  const called = one.provider === "sandbox" || sum.provider === "" ? one : sum;
  return { ...called, fate, credits: sum.credits + one.credits, unit: sum.unit + one.unit, times: Math.max(sum.times, one.times), open: sum.open || one.open, seconds: sum.seconds + one.seconds };
}

/** The plan as a price: what of it costs, what is kept, what nobody knows yet. */
export function estimateOf({ credits, nodes, sufficient, available }: Plan, doc: Doc, catalog: Catalog): Estimate {
  const paid = doc.nodes.flatMap((node) => {
    const plan = nodes.get(node.id);
    const kind = kindOf(catalog, node);
    return plan && kind?.execution === "remote" ? [{ id: node.id, label: asText(node.data.label) || kind.title, plan }] : [];
  });
  return {
    credits, sufficient, available,
    reused: paid.filter(({ plan }) => plan.fate === "cached").length,
    open: paid.filter(({ plan }) => plan.open).map(({ label, plan }) => ({ label, unit: plan.unit })),
    running: paid.filter(({ plan }) => plan.fate === "run").map(({ id }) => id),
  };
}
