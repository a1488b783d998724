import { t } from "../language/speak";
import type { CanvasAction } from "./action";
import { placeNode } from "./editing";
import { onPlane, pointer, pointerOnScreen } from "./pointer";
import { findKind } from "../graph/catalog";
import { STICKY_NOTE } from "../graph/types";
import { reveal } from "./view";
import { withParts } from "../panels/following";
import type { Canvas } from "../store/canvas";
import { showAs } from "../store/ui";
import type { Panel } from "../store/ui";

function toggle(panel: Panel) {
  return ({ ui }: Canvas) => ui.patch({ panel: ui.get().panel === panel ? null : panel });
}

export const panelActions: readonly CanvasAction[] = [
  {
    name: "add", label: t("Add a node"), group: "Add", icon: "plus", keys: ["tab", "/"], needs: "edit",
    perform: (canvas) => {
      const screen = pointerOnScreen();
      canvas.ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: null, onto: null } });
    },
  },
  {
    name: "comment", label: t("Add a note"), group: "Add", icon: "note", keys: ["c"], needs: "edit",
    perform: (canvas) => {
      const kind = findKind(canvas.catalog, STICKY_NOTE);
      if (kind) reveal(canvas, placeNode(canvas, kind, pointer(canvas)));
    },
  },
  {
    name: "commands", label: t("All commands"), group: "Help", icon: "search", keys: ["mod+k"], everywhere: true,
    perform: toggle("commands"),
  },
  { name: "find", label: t("Find a node on the canvas"), group: "View", icon: "search", keys: ["mod+f"], everywhere: true, perform: toggle("find") },
  { name: "problems", label: t("Problems"), group: "View", icon: "warning", perform: toggle("problems") },
  {
    name: "outline", label: t("Outline: the workflow as forms"), group: "View", icon: "list", keys: ["o"],
    perform: ({ ui }) => {
      const { editor, panel } = ui.get();
      if (editor) showAs(ui, editor === "outline" ? "canvas" : "outline");
      else ui.patch(panel === "outline" ? { panel: null } : { panel: "outline", inspector: false, side: null });
    },
  },
  { name: "versions", label: t("Versions"), group: "View", icon: "layers", keys: ["mod+shift+s"], everywhere: true, perform: toggle("versions") },
  { name: "past", label: t("Time machine: earlier runs"), group: "View", icon: "reset", keys: ["alt+h"], perform: toggle("past") },
  { name: "share", label: t("Share"), group: "View", icon: "link", perform: toggle("share") },
  {
    name: "publish", label: t("Publish"), group: "View", icon: "upload", needs: "edit", when: (canvas) => !canvas.bench,
    perform: (canvas) => withParts(canvas.ui, ({ publish }) => void publish(canvas)),
  },
  { name: "shortcuts", label: t("Keyboard shortcuts"), group: "Help", icon: "keyboard", keys: ["?"], perform: toggle("shortcuts") },
  {
    name: "save", label: t("Keep as a version"), group: "Edit", icon: "check", keys: ["mod+s"], everywhere: true, needs: "edit",
    perform: (canvas) => (canvas.bench ? canvas.ui.patch({ panel: "save-component" }) : withParts(canvas.ui, ({ keepVersion }) => void keepVersion(canvas))),
  },
  {
    name: "template", label: t("Save as a team template"), group: "Edit", icon: "nodes",
    needs: "edit", when: (canvas) => canvas.document.doc().nodes.length > 0,
    perform: (canvas) => withParts(canvas.ui, ({ saveAsTemplate }) => void saveAsTemplate(canvas)),
  },
  {
    name: "discard", label: t("Discard draft"), group: "Edit", icon: "reset", needs: "edit", when: (canvas) => !canvas.bench,
    perform: (canvas) => withParts(canvas.ui, ({ discardDraft }) => void discardDraft(canvas)),
  },
];
