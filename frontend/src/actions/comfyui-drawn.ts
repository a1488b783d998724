import { t } from "../language/speak";
import { explain } from "./action";
import { send } from "../api/http";
import { paste } from "../graph/clipboard";
import { asList, asObject, asText } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { undoing } from "../store/take-back";

export async function draw(canvas: Canvas, graph: JsonObject, at: Point | null, whole: boolean): Promise<void> {
  const { csrf, document, ui } = canvas;
  const told = asObject(await send(csrf, "POST", "/workflows/comfyui", { body: { graph, whole } }));
  const clip = { nodes: parseNodes(told.nodes), edges: parseEdges(told.edges) };
  const before = document.doc();
  document.edit(t("Import from ComfyUI"), (doc) => {
    const pasted = paste(doc, clip, at, false);
    ui.select(pasted.ids.values());
    return pasted.doc;
  });
  const undo = undoing(document, t("Import from ComfyUI"), before);
  const fates = asList(told.report).map((line) => asText(asObject(line).fate));
  const count = (fate: string) => fates.filter((one) => one === fate).length;
  if (whole) {
    ui.toast(t("Imported as one node, which a ComfyUI server of your own runs."), { action: undo });
    return;
  }
  ui.toast(t("From ComfyUI: {mapped} mapped, {replaced} replaced, {missing} missing. A note tells of each.", { mapped: count("mapped"), replaced: count("replaced"), missing: count("missing") }), {
    action: {
      label: t("Keep it as one node instead"),
      perform: () => {
        undo.perform();
        draw(canvas, graph, at, true).catch((error: unknown) => explain(canvas, error));
      },
    },
  });
}
