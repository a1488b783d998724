import { isList, isObject } from "./json";
import type { Json } from "./json";

interface Execution {
  readonly id: string;
  readonly startTime: number | null;
  readonly byNode: ReadonlyMap<string, readonly {
    readonly output: Json;
    readonly cached: boolean;
    readonly provider: string;
  }[]>;
}

/** Where a file comes from: which node made it, in which execution, and when that began. */
export interface Maker {
  readonly nodeId: string;
  readonly execution: string;
  readonly at: number | null;
}

function holds(value: Json, url: string): boolean {
  if (isList(value)) return value.some((item) => holds(item, url));
  return isObject(value) ? Object.values(value).some((item) => holds(item, url)) : value === url;
}

/**
 * Who made the file at an address. What is passed on stands in the outputs of several nodes, what is reused in those of
 * several executions: it was made where a provider was asked and nothing reused.
 */
export function makerOf(executions: readonly Execution[], url: string): Maker | null {
  const found = executions.flatMap(({ id, startTime, byNode }) => [...byNode].flatMap(([nodeId, nodeRuns]) => {
    const own = nodeRuns.find(({ output }) => holds(output, url));
    return own ? [{ isMade: Number(!own.cached) * 2 + Number(own.provider !== ""), nodeId, execution: id, at: startTime }] : [];
  }));
  const [first] = found.toSorted((a, b) => b.isMade - a.isMade);
  return first ? { nodeId: first.nodeId, execution: first.execution, at: first.at } : null;
}

/** Of each thing, how many of the same kind there are and which of them it is. */
export function placed<T>(things: readonly T[], kindOf: (thing: T) => string): readonly { readonly place: number; readonly count: number }[] {
  const kinds = things.map(kindOf);
  return kinds.map((kind, i) => ({ place: kinds.slice(0, i + 1).filter((one) => one === kind).length, count: kinds.filter((one) => one === kind).length }));
}
