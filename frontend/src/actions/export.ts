import { t } from "../language/speak";
import type { CanvasAction } from "./action";
import type { Canvas } from "../store/canvas";

/** No side of a PNG is longer, in pixels: browsers draw no larger ones. */
const LONGEST = 8_000;

function save({ document: store }: Canvas, ending: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = `${store.doc().name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "workflow"}.${ending}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function drawn({ catalog, document: store, sizes }: Canvas): Promise<Blob> {
  const { pictureOf } = await import("../graph/picture");
  return new Blob([pictureOf(store.doc(), catalog, sizes)], { type: "image/svg+xml" });
}

async function savePng(canvas: Canvas): Promise<void> {
  const image = new Image();
  image.src = URL.createObjectURL(await drawn(canvas));
  await image.decode();
  const scale = Math.min(2, LONGEST / Math.max(image.width, image.height));
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [Math.round(image.width * scale), Math.round(image.height * scale)];
  sheet.getContext("2d")?.drawImage(image, 0, 0, sheet.width, sheet.height);
  URL.revokeObjectURL(image.src);
  sheet.toBlob((content) => {
    if (content) save(canvas, "png", content);
  });
}

const hasGraph = ({ document: store }: Canvas) => store.doc().nodes.length > 0;

export const exportActions: readonly CanvasAction[] = [
  {
    name: "export-json", label: t("Download the workflow as JSON"), group: "Edit", icon: "download", when: hasGraph,
    perform: (canvas) => {
      const { name, nodes, edges } = canvas.document.doc();
      save(canvas, "json", new Blob([JSON.stringify({ name, nodes, edges }, null, 2)], { type: "application/json" }));
    },
  },
  { name: "export-svg", label: t("Download a picture of the graph (SVG)"), group: "View", icon: "image", when: hasGraph, perform: (canvas) => void drawn(canvas).then((picture) => save(canvas, "svg", picture)) },
  { name: "export-png", label: t("Download a picture of the graph (PNG)"), group: "View", icon: "image", when: hasGraph, perform: (canvas) => void savePng(canvas) },
];
