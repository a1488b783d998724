import { hiders } from "./hidden";
import type { Box } from "./place";
import { nodesById } from "./types";
import type { Doc, GraphNode } from "./types";

const isSame = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

/**
 * The cards by which a step of the history can be seen: those that came or changed, else the ends of
 * wires that did. For what lies in a collapsed group that group stands.
 */
export function turnedBy(before: Doc, after: Doc): readonly GraphNode[] {
  const [then, now] = [nodesById(before.nodes), nodesById(after.nodes)];
  const changed = after.nodes.filter((node) => !isSame(then.get(node.id), node));
  const [wiresThen, wiresNow] = [before.edges, after.edges].map((edges) => new Map(edges.map((edge) => [edge.id, edge])));
  const wires = [...after.edges.filter((edge) => !isSame(wiresThen?.get(edge.id), edge)), ...before.edges.filter(({ id }) => !wiresNow?.has(id))];
  const ends = wires.flatMap(({ source, target }) => [source, target]).flatMap((id) => now.get(id) ?? []);
  const hidden = hiders(after);
  const seen = (changed.length > 0 ? changed : ends).flatMap((node) => now.get(hidden.get(node.id) ?? node.id) ?? []);
  return [...new Set(seen)];
}

/** Of several boxes the one that is nearest to the middle of a room that shows none of them; null where some of them is in it. */
export function nearestUnseen<T extends Box>(boxes: readonly T[], room: Box): T | null {
  const isIn = (box: Box) => box.x < room.x + room.width && box.x + box.width > room.x && box.y < room.y + room.height && box.y + box.height > room.y;
  if (boxes.some(isIn)) return null;
  const away = (box: Box) => Math.hypot(box.x + box.width / 2 - room.x - room.width / 2, box.y + box.height / 2 - room.y - room.height / 2);
  return boxes.toSorted((a, b) => away(a) - away(b))[0] ?? null;
}
