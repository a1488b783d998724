import type { NodeRun } from "../live/run";

/** How one node stands among those that a group hides. */
export type Stand = "failed" | "asking" | "running" | "done" | "";

export function standOf(nodeRuns: readonly Pick<NodeRun, "status">[]): Stand {
  const has = (wanted: NodeRun["status"]) => nodeRuns.some(({ status }) => status === wanted);
  if (has("FAILED")) return "failed";
  if (has("WAITING")) return "asking";
  if (has("RUNNING")) return "running";
  return has("COMPLETED") && nodeRuns.every(({ status }) => status === "COMPLETED" || status === "SKIPPED") ? "done" : "";
}

export function tallyOf(stands: readonly Stand[]): Readonly<Record<Exclude<Stand, "">, number>> {
  const count = (wanted: Stand) => stands.filter((stand) => stand === wanted).length;
  return { failed: count("failed"), asking: count("asking"), running: count("running"), done: count("done") };
}
