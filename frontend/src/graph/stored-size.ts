import { isGroup } from "./types";
import type { GraphNode, Size } from "./types";

function number(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}

/** The size a note or group was given. */
export function storedSize(node: GraphNode): Size {
  const style = typeof node.style === "object" && node.style !== null && "width" in node.style ? node.style : {};
  const fallback = isGroup(node) ? { width: 400, height: 300 } : { width: 240, height: 160 };
  return {
    width: number("width" in style ? style.width : null) ?? number(node.width) ?? number(node.data.width) ?? fallback.width,
    height: number("height" in style ? style.height : null) ?? number(node.height) ?? number(node.data.height) ?? fallback.height,
  };
}
