import { t } from "../language/speak";
import { canEdit, hasNodes } from "./action";
import type { CanvasAction } from "./action";
import { pasteText } from "./clipboard-text";
import { remove, withGroups } from "../graph/changes";
import { clipText, cut } from "../graph/clipboard";
import { withParts } from "../panels/following";
import type { Canvas } from "../store/canvas";
import { pointer } from "./pointer";
import { readText, writeText } from "./system-clipboard";

/** Copied here, for browsers that do not give the clipboard back. */
let last = "";

function copiedText({ document, ui }: Canvas): string {
  last = clipText(cut(document.doc(), ui.get().nodes));
  return last;
}

function removeCut({ document, ui }: Canvas): void {
  document.edit(t("Cut"), (doc) => remove(withGroups(doc, ui.get().nodes), new Set())(doc));
  ui.select([]);
}

/** The browser's own copy and cut, as long as nodes and no text are selected. */
export function onCopy(canvas: Canvas, event: ClipboardEvent): void {
  if (!hasNodes(canvas) || window.getSelection()?.isCollapsed === false) return;
  event.clipboardData?.setData("text/plain", copiedText(canvas));
  event.preventDefault();
  if (event.type === "cut" && canEdit(canvas)) removeCut(canvas);
}

/** The browser's own paste: nodes as text, pictures as files. */
export function onPaste(canvas: Canvas, event: ClipboardEvent, keepIncoming: boolean): void {
  const files = [...(event.clipboardData?.files ?? [])];
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const at = pointer(canvas);
  if (files.length > 0) withParts(canvas.ui, ({ placeFiles }) => placeFiles(canvas, files, at));
  else if (!pasteText(canvas, text, at, keepIncoming)) withParts(canvas.ui, ({ pasteLoose }) => pasteLoose(canvas, text, at));
  event.preventDefault();
}

async function pasteFromSystem(canvas: Canvas, keepIncoming: boolean): Promise<void> {
  const text = (await readText()) || last;
  const at = pointer(canvas);
  if (!pasteText(canvas, text, at, keepIncoming)) withParts(canvas.ui, ({ pasteLoose }) => pasteLoose(canvas, text, at));
}

export const clipboardActions: readonly CanvasAction[] = [
  {
    name: "copy", label: t("Copy"), group: "Edit", icon: "copy", keys: ["mod+c"], native: true,
    when: hasNodes, perform: (canvas) => void writeText(copiedText(canvas)),
  },
  {
    name: "cut", label: t("Cut"), group: "Edit", icon: "cut", keys: ["mod+x"], native: true,
    needs: "edit", when: hasNodes,
    perform: (canvas) => {
      void writeText(copiedText(canvas));
      removeCut(canvas);
    },
  },
  {
    name: "paste", label: t("Paste"), group: "Edit", icon: "paste", keys: ["mod+v"], native: true,
    needs: "edit", perform: (canvas) => void pasteFromSystem(canvas, false),
  },
  {
    name: "paste-wired", label: t("Paste with incoming wires"), group: "Edit", icon: "paste", keys: ["mod+shift+v"], native: true,
    needs: "edit", perform: (canvas) => void pasteFromSystem(canvas, true),
  },
];
