import type { NodeKind } from "../graph/catalog";
import type { NodeRun } from "../live/run";
import { credits, seconds } from "./status";

interface Props {
  readonly kind: NodeKind;
  readonly nodeRuns: readonly NodeRun[];
}

/** Who made the result, how long it took and what it cost. */
export function CardFooter({ kind, nodeRuns }: Props) {
  const done = nodeRuns.filter((nodeRun) => nodeRun.status === "COMPLETED");
  if (done.length === 0) return null;
  const providers = [...new Set(done.map((nodeRun) => nodeRun.provider).filter((name) => name !== "" && name !== "local"))];
  const took = Math.max(...done.map((nodeRun) => nodeRun.durationMs ?? 0));
  const spent = done.reduce((sum, nodeRun) => sum + nodeRun.creditsUsed, 0);
  const sandbox = providers.includes("sandbox");
  return (
    <footer className="card-foot">
      {providers.map((name) => (
        <span key={name} className={name === "sandbox" ? "sandbox" : ""} title={name === "sandbox" ? "Drawn by the sandbox, not by the real model: no key is set." : `Made by ${name}`}>{name}</span>
      ))}
      {kind.execution === "local" && !sandbox && <span>here</span>}
      {took > 0 && <span>{seconds(took)}</span>}
      {spent > 0 && <span>{credits(spent)}</span>}
    </footer>
  );
}
