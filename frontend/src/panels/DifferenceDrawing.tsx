import type { Difference, Fate } from "../graph/difference";
import { labelOf } from "../graph/problems";
import { nodesById } from "../graph/types";
import type { Doc, GraphNode, Point } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";

const CARD = { width: 280, height: 180 };
/** The room that the drawing has in its panel, in pixels; see `.difference`. */
const ROOM = { width: 314, height: 198 };
/** How large its words are then, and how wide one letter of them is at most, in pixels. */
const LETTERS = 11;
const LETTER = 6.6;

export const SIGNS: Readonly<Record<Fate, string>> = { added: "+", removed: "−", changed: "≠", same: "" };
export const FATES: Readonly<Record<Fate, string>> = { added: t("added"), removed: t("removed"), changed: t("changed"), same: "" };

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
}

interface Props {
  readonly before: Pick<Doc, "nodes">;
  readonly after: Pick<Doc, "nodes">;
  readonly found: Difference;
  readonly onNode: (id: string) => void;
}

/**
 * Two graphs in one small drawing: what came is green and solid, what went red and dashed, what changed amber. What is
 * different bears a sign, its number in the list below, and its name as far as there is room.
 */
export function DifferenceDrawing({ before, after, found, onNode }: Props) {
  const { catalog } = useCanvas();
  const nodes: ReadonlyMap<string, GraphNode> = new Map([...nodesById(before.nodes), ...nodesById(after.nodes)]);
  if (nodes.size === 0) return null;
  const places = [...nodes.values()].map(({ position }) => position);
  const left = Math.min(...places.map(({ x }) => x)) - 40;
  const top = Math.min(...places.map(({ y }) => y)) - 40;
  const width = Math.max(...places.map(({ x }) => x)) + CARD.width + 40 - left;
  const height = Math.max(...places.map(({ y }) => y)) + CARD.height + 40 - top;
  const pixel = Math.max(width / ROOM.width, height / ROOM.height); // in the units of the plane
  const middle = ({ x, y }: Point): Point => ({ x: x + CARD.width / 2, y: y + CARD.height / 2 });
  const letters = Math.floor((CARD.width / pixel - 6) / LETTER);
  const hasRoom = CARD.height / pixel >= 3 * LETTERS && letters >= 4;
  return (
    <svg className="difference" viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true" fontSize={LETTERS * pixel} style={{ aspectRatio: width / height }}>
      {found.wires.map(({ edge, fate }, i) => {
        const [from, to] = [nodes.get(edge.source)?.position, nodes.get(edge.target)?.position];
        if (!from || !to) return null;
        const [x, y, u, v] = [from.x + CARD.width, from.y + CARD.height / 2, to.x, to.y + CARD.height / 2];
        return <path key={i} className={fate} d={`M${x},${y} C${(x + u) / 2},${y} ${(x + u) / 2},${v} ${u},${v}`} />;
      })}
      {[...nodes.values()].map((node) => {
        const { id, position } = node;
        const fate = found.nodes.get(id) ?? "same";
        const number = found.changes.findIndex((change) => change.nodeId === id && !change.edge) + 1;
        const { x, y } = middle(position);
        const name = labelOf(node, catalog);
        const { details = [] } = found.changes[number - 1] ?? {};
        return (
          <g key={id} className={fate} onClick={() => onNode(id)}>
            <title>{[fate === "same" ? name : `${number}: ${name}, ${FATES[fate]}`, ...details].join("\n")}</title>
            <rect className={fate} x={position.x} y={position.y} {...CARD} rx={16} />
            {fate !== "same" && <text x={x} y={hasRoom ? y - LETTERS * 0.2 * pixel : y + LETTERS * 0.36 * pixel}>{SIGNS[fate]} {number}</text>}
            {hasRoom && <text className="of-card" x={x} y={fate === "same" ? y + LETTERS * 0.36 * pixel : y + LETTERS * pixel}>{cut(name, letters)}</text>}
          </g>
        );
      })}
      {found.changes.map(({ edge, fate }, i) => {
        const [from, to] = [nodes.get(edge?.source ?? "")?.position, nodes.get(edge?.target ?? "")?.position];
        if (!edge || !from || !to) return null;
        return <text key={i} className="on-wire" x={(from.x + CARD.width + to.x) / 2} y={(from.y + to.y + CARD.height) / 2 - LETTERS * 0.4 * pixel}>{SIGNS[fate]} {i + 1}</text>;
      })}
    </svg>
  );
}
