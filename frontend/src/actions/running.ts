import { counted, t } from "../language/speak";
import { explain } from "./action";
import { ApiError } from "../api/http";
import { problemsIn } from "../api/workflow";
import { withParts } from "../panels/following";
import type { Canvas } from "../store/canvas";
import { activeRuns, currentRun, isTwice, noteMade, recallAsked, rememberAsked, showOwn } from "../store/run";
import { isOver } from "../live/run";
import type { Run } from "../live/run";
import { isPinned } from "../graph/modes";
import { isMissing, labelOf, sayProblem } from "../graph/problems";
import type { Problem } from "../graph/problems";
import { EVERYTHING, startFrom, startOf, wantedBy } from "../graph/plan";
import type { Start } from "../graph/plan";
import { digest } from "../graph/signature";
import { isRunnable } from "../graph/types";
import { upstream } from "../graph/walk";
import { goTo } from "./view";

/** What keeps a start from running: only what is asked for and what that needs counts. */
function hindrances({ document }: Canvas, start: Start): readonly Problem[] {
  const wanted = wantedBy(start);
  const needed = wanted.length === 0 ? null : upstream(document.doc(), wanted);
  const { outside, problems } = document.get();
  return [...problems, ...outside].filter(({ nodeId, severity }) => severity === "error" && (needed === null || nodeId === "" || needed.has(nodeId)));
}

interface WhyNot {
  readonly why: string;
  /** How many problems there are, and whether nothing but inputs is missing. */
  readonly count: number;
  readonly isMissing?: boolean;
  /** Where to look. */
  readonly first?: Problem;
  /** Only the server found it, and may find otherwise by now. */
  readonly again?: boolean;
}

/** Why nothing can be started now; null where something can. */
export function whyNotRun(canvas: Canvas, start: Start): WhyNot | null {
  const { catalog, document } = canvas;
  const doc = document.doc();
  if (!canvas.mayRun) return { why: t("Your role may look at this workflow, not run it. Ask an owner to make you a runner."), count: 0 };
  if (!doc.nodes.some(isRunnable)) return { why: t("Add a node first."), count: 0 };
  const all = hindrances(canvas, start);
  const [first, ...more] = all;
  if (!first) return null;
  const { outside, refused } = document.get();
  const why = more.length > 0 ? counted(all.length, "{count} problem has to be solved first.", "{count} problems have to be solved first.")
    : outside.includes(first) ? t("It comes from outside, and is not there on this canvas. {problem}", { problem: sayProblem(doc, catalog, first) }) : sayProblem(doc, catalog, first);
  return { why, count: all.length, isMissing: all.every(isMissing), first, again: all.every((one) => refused.some(({ problem }) => problem === one)) };
}

/** The names of the actions that start something. */
export type Starter = "run" | "run-node" | "run-from" | "run-anew";

/** What an action would start now; null where it makes no sense. */
export function starterOf({ document, ui }: Canvas, name: Starter): Start | null {
  const doc = document.doc();
  if (name === "run") return EVERYTHING;
  if (name === "run-anew") return { ...EVERYTHING, force: true };
  const ids = doc.nodes.filter((node) => isRunnable(node) && ui.get().nodes.has(node.id)).map(({ id }) => id);
  if (ids.length === 0) return null;
  return name === "run-node" ? startOf(ids) : startFrom(doc, ids);
}

/** What decides how a run goes and is not in what its nodes make. */
const MANNERS = ["pinned", "onError", "fallback", "timeLimit"];

/** A number for a start of the draft as it is now; the same start of the same draft has the same. */
function numberOf({ document }: Canvas, start: Start): number {
  const { history, signatures } = document.get();
  return digest(JSON.stringify([start, [...signatures], history.present.nodes.map(({ data }) => MANNERS.map((key) => data[key]))]));
}

/** Save the draft, then start an execution of it, or of some nodes with what they need. */
export async function startRun(canvas: Canvas, start: Start, isSure = false): Promise<void> {
  const { api, document, follower, runs, saver, ui, workflowId } = canvas;
  const not = whyNotRun(canvas, start);
  // What the server alone found wrong may be put right by now: it is asked again.
  if (not && !not.again) {
    ui.refuse(not.why);
    if (not.first) {
      ui.patch({ panel: "problems" });
      goTo(canvas, not.first.nodeId);
    }
    return;
  }
  if (runs.get().starting) return;
  const what = numberOf(canvas, start);
  const twice = isSure ? null : isTwice(runs.get(), recallAsked(workflowId), what, Date.now());
  if (twice === "run") ui.toast(t("A run of this is under way. Run it once more?"), { action: { label: t("Run once more"), perform: () => void startRun(canvas, start, true) } });
  if (twice !== null) return;
  runs.set((state) => ({ ...state, starting: true }));
  try {
    if (!(await saver.flush())) {
      ui.toast(t("The draft could not be saved, so nothing was started."), { tone: "bad" });
      const { save } = document.get();
      if (save.kind === "aside") withParts(ui, ({ tellAside }) => tellAside(canvas, save.pieces));
      return;
    }
    sayPinned(canvas, start);
    const made = document.get().signatures;
    const id = await api.execute(start, crypto.randomUUID(), isSure);
    noteMade(runs, id, made);
    rememberAsked(workflowId, { id, what, at: Date.now() });
    showOwn(runs, id);
    follower.follow(id);
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) {
      const found = problemsIn(error.body);
      const [first, ...more] = found.filter(({ severity }) => severity === "error");
      document.refuse(found);
      if (first) {
        ui.patch({ panel: "problems" });
        const problem = sayProblem(document.doc(), canvas.catalog, first);
        ui.refuse(more.length === 0 ? t("Not started. {problem}", { problem }) : counted(more.length, "Not started. {problem} And {count} more.", "Not started. {problem} And {count} more.", { problem }));
        return;
      }
    }
    if (error instanceof ApiError && error.code === "same_run") withParts(ui, ({ askTwice }) => askTwice(canvas, error.body, () => void startRun(canvas, start, true)));
    else explain(canvas, error);
  } finally {
    runs.set((state) => ({ ...state, starting: false }));
  }
}

/** Not even what is run anew makes a pinned node run: say so, as somebody asked for it. */
function sayPinned({ catalog, document, ui }: Canvas, { anew, force, target }: Start): void {
  const asked = new Set(target === null ? anew : [target, ...anew]);
  const [first, ...more] = document.doc().nodes.filter((node) => isPinned(node) && (force || asked.has(node.id)));
  if (first) ui.toast(counted(more.length + 1, "{node} keeps its pinned result. Unpin it to make it anew.", "{count} nodes keep their pinned results. Unpin them to make them anew.", { node: labelOf(first, catalog) }));
}

/** Escape, twice: it stops what this person started; what others did only when that is really meant, as Escape is pressed for much. */
export function stopByEscape(canvas: Canvas): void {
  const run = shownOrNewest(canvas);
  if (!run || recallAsked(canvas.workflowId).some(({ id }) => id === run.id)) void stopRun(canvas);
  else canvas.ui.toast(t("You did not start this run. Stop it?"), { action: { label: t("Stop the run"), perform: () => void stopRun(canvas) } });
}

/** The execution that is shown, or else the newest that is under way. */
function shownOrNewest({ runs }: Canvas): Run | undefined {
  const shown = currentRun(runs.get());
  return shown && !isOver(shown) ? shown : activeRuns(runs.get())[0];
}

/** Stop the execution that is shown, or else the newest that is under way. */
export async function stopRun(canvas: Canvas): Promise<void> {
  const run = shownOrNewest(canvas);
  if (!run) return;
  try {
    await canvas.api.cancel(run.id);
    canvas.ui.toast(t("Stopping. Calls that a provider has already accepted may still be charged."));
  } catch (error) {
    explain(canvas, error);
  }
}
