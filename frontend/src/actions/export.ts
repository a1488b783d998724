import { t } from "../language/speak";
import type { CanvasAction } from "./action";
import { withParts } from "../panels/following";
import type { Canvas } from "../store/canvas";

const hasGraph = ({ document }: Canvas) => document.doc().nodes.length > 0;
const draws = (ending: "png" | "svg") => (canvas: Canvas) => withParts(canvas.ui, ({ saveDrawing }) => void saveDrawing(canvas, ending));

export const exportActions: readonly CanvasAction[] = [
  {
    name: "export-json", label: t("Download the workflow as JSON"), group: "Edit", icon: "download", when: hasGraph,
    perform: (canvas) => withParts(canvas.ui, ({ saveJson }) => saveJson(canvas)),
  },
  { name: "export-svg", label: t("Download a picture of the graph (SVG)"), group: "View", icon: "image", when: hasGraph, perform: draws("svg") },
  { name: "export-png", label: t("Download a picture of the graph (PNG)"), group: "View", icon: "image", when: hasGraph, perform: draws("png") },
];
