import { t } from "../language/speak";
import { explain, hasNodes, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { onPlane, pointerOnScreen } from "./pointer";
import type { Place } from "../api/workflow";
import { isComponent } from "../graph/component";
import { nodeTypeOf } from "../graph/types";
import type { Canvas } from "../store/canvas";

function onlyComponent(canvas: Canvas): string | null {
  const id = onlyNode(canvas);
  const node = id === null ? undefined : canvas.document.doc().nodes.find((candidate) => candidate.id === id);
  return node && isComponent(node) && node.data.component !== undefined ? node.id : null;
}

/** The inside of a component node, if it is one. Gives whether it is. */
export function openNode(canvas: Canvas, id: string | null): boolean {
  const node = canvas.document.doc().nodes.find((candidate) => candidate.id === id);
  if (canvas.readOnly || !node || !isComponent(node)) return false;
  import("./workbench-work").then(({ openComponent }) => openComponent(canvas, nodeTypeOf(node).replace("component:", ""))).catch((error: unknown) => explain(canvas, error));
  return true;
}

/** The address of one of the places that lie behind, with those before it; of the list of workflows for none. */
export function placeAt(trail: readonly Place[], at: number): string {
  const place = trail[at];
  return place ? flowAddress(place.id, trail.slice(0, at)) : "/";
}

export function flowAddress(id: string, behind: readonly Place[]): string {
  return `/flow/${encodeURIComponent(id)}${behind.length > 0 ? `?from=${behind.map((place) => encodeURIComponent(place.id)).join(",")}` : ""}`;
}

/** Go somewhere else; where a component is not saved, ask first. */
export function leave(canvas: Canvas, address: string): void {
  import("./workbench-work").then(({ leaveTo }) => leaveTo(canvas, address)).catch((error: unknown) => explain(canvas, error));
}

export const componentActions: readonly CanvasAction[] = [
  {
    name: "component", label: t("Make a component"), group: "Edit", icon: "box", keys: ["mod+alt+k"],
    needs: "edit", when: hasNodes,
    perform: ({ ui }) => ui.patch({ panel: "component" }),
  },
  {
    name: "open-component", label: t("Open component"), group: "Edit", icon: "expand",
    needs: "edit", when: (canvas) => onlyComponent(canvas) !== null,
    perform: (canvas) => openNode(canvas, onlyComponent(canvas)),
  },
  {
    name: "add-component", label: t("Add a component"), group: "Add", icon: "box", needs: "edit",
    perform: (canvas) => {
      const screen = pointerOnScreen();
      canvas.ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: null, onto: null, only: "components" } });
    },
  },
  {
    name: "save-component", label: t("Save component"), group: "Edit", icon: "check",
    needs: "edit", when: (canvas) => canvas.bench !== null,
    perform: ({ ui }) => ui.patch({ panel: "save-component" }),
  },
  {
    name: "leave-component", label: t("Leave the component"), group: "View", icon: "back", when: ({ bench }) => bench !== null,
    perform: (canvas) => leave(canvas, placeAt(canvas.trail, canvas.trail.length - 1)),
  },
  {
    name: "unpack", label: t("Unpack the component"), group: "Edit", icon: "box",
    needs: "edit", when: (canvas) => onlyComponent(canvas) !== null,
    perform: (canvas) => {
      const id = onlyComponent(canvas);
      import("./components-work").then(({ unpackNode }) => id !== null && unpackNode(canvas, id)).catch((error: unknown) => explain(canvas, error));
    },
  },
];
