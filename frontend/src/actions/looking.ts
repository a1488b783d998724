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

/** The owners of a team, for somebody who has to ask one of them. */
export function ownersIn([first, second, ...more]: readonly string[]): string {
  if (first === undefined) return t("An owner of the team");
  return second === undefined ? first : more.length === 0 ? t("{one} or {other}", { one: first, other: second }) : t("{one}, {other} or another owner of the team", { one: first, other: second });
}

/** What somebody may do here who may not edit, and who can change that. */
function sentence({ mayRun, owners }: Canvas): string {
  const who = ownersIn(owners);
  return mayRun
    ? t("You can look at this workflow and run it, but not change it. {who} can make you an editor, under Settings → Members.", { who })
    : t("You can look at this workflow, but not change or run it. {who} can make you a runner or an editor, under Settings → Members.", { who });
}

/** Tell somebody who may not edit what they may do here, once while it can be read. */
export function tellLooker(canvas: Canvas): void {
  const text = sentence(canvas);
  if (!canvas.ui.get().toasts.some((toast) => toast.text === text)) canvas.ui.toast(text);
}

/** Tell somebody who may not edit why what they just tried does nothing. */
export function watchLooker(canvas: Canvas): () => void {
  const { ui } = canvas;
  const say = () => tellLooker(canvas);
  const editor: Canvas = { ...canvas, mayRun: true, readOnly: false };
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
