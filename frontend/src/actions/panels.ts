import { canEdit } from "./action";
import type { CanvasAction } from "./action";
import { placeNode } from "./editing";
import { onPlane, pointer, pointerOnScreen } from "./pointer";
import { findKind } from "../graph/catalog";
import { STICKY_NOTE } from "../graph/types";
import { reveal } from "./view";
import type { Canvas } from "../store/canvas";
import type { Panel } from "../store/ui";

function toggle(panel: Panel) {
  return ({ ui }: Canvas) => ui.patch({ panel: ui.get().panel === panel ? null : panel });
}

export const panelActions: readonly CanvasAction[] = [
  {
    name: "add", label: "Add a node", group: "Add", icon: "plus", keys: ["tab", "/"], when: canEdit,
    perform: (canvas) => {
      const screen = pointerOnScreen();
      canvas.ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: null, onto: null } });
    },
  },
  {
    name: "comment", label: "Add a note", group: "Add", icon: "note", keys: ["c"], when: canEdit,
    perform: (canvas) => {
      const kind = findKind(canvas.catalog, STICKY_NOTE);
      if (kind) reveal(canvas, placeNode(canvas, kind, pointer(canvas)));
    },
  },
  {
    name: "commands", label: "All commands", group: "Help", icon: "search", keys: ["mod+k"], everywhere: true,
    perform: toggle("commands"),
  },
  { name: "find", label: "Find a node on the canvas", group: "View", icon: "search", keys: ["mod+f"], everywhere: true, perform: toggle("find") },
  { name: "problems", label: "Problems", group: "View", icon: "warning", perform: toggle("problems") },
  { name: "shortcuts", label: "Keyboard shortcuts", group: "Help", icon: "keyboard", keys: ["?"], perform: toggle("shortcuts") },
  {
    name: "save", label: "Save the draft now", group: "Edit", icon: "check", keys: ["mod+s"], everywhere: true, when: canEdit,
    perform: ({ saver, ui }) =>
      void saver.flush().then((held) => ui.toast(held ? "The draft is saved." : "The draft could not be saved yet.")),
  },
];
