import { storedSize } from "../graph/stored-size";
import { nearestUnseen, turnedBy } from "../graph/turned";
import { isRunnable } from "../graph/types";
import type { Doc } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { NEW_CARD } from "./editing";
import { reveal, roomOf } from "./view";

/** Bring into sight what was undone or done again, where nothing of it is seen. */
export function showTurned(canvas: Canvas, before: Doc, after: Doc): void {
  const flow = canvas.stage.current;
  if (!flow) return;
  const { x, y, zoom } = flow.getViewport();
  const boxes = turnedBy(before, after).map((node) => {
    const { width, height } = canvas.sizes.get(node.id) ?? (isRunnable(node) ? NEW_CARD : storedSize(node));
    return { id: node.id, x: x + node.position.x * zoom, y: y + node.position.y * zoom, width: width * zoom, height: height * zoom };
  });
  const unseen = nearestUnseen(boxes, roomOf(canvas));
  if (unseen) reveal(canvas, unseen.id);
}
