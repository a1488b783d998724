import type { NodeKind } from "../graph/catalog";
import { t } from "../language/speak";
import type { NodeRun } from "../live/run";
import { credits, seconds } from "./status";

interface Props {
  readonly kind: NodeKind;
  readonly nodeRuns: readonly NodeRun[];
  readonly price: number;
  /** How long it is expected to take, in seconds. */
  readonly takes: number | null;
  /** The line below says what to expect. */
  readonly planned: boolean;
}

/** What a run will take, as far as that is known beforehand. */
function expected(kind: NodeKind, price: number, takes: number | null): string {
  if (kind.execution === "local") return t("runs here, free");
  const time = takes !== null && takes >= 1 ? t("about {time}", { time: seconds(takes * 1000) }) : "";
  return [time, price > 0 ? credits(price) : t("free")].filter(Boolean).join(" · ");
}

/** Who made the result, how long it took and what it cost; before that, what to expect. */
export function CardFooter({ kind, nodeRuns, price, takes, planned }: Props) {
  const done = nodeRuns.filter((nodeRun) => nodeRun.status === "COMPLETED");
  if (kind.execution === "source") return null;
  if (done.length === 0) return planned ? null : <footer className="card-foot">{expected(kind, price, takes)}</footer>;
  const providers = [...new Set(done.map((nodeRun) => nodeRun.provider).filter((name) => name !== "" && name !== "local"))];
  const took = Math.max(...done.map((nodeRun) => nodeRun.durationMs ?? 0));
  const spent = done.reduce((sum, nodeRun) => sum + nodeRun.creditsUsed, 0);
  const sandbox = providers.includes("sandbox");
  return (
    <footer className="card-foot">
      {providers.map((name) => (
        <span key={name} className={name === "sandbox" ? "sandbox" : ""} title={name === "sandbox" ? t("Drawn by the sandbox, not by the real model: no key is set.") : t("Made by {name}", { name })}>{name}</span>
      ))}
      {kind.execution === "local" && !sandbox && done.some((nodeRun) => !nodeRun.cached) && <span>{t("made here")}</span>}
      {done.every((nodeRun) => nodeRun.cached) && <span>{t("reused, free")}</span>}
      {took > 0 && <span>{seconds(took)}</span>}
      {spent > 0 && <span>{credits(spent)}</span>}
    </footer>
  );
}
