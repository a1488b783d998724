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

/** The words of the server about nodes that wait or are skipped, as far as they are known. */
const WORDS: Readonly<Record<string, string>> = {
  "needs approval": t("needs approval"), "waiting for its turn": t("waiting for its turn"), "waiting for a free place: as many calls as the plan allows are under way": t("waiting for a free place: as many calls as the plan allows are under way"),
  "waiting for credits": t("waiting for credits"), skipped: t("skipped"), disabled: t("disabled"), bypassed: t("bypassed"), "not needed": t("not needed"),
};

const TRIED_AGAIN = "waiting to try again";

function said(word: string): string {
  return WORDS[word] ?? word;
}

const STATES: Readonly<Record<string, string>> = {
  PENDING: t("waiting"), RUNNING: t("running"), WAITING: t("needs approval"), COMPLETED: t("done"), FAILED: t("failed"), SKIPPED: t("skipped"), CANCELLED: t("stopped"),
};

/** A state of a run or of a node in it, as people read it. */
export function wordOf(status: string): string {
  return STATES[status] ?? status.toLowerCase();
}

/** Nodes that somebody has switched off, by the reason that the server gives. */
const OFF_WORDS: Readonly<Record<string, string>> = { disabled: t("disabled"), bypassed: t("bypassed"), unneeded: t("not needed") };

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
      return { tone: "waiting", icon: "clock", word: t("waiting"), text: waitText(nodeRun) };
    case "RUNNING": {
      if (nodeRun.statusWord === TRIED_AGAIN) return { tone: "waiting", icon: "clock", word: t("waiting"), text: waitText(nodeRun) };
      const since = nodeRun.startTime === null ? null : Math.max(0, now - nodeRun.startTime);
      if (since === null) return { tone: "running", icon: null, word: t("running"), text: t("running") };
      const time = seconds(Math.floor(since / 1000) * 1000);
      const word = t("running {time}", { time });
      return { tone: "running", icon: null, word, text: typical !== null && typical >= 2 ? t("running {time} of about {typical} s", { time, typical: Math.round(typical) }) : word };
    }
    case "WAITING":
      return { tone: "hand", icon: "hand", word: said(nodeRun.statusWord), text: said(nodeRun.statusWord) };
    case "COMPLETED":
      return nodeRun.cached
        ? nodeRun.skipReason === "pinned"
          ? { tone: "cached", icon: "pin", word: t("pinned"), text: t("pinned result · 0 credits") }
          : { tone: "cached", icon: "bolt", word: t("reused"), text: t("reused · 0 credits") }
        : { tone: "done", icon: "check", word: t("done"), text: doneText([nodeRun]) };
    case "SKIPPED":
      return { tone: "skipped", icon: "skip", word: OFF_WORDS[nodeRun.skipReason] ?? t("skipped"), text: nodeRun.skipReason === "branch" ? t("skipped: branch not taken") : said(nodeRun.statusWord) || t("skipped") };
    case "FAILED":
      if (nodeRun.errorCode === "worker_lost") return { tone: "failed", icon: "warning", word: t("lost"), text: t("worker lost, credits released") };
      return { tone: "failed", icon: "warning", word: t("failed"), text: nodeRun.error || t("failed") };
    case "CANCELLED":
      return { tone: "cancelled", icon: "stop", word: t("stopped"), text: t("stopped") };
  }
}

/** The server says what it is that a node waits for where it is more than those before it. */
function waitText({ statusWord, provider, error }: NodeRun): string {
  if (statusWord === TRIED_AGAIN) return [t("waiting to try again"), error].filter(Boolean).join(" · ");
  if (provider !== "" && statusWord.startsWith("waiting ") && statusWord.endsWith(` ${provider}`)) return t("waiting for a free place at {provider}", { provider });
  return statusWord.startsWith("waiting ") ? said(statusWord) : t("waiting for its turn");
}

function doneText(nodeRuns: readonly NodeRun[]): string {
  const took = Math.max(0, ...nodeRuns.map((nodeRun) => nodeRun.durationMs ?? 0));
  const spent = nodeRuns.reduce((sum, nodeRun) => sum + nodeRun.creditsUsed, 0);
  const other = nodeRuns.some((nodeRun) => nodeRun.fallbackReason !== "");
  return [other ? t("done by the other model") : t("done"), took > 0 ? seconds(took) : "", spent > 0 ? credits(spent) : ""].filter(Boolean).join(" · ");
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

const NOT_REACHED: Status = { tone: "skipped", icon: "skip", word: t("not run"), text: t("not run: something it needs did not work") };

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
    return good && stale ? { tone: "stale", icon: "clock", word: t("changed"), text: t("settings changed since last result") } : status;
  }
  if (!over && (running || count("PENDING") > 0)) {
    const ended = total - count("PENDING") - count("RUNNING");
    return { tone: running || ended > 0 ? "running" : "waiting", icon: running ? null : "clock", word: t("{done} of {total}", { done: ended, total }), text: inside ? t("{done} of {total} nodes", { done: ended, total }) : t("{done} of {total} items", { done: ended, total }) };
  }
  if (count("WAITING") > 0) return { tone: "hand", icon: "hand", word: t("needs approval"), text: counted(count("WAITING"), "{count} needs approval", "{count} need approval") };
  if (stale) return { tone: "stale", icon: "clock", word: t("changed"), text: t("settings changed since last result") };
  if (done === total) return { tone: "done", icon: "check", word: inside ? t("done") : counted(done, "{count} item", "{count} items"), text: doneText(nodeRuns) };
  if (done > 0) return { tone: "partial", icon: "warning", word: t("{done} of {total}", { done, total }), text: inside ? t("{done} of {total} nodes", { done, total }) : t("{done} of {total} items", { done, total }) };
  return one(nodeRuns.find((nodeRun) => nodeRun.status === "FAILED") ?? first, typical, now);
}
