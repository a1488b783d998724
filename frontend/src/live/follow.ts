import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import { putRun } from "../store/run";
import type { RunStore } from "../store/run";
import { parseFrame, parseRun, parseWorkflowNews } from "./frames";
import { applyEvent, applySnapshot, isOver } from "./run";
import type { Run } from "./run";
import { openLine } from "./socket";
import type { Line } from "./socket";

export interface Follower {
  readonly follow: (executionId: string) => void;
}

/** Keeps the run store up to date with every execution of the workflow that is under way. */
export function createFollower(api: Api, runs: RunStore, onOver: () => void): Follower {
  const lines = new Map<string, Line>();
  const find = (id: string) => runs.get().runs.find((run) => run.id === id);

  function take(run: Run): void {
    const before = find(run.id);
    putRun(runs, run);
    if (!isOver(run) || run.ahead.size > 0) return;
    lines.get(run.id)?.close();
    lines.delete(run.id);
    if (!before || !isOver(before)) onOver();
  }

  function hear(id: string, message: unknown): void {
    const frame = parseFrame(message);
    const before = find(id);
    if (frame.type === "snapshot") take(before ? applySnapshot(before, frame.run) : frame.run);
    if (frame.type === "events" && before) take(frame.events.reduce(applyEvent, before));
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

  return {
    follow: (id) => {
      if (lines.has(id)) return;
      const line = openLine({
        address: () => `/ws/executions/${id}?after=${find(id)?.seq ?? 0}`,
        onMessage: (message) => hear(id, message),
        goOn: () => {
          const run = find(id);
          if (run && isOver(run)) return false;
          void ask(id);
          return true;
        },
      });
      lines.set(id, line);
    },
  };
}

/** The workflow's own line: executions that start elsewhere, saves that others make. */
export function listen(workflowId: string, follower: Follower, onSaved: (updatedAt: string) => void, onStanding: (standing: boolean) => void): void {
  openLine({
    address: () => `/ws/workflows/${workflowId}`,
    onMessage: (message) => {
      const news = parseWorkflowNews(message);
      if (news.type === "started") follower.follow(news.executionId);
      if (news.type === "saved") onSaved(news.updatedAt);
    },
    onStanding,
    goOn: () => true,
  });
}

