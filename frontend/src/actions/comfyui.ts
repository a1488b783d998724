import { explain } from "./action";
import { asObject, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";

/** Whether a text is a workflow of ComfyUI, in the format for its API or the one it saves for itself. */
export function readComfyUI(text: string): JsonObject | null {
  if (!text.trimStart().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) return null;
    const nodes = Object.values(isObject(value.prompt) ? value.prompt : value);
    return "links" in value || nodes.some((node) => typeof asObject(node).class_type === "string") ? value : null;
  } catch {
    return null;
  }
}

/** Let the server draw it with our nodes, or keep it whole in one, and put that on the plane as one step. */
export function insertComfyUI(canvas: Canvas, graph: JsonObject, at: Point | null, whole = false): void {
  import("./comfyui-drawn").then(({ draw }) => draw(canvas, graph, at, whole)).catch((error: unknown) => explain(canvas, error));
}
