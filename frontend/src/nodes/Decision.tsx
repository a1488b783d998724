import { explain } from "../actions/action";
import type { NodeRun } from "../live/run";
import { useCanvas, useRuns } from "../store/canvas";
import { runShownOn } from "../store/run";

/** The two answers a waiting node asks for, per item. */
export function Decision({ id, nodeRuns }: { readonly id: string; readonly nodeRuns: readonly NodeRun[] }) {
  const canvas = useCanvas();
  const run = useRuns((state) => runShownOn(state, id)?.id ?? null);
  const waiting = nodeRuns.find((nodeRun) => nodeRun.status === "WAITING");
  if (!waiting || run === null) return null;
  const item = waiting.itemPath.at(-1) ?? null;
  const answer = (decision: "approve" | "reject") => {
    canvas.api.decide(run, id, decision, item).catch((error: unknown) => explain(canvas, error));
  };
  return (
    <div className="decision nodrag">
      <span>{item === null ? "Go on with this?" : `Item ${item + 1}: go on with this?`}</span>
      <button type="button" className="small primary" onClick={() => answer("approve")}>Approve</button>
      <button type="button" className="small" onClick={() => answer("reject")}>Reject</button>
    </div>
  );
}
