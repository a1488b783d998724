import { t } from "../language/speak";
import { isOver } from "./run";
import type { Run } from "./run";
import { credits, seconds } from "../nodes/status";
import type { UiStore } from "../store/ui";
import { remember, remembered } from "../store/ui";

/** Runs that take longer than this are worth a word on the desktop, in milliseconds. */
const LONG = 20_000;

/** Browsers have it on https and localhost only, whatever the type says. */
const board = (globalThis as { Notification?: typeof Notification }).Notification;

/** A run has ended: say so on the desktop when nobody looks, or ask once whether that is wanted. */
export function noteEnd(run: Run, name: string, ui: UiStore): void {
  if (!board || !isOver(run) || (run.durationMs ?? 0) < LONG) return;
  if (board.permission === "granted" && document.hidden) {
    const facts = [run.durationMs === null ? "" : seconds(run.durationMs), credits(run.creditsUsed)].filter(Boolean).join(" · ");
    const note = new board(run.status === "COMPLETED" ? t("{name} is done", { name }) : run.status === "FAILED" ? t("{name} failed", { name }) : t("{name} was stopped", { name }), { body: run.error || facts, tag: run.id });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } else if (board.permission === "default" && remembered("notify") === null) {
    remember("notify", "asked");
    ui.toast(t("Shall the desktop tell you when long runs end?"), { action: { label: t("Yes"), perform: () => void board.requestPermission() } });
  }
}
