import type { Api } from "../api/client";
import type { Edit } from "../api/edits";
import { ApiError } from "../api/http";
import { allRuns, putRun, recallAsked } from "../store/run";
import type { RunStore } from "../store/run";
import { parseFrame, parseRun } from "./frames";
import { applyEvent, applySnapshot, isOver } from "./run";
import type { Run } from "./run";
import type { Person } from "./people";
import { openLine } from "./socket";
import type { Line } from "./socket";

/** What is heard over a workflow's line beside its executions. */
export interface Hearer {
  readonly saved: (updatedAt: string, edits: readonly Edit[]) => void;
  /** Somebody made a version of the component whose workbench this is, from what was saved at that moment. */
  readonly versioned: (updatedAt: string) => void;
  /** Somebody kept a version of the workflow. */
  readonly kept: () => void;
  /** Hears when the line, once it stood, is broken (at once) and when it stands again. */
  readonly standing: (standing: boolean) => void;
  readonly person: (person: Person, asks: boolean) => void;
  readonly left: (who: string) => void;
  /** This person has a notice that is new. */
  readonly told: () => void;
}

export interface Follower {
  readonly follow: (executionId: string) => void;
  /** Open the workflow's line: how its executions go, wherever they were started, and what others do. */
  readonly listen: (hearer: Hearer) => void;
  /** Say something over the line; nothing happens while it is broken. */
  readonly say: (message: object) => void;
}

/** Keeps the run store up to date with every execution of the workflow that is under way, all over one line. */
export function createFollower(workflowId: string, api: Api, runs: RunStore, onOver: (run: Run) => void): Follower {
  const open = new Set<string>();
  let line: Line | null = null;
  const find = (id: string) => allRuns(runs.get()).find((run) => run.id === id);
  const isMine = (id: string) => recallAsked(workflowId).some((asked) => asked.id === id);

  function take(run: Run): void {
    const before = find(run.id);
    open.add(run.id);
    putRun(runs, run, isMine);
    if (!isOver(run) || run.ahead.size > 0) return;
    open.delete(run.id);
    if (!before || !isOver(before)) onOver(run);
  }

  function hear(message: unknown, hearer: Hearer): void {
    const frame = parseFrame(message);
    if (frame.type === "saved") hearer.saved(frame.updatedAt, frame.edits);
    if (frame.type === "versioned") hearer.versioned(frame.updatedAt);
    if (frame.type === "person") hearer.person(frame.person, frame.asks);
    if (frame.type === "left") hearer.left(frame.who);
    if (frame.type === "told") hearer.told();
    if (frame.type === "kept") hearer.kept();
    if (frame.type !== "snapshot" && frame.type !== "events") return;
    const before = find(frame.type === "snapshot" ? frame.run.id : frame.executionId);
    if (frame.type === "snapshot") take(before ? applySnapshot(before, frame.run) : frame.run);
    else if (before) take(frame.events.reduce(applyEvent, before));
  }

  /** Where sockets do not get through, asking brings the same news. */
  async function ask(id: string): Promise<void> {
    try {
      const run = parseRun(await api.execution(id));
      const before = find(id);
      if (run) take(before ? applySnapshot(before, run) : run);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  const askFor = (id: string) => line?.say({ type: "follow", executionId: id });
  return {
    follow: (id) => {
      const known = find(id);
      if (open.has(id) || (known && isOver(known) && known.ahead.size === 0)) return;
      open.add(id);
      askFor(id);
    },
    say: (message) => line?.say(message),
    listen: (hearer) => {
      line = openLine({
        address: `/ws/workflows/${workflowId}`,
        onMessage: (message) => hear(message, hearer),
        onStanding: (standing) => {
          if (standing) open.forEach(askFor);
          hearer.standing(standing);
        },
        onBroken: () => {
          for (const id of open) void ask(id);
        },
      });
    },
  };
}
