import { ACTIONS, isApplicable } from "./index";
import { onCopy, onPaste } from "./clipboard";
import { pressed } from "./keys";
import { stopRun } from "./running";
import type { Canvas } from "../store/canvas";
import { activeRuns } from "../store/run";

export const IS_MAC = /mac|iphone|ipad/i.test(navigator.userAgent);

/** Two presses of Escape within this time stop the execution, in milliseconds. */
const TWICE = 700;

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable], dialog, [role=menu], [role=dialog]") !== null;
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary, [role=tab], video, audio") !== null;
}

/** Answer the keyboard and the clipboard for as long as the page lives. */
export function listenToKeys(canvas: Canvas): () => void {
  let lastEscape = 0;
  let shift = false;

  const escape = () => {
    const { ui, runs } = canvas;
    const { menu, panel, lightbox, wiring } = ui.get();
    if (lightbox) ui.patch({ lightbox: null });
    else if (menu || wiring) ui.patch({ menu: null, wiring: null });
    else if (panel) ui.patch({ panel: null });
    else {
      if (Date.now() - lastEscape < TWICE && activeRuns(runs.get()).length > 0) void stopRun(canvas);
      ui.select([]);
      lastEscape = Date.now();
    }
  };

  const onKey = (event: KeyboardEvent) => {
    shift = event.shiftKey;
    if (event.isComposing || event.defaultPrevented) return;
    const field = isField(event.target);
    if (event.key === "Escape") {
      if (field && event.target instanceof HTMLElement) event.target.blur();
      escape();
      return;
    }
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isControl(event.target) && plain && (event.key === "Tab" || event.key === "Enter" || event.key === " ")) return;
    const found = ACTIONS.find((candidate) =>
      !candidate.native && (!field || candidate.everywhere) &&
      candidate.keys?.some((key) => pressed(event, key, IS_MAC)));
    if (!found || canvas.ui.get().lightbox) return;
    const owned = event.ctrlKey || event.metaKey || event.altKey;
    const applies = isApplicable(found, canvas);
    if (applies || owned) event.preventDefault();
    if (applies) found.perform(canvas);
  };
  const copy = (event: ClipboardEvent) => {
    if (!isField(event.target)) onCopy(canvas, event);
  };
  const paste = (event: ClipboardEvent) => {
    if (!isField(event.target)) onPaste(canvas, event, shift);
  };
  window.addEventListener("keydown", onKey);
  document.addEventListener("copy", copy);
  document.addEventListener("cut", copy);
  document.addEventListener("paste", paste);
  return () => {
    window.removeEventListener("keydown", onKey);
    document.removeEventListener("copy", copy);
    document.removeEventListener("cut", copy);
    document.removeEventListener("paste", paste);
  };
}
