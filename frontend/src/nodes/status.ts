import { counted, t } from "../language/speak";
import type { IconName } from "../panels/icons";
import type { NodeRun } from "../live/run";

export type Tone = "idle" | "waiting" | "running" | "hand" | "done" | "cached" | "skipped" | "partial" | "failed" | "cancelled" | "stale";

/** What a card says about its node runs, in the words used everywhere in the product. */
export interface Status {
  readonly tone: Tone;
  readonly icon: IconName | null;
  readonly word: string;
  /** The whole sentence, for the tooltip and the inspector. */
  readonly text: string;
}

/** Nodes that somebody has switched off, by the reason that the server gives. */
const OFF_WORDS: Readonly<Record<string, string>> = { disabled: "disabled", bypassed: "bypassed", unneeded: "not needed" };

const IDLE: Status = { tone: "idle", icon: null, word: "", text: "" };

export function seconds(ms: number): string {
  const s = ms / 1000;
  if (s < 90) return t("{seconds} s", { seconds: s < 10 ? Math.round(s * 10) / 10 : Math.round(s) });
  return t("{minutes} min {seconds} s", { minutes: Math.floor(s / 60), seconds: Math.round(s % 60) });
}

export function credits(count: number): string {
  return counted(count, "{count} credit", "{count} credits");
}

function one(nodeRun: NodeRun, typical: number | null, now: number): Status {
  switch (nodeRun.status) {
    case "PENDING":
      return { tone: "waiting", icon: "clock", word: "waiting", text: waitText(nodeRun) };
    case "RUNNING": {
      const since = nodeRun.startTime === null ? null : Math.max(0, now - nodeRun.startTime);
      const about = typical !== null && typical >= 2 ? ` of about ${Math.round(typical)} s` : "";
      const word = since === null ? "running" : `running ${seconds(Math.floor(since / 1000) * 1000)}`;
      return { tone: "running", icon: null, word, text: since === null ? word : `${word}${about}` };
    }
    case "WAITING":
      return { tone: "hand", icon: "hand", word: nodeRun.statusWord, text: nodeRun.statusWord };
    case "COMPLETED":
      return nodeRun.cached
        ? nodeRun.skipReason === "pinned"
          ? { tone: "cached", icon: "pin", word: "pinned", text: "pinned result · 0 credits" }
          : { tone: "cached", icon: "bolt", word: "reused", text: "reused · 0 credits" }
        : { tone: "done", icon: "check", word: "done", text: doneText([nodeRun]) };
    case "SKIPPED":
      return { tone: "skipped", icon: "skip", word: OFF_WORDS[nodeRun.skipReason] ?? "skipped", text: nodeRun.skipReason === "branch" ? "skipped: branch not taken" : nodeRun.statusWord || "skipped" };
    case "FAILED":
      return { tone: "failed", icon: "warning", word: "failed", text: nodeRun.error || "failed" };
    case "CANCELLED":
      return { tone: "cancelled", icon: "stop", word: "stopped", text: "stopped" };
  }
}

/** The server says what it is that a node waits for where it is more than those before it. */
function waitText({ statusWord }: NodeRun): string {
  return statusWord.startsWith("waiting ") ? statusWord : "waiting for its turn";
}

function doneText(nodeRuns: readonly NodeRun[]): string {
  const took = Math.max(0, ...nodeRuns.map((nodeRun) => nodeRun.durationMs ?? 0));
  const spent = nodeRuns.reduce((sum, nodeRun) => sum + nodeRun.creditsUsed, 0);
  const other = nodeRuns.some((nodeRun) => nodeRun.fallbackReason !== "");
  return [other ? "done by the other model" : "done", took > 0 ? seconds(took) : "", spent > 0 ? credits(spent) : ""].filter(Boolean).join(" · ");
}

/** What a status depends on beside the node runs themselves. */
export interface Surroundings {
  /** Something the node depends on was changed since. */
  readonly stale: boolean;
  /** The execution has ended: what waits then will not be reached any more. */
  readonly over: boolean;
  /** They are not the items of a list but the nodes of a component. */
  readonly inside?: boolean;
  readonly typical: number | null;
  readonly now: number;
}

const NOT_REACHED: Status = { tone: "skipped", icon: "skip", word: "not run", text: "not run: something it needs did not work" };

/** Sum up a node's runs: one, or one per item. */
export function statusOf(nodeRuns: readonly NodeRun[], { stale, over, inside = false, typical, now }: Surroundings): Status {
  const [first] = nodeRuns;
  if (!first) return IDLE;
  if (over && nodeRuns.every(({ status }) => status === "PENDING")) return NOT_REACHED;
  const count = (status: NodeRun["status"]) => nodeRuns.filter((nodeRun) => nodeRun.status === status).length;
  const running = nodeRuns.find((nodeRun) => nodeRun.status === "RUNNING");
  const total = nodeRuns.length;
  const done = count("COMPLETED");
  if (total === 1) {
    const status = one(first, typical, now);
    const good = status.tone === "done" || status.tone === "cached";
    return good && stale ? { tone: "stale", icon: "clock", word: "changed", text: "settings changed since last result" } : status;
  }
  if (!over && (running || count("PENDING") > 0)) {
    const ended = total - count("PENDING") - count("RUNNING");
    return { tone: running || ended > 0 ? "running" : "waiting", icon: running ? null : "clock", word: `${ended} of ${total}`, text: `${ended} of ${total} ${inside ? "nodes" : "items"}` };
  }
  if (count("WAITING") > 0) return { tone: "hand", icon: "hand", word: "needs approval", text: `${count("WAITING")} need approval` };
  if (stale) return { tone: "stale", icon: "clock", word: "changed", text: "settings changed since last result" };
  if (done === total) return { tone: "done", icon: "check", word: inside ? "done" : `${done} items`, text: doneText(nodeRuns) };
  if (done > 0) return { tone: "partial", icon: "warning", word: `${done} of ${total}`, text: `${done} of ${total} ${inside ? "nodes" : "items"}` };
  return one(nodeRuns.find((nodeRun) => nodeRun.status === "FAILED") ?? first, typical, now);
}
