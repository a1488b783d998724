import { setParam } from "../graph/changes";
import type { NodeKind } from "../graph/catalog";
import { effective } from "../graph/params";
import { seedOf, someSeed } from "../graph/seed";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";

/** The seed of a node: locked it is the same in each run, unlocked what is made anew gets another. */
export function SeedLock({ node, kind }: { readonly node: GraphNode; readonly kind: NodeKind }) {
  const { document, readOnly } = useCanvas();
  const param = seedOf(kind);
  if (!param) return null;
  const value = effective(kind, param, node);
  const isLocked = typeof value === "number";
  const turn = () => document.edit(isLocked ? t("Unlock the seed") : t("Lock the seed"), setParam(node.id, param, isLocked ? undefined : someSeed(param, Math.random())));
  return (
    <button
      type="button" className="quiet seed-lock nodrag" aria-pressed={isLocked} disabled={readOnly} onClick={turn}
      aria-label={isLocked ? t("Seed {number}, locked", { number: String(value) }) : t("New seed for each result")}
      title={isLocked ? t("The same seed in each run. Press to let each new result have another.") : t("Each new result has another seed. Press to keep one for all runs.")}
    >
      <svg className="icon" width={12} height={12} viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={isLocked ? "M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3" : "M5 11h14v9H5zM8 11V7a4 4 0 0 1 7.500-2"} /></svg>
      <span>{isLocked ? t("seed {number}", { number: String(value) }) : t("new seed")}</span>
    </button>
  );
}
