import { t } from "../language/speak";
import { canEdit, explain, hasNodes, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { isComponent } from "../graph/component";
import type { Canvas } from "../store/canvas";

function onlyComponent(canvas: Canvas): string | null {
  const id = onlyNode(canvas);
  const node = id === null ? undefined : canvas.document.doc().nodes.find((candidate) => candidate.id === id);
  return node && isComponent(node) && node.data.component !== undefined ? node.id : null;
}

export const componentActions: readonly CanvasAction[] = [
  {
    name: "component", label: t("Make a component"), group: "Edit", icon: "box", keys: ["mod+alt+k"],
    when: (canvas) => canEdit(canvas) && hasNodes(canvas),
    perform: ({ ui }) => ui.patch({ panel: "component" }),
  },
  {
    name: "unpack", label: t("Unpack the component"), group: "Edit", icon: "box",
    when: (canvas) => canEdit(canvas) && onlyComponent(canvas) !== null,
    perform: (canvas) => {
      const id = onlyComponent(canvas);
      import("./components-work").then(({ unpackNode }) => id !== null && unpackNode(canvas, id)).catch((error: unknown) => explain(canvas, error));
    },
  },
];
