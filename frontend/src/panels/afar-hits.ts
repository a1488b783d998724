import { onPlane } from "../actions/pointer";
import { isRunnable } from "../graph/types";
import type { Point } from "../graph/types";
import { outlineOf } from "../nodes/outline";
import type { Canvas } from "../store/canvas";

/** The uppermost card at a place on the screen. */
function cardAt(canvas: Canvas, screen: Point): string | null {
  const { catalog, document, sizes } = canvas;
  const { x, y } = onPlane(canvas, screen);
  const found = document.doc().nodes.findLast((node) => {
    const { position } = node;
    if (!isRunnable(node) || x < position.x || y < position.y) return false;
    const { width, height } = sizes.get(node.id) ?? outlineOf(catalog, document.get().flow, node);
    return x <= position.x + width && y <= position.y + height;
  });
  return found?.id ?? null;
}

/** Let the card that is pointed at stand on the stage, to be used as ever. */
export function wake(canvas: Canvas, screen: Point): void {
  const id = cardAt(canvas, screen);
  if (canvas.ui.get().awake !== id) canvas.ui.patch({ awake: id });
}

/** Choose the card at a place that was touched before it could wake; false where there is none. */
export function pick(canvas: Canvas, screen: Point): boolean {
  const id = cardAt(canvas, screen);
  if (id === null) return false;
  canvas.ui.select([id]);
  canvas.ui.patch({ awake: id });
  return true;
}
