import type { Doc, GraphEdge } from "./types";
import { grouped } from "./grouped";

type Edges = Pick<Doc, "edges">;

function spread(edges: readonly GraphEdge[], start: Iterable<string>, from: "source" | "target"): ReadonlySet<string> {
  const to = from === "source" ? "target" : "source";
  const by = grouped(edges, (edge) => edge[from]);
  const seen = new Set(start);
  for (const id of seen) for (const edge of by.get(id) ?? []) seen.add(edge[to]);
  return seen;
}

/** The nodes and everything they feed, directly or not. */
export function downstream({ edges }: Edges, start: Iterable<string>): ReadonlySet<string> {
  return spread(edges, start, "source");
}

/** The nodes and everything they need, directly or not. */
export function upstream({ edges }: Edges, start: Iterable<string>): ReadonlySet<string> {
  return spread(edges, start, "target");
}

/** Whether a wire from source to target would close a circle. */
export function closesCycle(doc: Edges, source: string, target: string): boolean {
  return source === target || downstream(doc, [target]).has(source);
}

/** The nodes that stand on a circle. */
export function cyclic({ nodes, edges }: Pick<Doc, "nodes" | "edges">): ReadonlySet<string> {
  const left = new Map(nodes.map((node) => [node.id, 0]));
  for (const edge of edges) if (left.has(edge.source)) left.set(edge.target, (left.get(edge.target) ?? 0) + 1);
  const ready = [...left].filter(([, count]) => count === 0).map(([id]) => id);
  const by = grouped(edges, (edge) => edge.source);
  for (const id of ready) {
    left.delete(id);
    for (const edge of by.get(id) ?? []) {
      const count = (left.get(edge.target) ?? 0) - 1;
      if (left.has(edge.target)) left.set(edge.target, count);
      if (count === 0) ready.push(edge.target);
    }
  }
  const ahead = new Set(left.keys());
  const circle = edges.filter((edge) => ahead.has(edge.source) && ahead.has(edge.target));
  return new Set([...ahead].filter((id) => circle.some((edge) => edge.source === id && downstream({ edges: circle }, [edge.target]).has(id))));
}

/** The node an arrow key leads to along a wire: the one nearest in height, or null. */
export function neighbour(doc: Pick<Doc, "nodes" | "edges">, id: string, direction: "left" | "right"): string | null {
  const here = doc.nodes.find((node) => node.id === id);
  if (!here) return null;
  const ids = new Set(
    doc.edges.flatMap((edge) =>
      direction === "left" ? (edge.target === id ? edge.source : []) : edge.source === id ? edge.target : [],
    ),
  );
  const near = doc.nodes.filter((node) => ids.has(node.id));
  near.sort((a, b) => Math.abs(a.position.y - here.position.y) - Math.abs(b.position.y - here.position.y));
  return near[0]?.id ?? null;
}

/** The next node in a direction on the plane, for nodes that share a column or a row. */
export function beside(doc: Pick<Doc, "nodes">, id: string, direction: "up" | "down"): string | null {
  const here = doc.nodes.find((node) => node.id === id);
  if (!here) return null;
  const sign = direction === "down" ? 1 : -1;
  const distance = (x: number, y: number) => Math.abs(x) * 2 + Math.abs(y);
  const near = doc.nodes
    .filter((node) => (node.position.y - here.position.y) * sign > 0)
    .map((node) => ({ id: node.id, far: distance(node.position.x - here.position.x, node.position.y - here.position.y) }));
  near.sort((a, b) => a.far - b.far);
  return near[0]?.id ?? null;
}
