import { ACTIONS, isApplicable } from "./index";
import { IS_MAC } from "./keyboard";
import { pressed } from "./keys";
import { t } from "../language/speak";
import { keysOf } from "../store/bindings";
import type { Canvas } from "../store/canvas";

/** So far a press is a click and no drag, in pixels. */
const STILL = 6;
const CONTROLS = ":is(input, textarea, select, button, a, video, audio)";
const TYPED = new Set(["Backspace", "Delete", "Enter"]);

/** What somebody may do here who may not edit, and who can change that. */
function sentence({ mayRun, owners }: Canvas): string {
  const [first, second, ...more] = owners;
  const who = first === undefined ? t("An owner of the team") : second === undefined ? first : more.length === 0 ? t("{one} or {other}", { one: first, other: second }) : t("{one}, {other} or another owner of the team", { one: first, other: second });
  return mayRun
    ? t("You can look at this workflow and run it, but not change it. {who} can make you an editor, under Settings → Members.", { who })
    : t("You can look at this workflow, but not change or run it. {who} can make you a runner or an editor, under Settings → Members.", { who });
}

/** Tell somebody who may not edit why what they just tried does nothing, once while it can be read. */
export function watchLooker(canvas: Canvas): () => void {
  const { ui } = canvas;
  const text = sentence(canvas);
  const say = () => {
    if (!ui.get().toasts.some((toast) => toast.text === text)) ui.toast(text);
  };
  const editor: Canvas = { ...canvas, readOnly: false };
  let from: { readonly x: number; readonly y: number } | null = null;

  const key = (event: KeyboardEvent) => {
    const { target } = event;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      const types = (event.key.length === 1 || TYPED.has(event.key)) && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (target.readOnly && types) say();
      return;
    }
    if (target instanceof Element && target.closest("select, dialog, [role=menu], [role=dialog]")) return;
    const found = ACTIONS.find((one) => keysOf(one, ui.get().bindings).some((written) => pressed(event, written, IS_MAC)));
    if (found && !isApplicable(found, canvas) && isApplicable(found, editor)) say();
  };
  const down = (event: PointerEvent) => {
    const { target } = event;
    from = null;
    if (!(target instanceof Element)) return;
    if (target.closest(".card :disabled, .inspector :disabled, .panel :disabled")) say();
    else if (event.isPrimary && event.button === 0 && target.closest(".react-flow__node") && (!target.closest(CONTROLS) || target.closest(".react-flow__handle"))) from = { x: event.clientX, y: event.clientY };
  };
  const moved = (event: PointerEvent) => {
    // A finger that drags moves the plane.
    if (from === null || event.pointerType === "touch" || Math.hypot(event.clientX - from.x, event.clientY - from.y) < STILL) return;
    from = null;
    say();
  };
  const double = ({ target }: MouseEvent) => {
    if (target instanceof Element && target.closest(".react-flow__pane, .react-flow__edge, .react-flow__node h3, .react-flow__node .note")) say();
  };
  const put = (event: ClipboardEvent | DragEvent) => {
    const field = event.target instanceof Element ? event.target.closest("input, textarea") : null;
    if (field === null || (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) && field.readOnly) say();
  };
  const ended = () => (from = null);
  const ways = [["keydown", key], ["pointerdown", down], ["pointermove", moved], ["pointerup", ended], ["dblclick", double], ["paste", put], ["cut", put], ["drop", put]] as const;
  for (const [name, hear] of ways) window.addEventListener(name, hear as EventListener, true);
  return () => {
    for (const [name, hear] of ways) window.removeEventListener(name, hear as EventListener, true);
  };
}
