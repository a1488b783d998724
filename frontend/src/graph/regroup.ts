import { membersOf } from "./changes";
import type { Box } from "./place";
import { isGroup, nodesById } from "./types";
import type { Doc, GraphNode, Point, Size } from "./types";
import { storedSize } from "./stored-size";

const USUAL: Size = { width: 280, height: 200 };

/** The group in which a card lies with its middle: the smallest, where one lies in another. */
export function groupAt(nodes: readonly GraphNode[], card: Box): string | null {
  const [x, y] = [card.x + card.width / 2, card.y + card.height / 2];
  const around = nodes.filter((node) => {
    const { width, height } = storedSize(node);
    const { x: left, y: top } = node.position;
    return isGroup(node) && node.data.collapsed !== true && x > left && x < left + width && y > top && y < top + height;
  });
  const area = (node: GraphNode) => storedSize(node).width * storedSize(node).height;
  return around.sort((a, b) => area(a) - area(b))[0]?.id ?? null;
}

/** Cards that lie in a group now belong to it, those that lie beside theirs do not; what came along with its group stays. */
export function regroup(doc: Doc, moved: readonly string[], sizes: ReadonlyMap<string, Size>): Doc {
  const groups = doc.nodes.filter(isGroup);
  if (groups.length === 0) return doc;
  const nodes = nodesById(doc.nodes);
  const owner = new Map(groups.flatMap((group) => membersOf(group).map((id) => [id, group.id] as const)));
  const came = new Set(moved);
  const now = new Map<string, string | null>();
  for (const id of moved) {
    const node = nodes.get(id);
    const before = owner.get(id);
    if (!node || isGroup(node) || (before !== undefined && came.has(before))) continue;
    const home = groupAt(groups.filter((group) => !came.has(group.id)), { ...node.position, ...(sizes.get(id) ?? USUAL) });
    if (home !== (before ?? null)) now.set(id, home);
  }
  if (now.size === 0) return doc;
  const settled = (group: GraphNode): GraphNode => {
    const members = membersOf(group);
    const next = [...members.filter((id) => !now.has(id)), ...[...now].flatMap(([id, home]) => (home === group.id ? id : []))];
    return next.length === members.length && next.every((id, i) => id === members[i]) ? group : { ...group, data: { ...group.data, childNodeIds: next } };
  };
  return { ...doc, nodes: doc.nodes.map((node) => (isGroup(node) ? settled(node) : node)) };
}

/** Where a card lies while it is dragged. */
export function boxAt(at: Point, size: Size | undefined): Box {
  return { ...at, ...(size ?? USUAL) };
}
