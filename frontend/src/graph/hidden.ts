import { membersOf } from "./changes";
import { isGroup } from "./types";
import type { Doc } from "./types";

/** The collapsed group that hides each node: the outermost, where one lies in another. */
export function hiders({ nodes }: Pick<Doc, "nodes">): ReadonlyMap<string, string> {
  const owner = new Map(nodes.filter(isGroup).flatMap((group) => membersOf(group).map((id) => [id, group.id] as const)));
  const folded = new Set(nodes.filter((node) => isGroup(node) && node.data.collapsed === true).map(({ id }) => id));
  const found = new Map<string, string>();
  for (const { id } of nodes) {
    const seen = new Set([id]);
    for (let up = owner.get(id); up !== undefined && !seen.has(up); up = owner.get(up)) {
      seen.add(up);
      if (folded.has(up)) found.set(id, up);
    }
  }
  return found;
}

/** What stands on the canvas for these nodes: the block of a collapsed group for those that it hides. */
export function seenAs(doc: Pick<Doc, "nodes">, ids: readonly string[]): ReadonlySet<string> {
  const hidden = hiders(doc);
  return new Set(ids.map((id) => hidden.get(id) ?? id));
}
