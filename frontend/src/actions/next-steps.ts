import { startRun } from "./running";
import { explain } from "./action";
import { enterFields } from "./fields";
import { goTo } from "./view";
import { callWith } from "../api/call";
import { ApiError } from "../api/http";
import { setData } from "../graph/changes";
import { isComponent } from "../graph/component";
import { EVERYTHING } from "../graph/plan";
import type { Step } from "../graph/next-steps";
import { sameSignatures } from "../graph/signature";
import { downstream } from "../graph/walk";
import { t } from "../language/speak";
import { rememberAsked, runShownOn, showOwn } from "../store/run";
import type { Canvas } from "../store/canvas";
import { openNode } from "./components";

/** The node that holds what has to be changed: where a text is wired in, the one that it comes from. */
export function placeOf({ document }: Canvas, id: string, step: Step): string {
  const texts = document.get().flow.into.get(id)?.filter(({ inlet, shape }) => inlet?.type === "TEXT" && shape.type === "TEXT") ?? [];
  return (step === "prompt" ? texts[0]?.edge.source : undefined) ?? id;
}

/** The node that feeds another, where what it gives may be what is wrong. */
export function feeder({ document }: Canvas, id: string): string | null {
  return document.get().flow.into.get(id)?.[0]?.edge.source ?? null;
}

/** Go where something has to be changed, with the caret in its first field; into a component by opening it. */
export function goAndChange(canvas: Canvas, id: string): void {
  const node = canvas.document.doc().nodes.find((one) => one.id === id);
  goTo(canvas, id);
  if (node && isComponent(node)) openNode(canvas, id);
  else enterFields(canvas, id);
}

/** Run what failed, and what hangs on it, in the draft as it is now: whatever was made already is reused. */
export function runFrom(canvas: Canvas, id: string): void {
  void startRun(canvas, { ...EVERYTHING, targets: [...downstream(canvas.document.doc(), [id])] });
}

/** Let a node run that was to keep a result which is not there. */
export function unpin(canvas: Canvas, id: string): void {
  canvas.document.edit(t("Unpin"), setData(id, { pinned: null }));
  runFrom(canvas, id);
}

/** Go on with the run that a node shows, as long as the draft is what it was made of; else run the draft from there. */
export async function goOn(canvas: Canvas, id: string): Promise<void> {
  const { csrf, document, follower, runs, workflowId } = canvas;
  const run = runShownOn(runs.get(), id);
  const made = run && runs.get().made.get(run.id);
  if (!made || !sameSignatures(made, document.get().signatures)) {
    runFrom(canvas, id);
    return;
  }
  if (runs.get().starting) return;
  runs.set((state) => ({ ...state, starting: true }));
  try {
    const { executionId } = await callWith(csrf)("post", "/api/v1/workflows/executions/{executionId}/resume", { path: { executionId: run.id }, headers: { "Idempotency-Key": crypto.randomUUID() } });
    rememberAsked(workflowId, { id: executionId, what: 0, at: Date.now() });
    showOwn(runs, executionId);
    follower.follow(executionId);
  } catch (error) {
    // Only who started a run, and owners, may resume it; anybody who may run may start the same.
    if (error instanceof ApiError && error.status === 403) queueMicrotask(() => runFrom(canvas, id));
    else explain(canvas, error);
  } finally {
    runs.set((state) => ({ ...state, starting: false }));
  }
}
