import { asList, asNumber, asObject, asText, isObject, without } from "./json";
import type { JsonObject } from "./json";
import type { GraphEdge, GraphNode } from "./types";

/** Nodes from foreign JSON. What has no id cannot be addressed and is left out, as are the sizes that reads guess; nothing else is. */
export function parseNodes(value: unknown): readonly GraphNode[] {
  return asList(value).flatMap((item) => (isObject(item) && typeof item.id === "string" ? parseNode(item.id, item) : []));
}

function parseNode(id: string, item: JsonObject): GraphNode {
  const position = asObject(item.position);
  return {
    ...without(item, "dims"),
    id,
    type: asText(item.type, "basedNode"),
    position: { ...position, x: asNumber(position.x) ?? 0, y: asNumber(position.y) ?? 0 },
    data: asObject(item.data),
  };
}

/** Edges from foreign JSON. Those whose ends are unknown stay: the canvas shows them broken. */
export function parseEdges(value: unknown): readonly GraphEdge[] {
  const taken = new Set<string>();
  return asList(value).flatMap((item, index) => {
    if (!isObject(item)) return [];
    let id = asText(item.id) || `e-${index + 1}`;
    while (taken.has(id)) id = `${id}'`;
    taken.add(id);
    return {
      ...item,
      id,
      source: asText(item.source),
      target: asText(item.target),
      sourceHandle: asText(item.sourceHandle),
      targetHandle: asText(item.targetHandle),
    };
  });
}
