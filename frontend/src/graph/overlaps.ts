import type { Doc, Size } from "./types";
import { isGroup, isNote } from "./types";

/** Whether cards hide each other so much that one could be missed. */
export function overlaps(doc: Doc, sizes: ReadonlyMap<string, Size>): boolean {
  const boxes = doc.nodes.filter((node) => !isNote(node) && !isGroup(node)).map((node) => ({ ...node.position, ...(sizes.get(node.id) ?? { width: 280, height: 200 }) }));
  boxes.sort((a, b) => a.x - b.x);
  return boxes.some((a, i) => {
    for (const b of boxes.slice(i + 1)) {
      if (b.x >= a.x + a.width) return false;
      const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      const wide = Math.min(a.x + a.width, b.x + b.width) - b.x;
      if (high > 24 && wide > 24) return true;
    }
    return false;
  });
}
