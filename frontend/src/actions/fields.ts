import { fitNode, reveal } from "./view";
import { kindOf } from "../graph/ports";
import { isNote } from "../graph/types";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { TOUCH } from "../store/touch";
import { isPhone } from "../store/ui";

const CONTROLS = ":is(input:not([type=file], [type=color]), textarea, select, button[role=switch], .asset-empty button)";

/** A card's first field, on the card or, where that is too small to read, among the settings. */
function firstField(id: string): HTMLElement | null {
  const card = `.react-flow__node[data-id="${CSS.escape(id)}"] :is(.card-fields, .asset, .note) ${CONTROLS}`;
  const found = [card, `.inspector .setting ${CONTROLS}`].flatMap((where) => [...document.querySelectorAll<HTMLElement>(where)]);
  return found.find((field) => field.checkVisibility({ visibilityProperty: true })) ?? null;
}

/** Put the caret into a node's first field, once the card stands on the stage. */
export function enterFields(canvas: Canvas, id: string): void {
  const node = canvas.document.doc().nodes.find((candidate) => candidate.id === id);
  if (!node || canvas.readOnly || canvas.ui.get().editor === "outline") return; // its entry opens instead
  if (isNote(node)) canvas.ui.patch({ renaming: id });
  else {
    canvas.ui.patch({ entering: id });
    if (canvas.sizes.has(id)) void focusEntered(canvas);
  }
}

/** The same for a node that was just added; fingers get no keyboard that they did not ask for. */
export function enterNew(canvas: Canvas, id: string): void {
  if (!TOUCH) enterFields(canvas, id);
}

/** On a phone, fields on cards are too small to write in: a tap on one leads to where there is room. Gives whether there was one. */
export function enterTapped({ catalog, document: { doc }, readOnly, ui }: Canvas, nodeId: string, { x, y }: Point): boolean {
  if (!isPhone()) return false;
  const fields = document.querySelectorAll<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(nodeId)}"] .card-fields [data-param]`);
  const tapped = [...fields].find((field) => {
    const box = field.getBoundingClientRect();
    return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
  });
  const node = doc().nodes.find(({ id }) => id === nodeId);
  const param = node && kindOf(catalog, node)?.params.find(({ id }) => id === tapped?.dataset.param);
  if (!param) return false;
  ui.patch(param.type === "text" && !readOnly ? { writing: { nodeId, paramId: param.id } } : { inspector: true });
  return true;
}

/** The card that is to be entered is drawn and measured: go in, unless that is no longer wanted. */
export async function focusEntered(canvas: Canvas): Promise<void> {
  const { ui } = canvas;
  const id = ui.get().entering;
  if (id === null) return;
  await new Promise(requestAnimationFrame);
  reveal(canvas, id);
  if (firstField(id) === null) await fitNode(canvas, id);
  if (ui.get().entering !== id) return;
  ui.patch({ entering: null });
  firstField(id)?.focus({ preventScroll: true });
}
