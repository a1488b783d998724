import { counted, t } from "../language/speak";
import type { NodeKind } from "./catalog";
import { asObject, asText } from "./json";

/** What the server says a start would cost now, everything reused that can be. */
export interface Estimate {
  readonly credits: number;
  /** How many paid nodes keep the result they have. */
  readonly reused: number;
  /** Paid nodes that run once per item of a list whose length nobody knows yet, with the price of one item. */
  readonly open: readonly { readonly label: string; readonly unit: number }[];
  /** The paid nodes that really run. */
  readonly running: readonly string[];
  readonly sufficient: boolean;
  readonly available: number | null;
}

export interface RunPrice {
  readonly before: "" | "at least " | "up to " | "about ";
  readonly credits: number;
  readonly reused: boolean;
  /** Why it is not simply a number, in a sentence; empty when it is. */
  readonly reason: string;
}

/** The parameters that a node's price follows. */
export function pricedBy(kind: NodeKind): ReadonlySet<string> {
  const from = asObject(kind.creditsBasis.quantity_from);
  const names = [...Object.keys(kind.creditsBy), ...Object.keys(asObject(kind.price.by)).flatMap((key) => key.split(",")), asText(from.param)];
  return new Set(names.filter((name) => name !== ""));
}

/** The price as it can be promised; `dearest` are nodes that run with a priced setting that comes over a wire. */
export function runPrice({ credits, reused, open, running }: Estimate, dearest: ReadonlySet<string>): RunPrice {
  const kept = reused === 0 ? "" : counted(reused, "One result is reused; “Run anew” makes all again.", "{count} results are reused; “Run anew” makes all again.");
  const price = { before: "" as const, credits, reused: credits === 0 && reused > 0 && open.length === 0, reason: kept };
  const [first] = open;
  if (first) {
    const often = open.length > 1
      ? t("How often these run shows only during the run: {names}.", { names: open.map(({ label }) => label).join(", ") })
      : first.unit > 0
        ? counted(first.unit, "How often “{name}” runs shows only during the run; each time costs {count} credit.", "How often “{name}” runs shows only during the run; each time costs {count} credits.", { name: first.label })
        : t("How often “{name}” runs shows only during the run.", { name: first.label });
    return { ...price, before: "at least ", reason: [often, kept].filter(Boolean).join(" ") };
  }
  if (running.some((id) => dearest.has(id))) {
    return { ...price, before: "up to ", reason: [t("A setting that the price follows comes over a wire; its dearest value is counted."), kept].filter(Boolean).join(" ") };
  }
  return price;
}
