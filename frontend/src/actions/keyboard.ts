import { ACTIONS, isApplicable } from "./index";
import { onCopy, onPaste } from "./clipboard";
import { hasSelection } from "./action";
import type { CanvasAction } from "./action";
import { leave, placeAt } from "./components";
import { pressed, readable } from "./keys";
import { stopByEscape } from "./running";
import { keysOf } from "../store/bindings";
import type { Canvas } from "../store/canvas";
import { activeRuns } from "../store/run";

export const IS_MAC = /mac|iphone|ipad/i.test(navigator.userAgent);

/** The first key of an action as people read it; empty where it has none. */
export function keyShown({ ui }: Canvas, item: CanvasAction): string {
  const [key = ""] = keysOf(item, ui.get().bindings);
  return key === "" ? "" : readable(key, IS_MAC);
}

/** The name of an action with its key, for a tooltip. */
export function withKey(canvas: Canvas, item: CanvasAction, label = item.label): string {
  const key = keyShown(canvas, item);
  return key === "" ? label : `${label} (${key})`;
}

/** Two presses of Escape within this time stop the execution, in milliseconds. */
const TWICE = 700;

function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog, [role=menu], [role=dialog]") !== null;
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, a, summary, [role=tab], video, audio") !== null;
}

/** Where Tab goes from one thing to the next, as everywhere. */
function isPanel(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(".panel, .top, .zoom, .toasts, .overlay, .popover") !== null;
}

/** The time machine covers the plane: nothing there is changed or chosen by a key meanwhile. */
function isCovered({ ui }: Canvas): boolean {
  return ui.get().panel === "past";
}

/** The forms in place of the canvas: what goes about or marks on the plane has no meaning there, and Tab leads from field to field. */
function isForms({ ui }: Canvas): boolean {
  return ui.get().editor === "outline";
}

const OF_THE_PLANE = /^(walk|nudge|shove|align)-|^(rename|select-all)$/;

const ON_THE_PLANE: ReadonlySet<CanvasAction["group"]> = new Set(["Edit", "Add", "Select"]);

/** A field of the selected node: Escape leads out of it and no further. */
function ofNode(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select") && target.closest(".card, .note, .inspector") !== null;
}

/** What is typed or chosen there is in the workflow at once, so there is one way back: the workflow's. */
function isWritten(target: EventTarget | null): boolean {
  return target instanceof Element && (target.matches("[data-written]") || (ofNode(target) && target.matches("select, input:is([type=checkbox], [type=range], [type=color])")));
}

const BACK_AND_FORTH: ReadonlySet<string> = new Set(["undo", "redo"]);

/** Answer the keyboard and the clipboard for as long as the page lives. */
export function listenToKeys(canvas: Canvas): () => void {
  let lastEscape = 0;
  let shift = false;
  let inPanel = false;

  const escape = () => {
    const { ui, runs } = canvas;
    const { choosing, menu, panel, lightbox, wiring, writing } = ui.get();
    if (writing) ui.patch({ writing: null });
    else if (choosing) ui.patch({ choosing: null });
    else if (lightbox) ui.patch({ lightbox: null });
    else if (menu || wiring) ui.patch({ menu: null, wiring: null });
    else if (panel) ui.patch({ panel: null });
    else if (canvas.bench && !hasSelection(canvas) && activeRuns(runs.get()).length === 0) leave(canvas, placeAt(canvas.trail, canvas.trail.length - 1));
    else {
      ui.patch({ entering: null });
      if (canvas.mayRun && Date.now() - lastEscape < TWICE && activeRuns(runs.get()).length > 0) stopByEscape(canvas);
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
      if (!ofNode(event.target)) escape();
      return;
    }
    if (event.key === "Tab" && (inPanel || isForms(canvas) || isPanel(event.target))) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (isControl(event.target) && plain && (event.key === "Tab" || event.key === "Enter" || event.key === " ")) return;
    const found = ACTIONS.find((candidate) =>
      !candidate.native && (!field || candidate.everywhere === true || (BACK_AND_FORTH.has(candidate.name) && isWritten(event.target))) &&
      keysOf(candidate, canvas.ui.get().bindings).some((key) => pressed(event, key, IS_MAC)));
    if (!found || canvas.ui.get().lightbox) return;
    const owned = event.ctrlKey || event.metaKey || event.altKey;
    const applies = isApplicable(found, canvas) && !(isCovered(canvas) && ON_THE_PLANE.has(found.group)) && !(isForms(canvas) && OF_THE_PLANE.test(found.name));
    if (applies || owned) event.preventDefault();
    if (applies) found.perform(canvas);
  };
  const press = (event: PointerEvent) => {
    inPanel = isPanel(event.target);
  };
  const copy = (event: ClipboardEvent) => {
    if (!isField(event.target) && !isCovered(canvas)) onCopy(canvas, event);
  };
  const paste = (event: ClipboardEvent) => {
    if (!isField(event.target) && !isCovered(canvas)) onPaste(canvas, event, shift);
  };
  window.addEventListener("keydown", onKey);
  window.addEventListener("pointerdown", press, true);
  document.addEventListener("copy", copy);
  document.addEventListener("cut", copy);
  document.addEventListener("paste", paste);
  return () => {
    window.removeEventListener("keydown", onKey);
    window.removeEventListener("pointerdown", press, true);
    document.removeEventListener("copy", copy);
    document.removeEventListener("cut", copy);
    document.removeEventListener("paste", paste);
  };
}
