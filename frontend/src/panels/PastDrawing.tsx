import type { PastLook, PastNode } from "../api/past";
import { labelOf } from "../graph/problems";
import { nodesById } from "../graph/types";
import { t } from "../language/speak";
import { wordOf } from "../nodes/status";
import { useCanvas } from "../store/canvas";

const CARD = { width: 240, height: 170 };
const AIR = 30;
const LETTERS = 27;

interface Props {
  readonly look: PastLook;
  readonly picked: string | null;
  readonly onPick: (nodeId: string | null) => void;
  readonly said: (node: PastNode) => string;
}

/** The graph of a run as it was, with what came of each node on its card. */
export function PastDrawing({ look: { graph, nodes: done }, picked, onPick, said }: Props) {
  const { catalog } = useCanvas();
  if (graph.nodes.length === 0) return null;
  const nodes = nodesById(graph.nodes);
  const places = graph.nodes.map(({ position }) => position);
  const left = Math.min(...places.map(({ x }) => x)) - AIR;
  const top = Math.min(...places.map(({ y }) => y)) - AIR;
  const width = Math.max(...places.map(({ x }) => x)) + CARD.width + AIR - left;
  const height = Math.max(...places.map(({ y }) => y)) + CARD.height + AIR - top;
  return (
    <svg viewBox={`${left} ${top} ${width} ${height}`} role="group" aria-label={t("The graph of this run")}>
      {graph.edges.map(({ id, source, target }) => {
        const [from, to] = [nodes.get(source)?.position, nodes.get(target)?.position];
        if (!from || !to) return null;
        const [x, y, u, v] = [from.x + CARD.width, from.y + CARD.height / 2, to.x, to.y + CARD.height / 2];
        return <path key={id} d={`M${x},${y} C${(x + u) / 2},${y} ${(x + u) / 2},${v} ${u},${v}`} />;
      })}
      {graph.nodes.map((node) => {
        const { id, position: { x, y } } = node;
        const own = done.get(id);
        const label = labelOf(node, catalog);
        const state = own?.status.toLowerCase() ?? "none";
        const facts = own ? [wordOf(own.status), said(own)].filter(Boolean).join(" · ") : t("did not run");
        const pick = () => onPick(picked === id ? null : id);
        return (
          <g
            key={id} className={state} transform={`translate(${x} ${y})`} role="button" tabIndex={0} aria-pressed={picked === id}
            onClick={pick} onKeyDown={(event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              pick();
            }}
          >
            <rect {...CARD} rx={12} aria-hidden="true"><title>{[own?.error, label].find(Boolean)}</title></rect>
            <text x={14} y={26} className="name">{label.length > LETTERS ? `${label.slice(0, LETTERS - 1)}…` : label}{" "}</text>
            {own?.picture && <image href={own.picture} x={10} y={38} width={CARD.width - 20} height={96} preserveAspectRatio="xMidYMid meet" />}
            <text x={14} y={CARD.height - 14}>{facts}</text>
          </g>
        );
      })}
    </svg>
  );
}
