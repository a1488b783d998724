import { goTo } from "../actions/view";
import { outerIds } from "../graph/component";
import { t } from "../language/speak";
import { isOver } from "./run";
import type { Run } from "./run";
import { credits, seconds } from "../nodes/status";
import type { Canvas } from "../store/canvas";
import { remember, remembered } from "../store/ui";

/** Runs that take longer than this are worth a word on the desktop, in milliseconds. */
const LONG = 20_000;

/** Browsers have it on https and localhost only, whatever the type says. */
const board = (globalThis as { Notification?: typeof Notification }).Notification;

/** The card that failed first, or the component around it. */
function failedCard({ document: store }: Canvas, run: Run): string | null {
  const ids = new Set(store.doc().nodes.map(({ id }) => id));
  const failed = [...run.byNode].find(([, nodeRuns]) => nodeRuns.some(({ status }) => status === "FAILED"))?.[0] ?? "";
  return [failed, ...outerIds(failed)].find((id) => ids.has(id)) ?? null;
}

/** A run has ended: show what failed; say so on the desktop when nobody looks, or ask once whether that is wanted. */
export function noteEnd(canvas: Canvas, run: Run): void {
  const { ui } = canvas;
  const { name } = canvas.document.doc();
  const failed = run.status === "FAILED" ? failedCard(canvas, run) : null;
  if (failed !== null) {
    const show = () => {
      ui.patch({ panel: null });
      goTo(canvas, failed);
    };
    ui.toast(run.error || t("The run failed."), { tone: "bad", action: { label: t("Show what failed"), perform: show } });
  }
  if (run.stoppedBy !== "") ui.toast(t("The run was stopped by {name}.", { name: run.stoppedBy }));
  if (!board || !isOver(run) || (run.durationMs ?? 0) < LONG) return;
  if (board.permission === "granted" && document.hidden) {
    const facts = [run.durationMs === null ? "" : seconds(run.durationMs), credits(run.creditsUsed)].filter(Boolean).join(" · ");
    const note = new board(run.status === "COMPLETED" ? t("{name} is done", { name }) : run.status === "FAILED" ? t("{name} failed", { name }) : t("{name} was stopped", { name }), { body: run.error || (run.stoppedBy && t("Stopped by {name}", { name: run.stoppedBy })) || facts, tag: run.id });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } else if (board.permission === "default" && remembered("notify") === null) {
    remember("notify", "asked");
    ui.toast(t("Shall the desktop tell you when long runs end?"), { action: { label: t("Yes"), perform: () => void board.requestPermission() } });
  }
}
