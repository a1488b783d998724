import type { NodeKind, Param } from "./catalog";
import { asNumber, asObject, asText, isObject, written } from "./json";
import type { Json, JsonObject } from "./json";
import { effective } from "./params";
import type { GraphNode } from "./types";

/** Parameters of a node whose value comes over a wire and is not known before the run. */
type Wired = ReadonlySet<string>;

/** What one run of the node is held for, in whole credits; wired parameters count at their dearest value. */
export function creditsOf(kind: NodeKind, node: GraphNode, wired: Wired): number {
  const usd = asNumber(kind.price.usd) ?? 0;
  if (kind.execution !== "remote" || (usd === 0 && kind.credits === 0)) return 0;
  const value = (id: string): Json | undefined => {
    const param = kind.params.find((candidate) => candidate.id === id);
    return !param || wired.has(id) ? undefined : effective(kind, param, node);
  };
  const quantity = quantityOf(kind, value, wired);
  const [byParam, table] = Object.entries(kind.creditsBy)[0] ?? [];
  if (byParam !== undefined && isObject(table)) {
    return Math.max(1, Math.ceil(dearest(table, [value(byParam)]) * quantity - 1e-9));
  }
  const [names, prices] = Object.entries(asObject(kind.price.by))[0] ?? [];
  const unit = names !== undefined && isObject(prices) ? dearest(prices, names.split(",").map(value)) : usd;
  return Math.max(1, Math.ceil(100 * unit * quantity - 1e-9));
}

/** Look a price up level by level; where a value is unknown, the dearest branch counts. */
function dearest(table: JsonObject, path: readonly (Json | undefined)[]): number {
  const [key, ...rest] = path;
  const one = key === undefined ? undefined : table[written(key)];
  const branches = one === undefined ? Object.values(table) : [one];
  return Math.max(0, ...branches.map((branch) => (isObject(branch) ? dearest(branch, rest) : (asNumber(branch) ?? 0))));
}

function quantityOf(kind: NodeKind, value: (id: string) => Json | undefined, wired: Wired): number {
  const fixed = asNumber(kind.creditsBasis.quantity) ?? 1;
  const from = asObject(kind.creditsBasis.quantity_from);
  for (const [id, wanted] of Object.entries(asObject(from.when))) if (value(id) !== wanted) return fixed;
  const chars = asText(from.chars_of);
  const name = chars || asText(from.param);
  const param = kind.params.find((candidate) => candidate.id === name);
  if (!param) return fixed;
  const raw = chars !== "" ? textLength(value(name)) : wired.has(name) ? largest(param) : asNumber(Number(value(name) ?? NaN));
  if (raw === null) return fixed;
  const scaled = raw ** (asNumber(from.power) ?? 1) / (asNumber(from.divide) ?? 1);
  return from.round_up === true ? Math.ceil(scaled) : scaled;
}

function textLength(value: Json | undefined): number | null {
  return typeof value === "string" && value !== "" ? value.length : null;
}

function largest(param: Param): number | null {
  const values = param.values.map(Number).filter(Number.isFinite);
  return values.length > 0 ? Math.max(...values) : param.max;
}
