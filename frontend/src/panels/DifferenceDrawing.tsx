import type { Difference } from "../graph/difference";
import { nodesById } from "../graph/types";
import type { Doc, GraphNode } from "../graph/types";

const CARD = { width: 280, height: 180 };

interface Props {
  readonly before: Pick<Doc, "nodes">;
  readonly after: Pick<Doc, "nodes">;
  readonly found: Difference;
}

/** Two graphs in one small drawing: what came is green and solid, what went red and dashed, what changed amber. */
export function DifferenceDrawing({ before, after, found }: Props) {
  const nodes: ReadonlyMap<string, GraphNode> = new Map([...nodesById(before.nodes), ...nodesById(after.nodes)]);
  if (nodes.size === 0) return null;
  const places = [...nodes.values()].map(({ position }) => position);
  const left = Math.min(...places.map(({ x }) => x)) - 40;
  const top = Math.min(...places.map(({ y }) => y)) - 40;
  const width = Math.max(...places.map(({ x }) => x)) + CARD.width + 40 - left;
  const height = Math.max(...places.map(({ y }) => y)) + CARD.height + 40 - top;
  return (
    <svg className="difference" viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true">
      {found.wires.map(({ edge, fate }, i) => {
        const [from, to] = [nodes.get(edge.source)?.position, nodes.get(edge.target)?.position];
        if (!from || !to) return null;
        const [x, y, u, v] = [from.x + CARD.width, from.y + CARD.height / 2, to.x, to.y + CARD.height / 2];
        return <path key={i} className={fate} d={`M${x},${y} C${(x + u) / 2},${y} ${(x + u) / 2},${v} ${u},${v}`} />;
      })}
      {[...nodes.values()].map(({ id, position }) => (
        <rect key={id} className={found.nodes.get(id) ?? "same"} x={position.x} y={position.y} {...CARD} rx={16} />
      ))}
    </svg>
  );
}
