import { fold } from "../graph/fold";
import { pictureOf } from "../graph/picture";
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

function drawn({ catalog, document: store, sizes }: Canvas): Blob {
  return new Blob([pictureOf(fold(store.doc(), store.get().flow).doc, catalog, sizes)], { type: "image/svg+xml" });
}

/** Download a picture of the graph. */
export async function saveDrawing(canvas: Canvas, ending: "png" | "svg"): Promise<void> {
  if (ending === "svg") {
    save(canvas, ending, drawn(canvas));
    return;
  }
  const image = new Image();
  image.src = URL.createObjectURL(drawn(canvas));
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

/** Download the workflow as it can be imported. */
export function saveJson(canvas: Canvas): void {
  const { name, nodes, edges } = canvas.document.doc();
  save(canvas, "json", new Blob([JSON.stringify({ name, nodes, edges }, null, 2)], { type: "application/json" }));
}
