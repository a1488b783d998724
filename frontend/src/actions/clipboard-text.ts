import { counted, t } from "../language/speak";
import { insertComfyUI, readComfyUI } from "./comfyui";
import { paste, readClip } from "../graph/clipboard";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { undoing } from "../store/take-back";

/** Paste nodes, or a workflow of ComfyUI, from a text; gives false when the text holds neither. */
export function pasteText(canvas: Canvas, text: string, at: Point | null, keepIncoming: boolean): boolean {
  if (canvas.readOnly) return false;
  const foreign = readComfyUI(text);
  if (foreign) insertComfyUI(canvas, foreign, at);
  const clip = foreign ? null : readClip(text);
  if (clip === null) return foreign !== null;
  const { document, ui } = canvas;
  const before = document.doc();
  let ids: ReadonlyMap<string, string> = new Map();
  document.edit(t("Paste"), (doc) => {
    const pasted = paste(doc, clip, at, keepIncoming);
    ids = pasted.ids;
    return pasted.doc;
  });
  ui.select(ids.values());
  ui.toast(counted(ids.size, "Pasted {count} node.", "Pasted {count} nodes."), { action: undoing(document, t("Paste"), before) });
  return true;
}
