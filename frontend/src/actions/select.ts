import { canEdit, hasNodes, onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { move } from "../graph/changes";
import { beside, downstream, neighbour, upstream } from "../graph/walk";
import type { Canvas } from "../store/canvas";
import { reveal } from "./view";

type Arrow = "left" | "right" | "up" | "down";
const ARROWS: readonly Arrow[] = ["left", "right", "up", "down"];
const GRID = 10;

function walk(canvas: Canvas, arrow: Arrow): void {
  const { document, ui } = canvas;
  const id = onlyNode(canvas);
  if (id === null) return;
  const next = arrow === "left" || arrow === "right" ? neighbour(document.doc(), id, arrow) : beside(document.doc(), id, arrow);
  if (next === null) return;
  ui.select([next]);
  reveal(canvas, next);
}

function nudge({ document, ui }: Canvas, arrow: Arrow, by: number): void {
  const dx = arrow === "left" ? -by : arrow === "right" ? by : 0;
  const dy = arrow === "up" ? -by : arrow === "down" ? by : 0;
  document.edit("Move", (doc) => {
    const chosen = doc.nodes.filter((node) => ui.get().nodes.has(node.id));
    return move(new Map(chosen.map(({ id, position }) => [id, { x: position.x + dx, y: position.y + dy }])))(doc);
  }, "nudge");
}

export const selectActions: readonly CanvasAction[] = [
  {
    name: "select-all", label: "Select all", group: "Select", icon: "select", keys: ["mod+a"],
    perform: ({ document, ui }) => ui.select(document.doc().nodes.map((node) => node.id)),
  },
  {
    name: "upstream", label: "Select what feeds it", group: "Select", keys: ["shift+arrowleft"], when: hasNodes,
    perform: ({ document, ui }) => ui.select(upstream(document.doc(), ui.get().nodes)),
  },
  {
    name: "downstream", label: "Select what it feeds", group: "Select", keys: ["shift+arrowright"], when: hasNodes,
    perform: ({ document, ui }) => ui.select(downstream(document.doc(), ui.get().nodes)),
  },
  ...ARROWS.flatMap((arrow): CanvasAction[] => [
    {
      name: `walk-${arrow}`, label: `Go to the node ${arrow === "up" ? "above" : arrow === "down" ? "below" : `on the ${arrow}`}`,
      group: "Select", unlisted: true, keys: [`arrow${arrow}`], when: (canvas) => onlyNode(canvas) !== null,
      perform: (canvas) => walk(canvas, arrow),
    },
    {
      name: `nudge-${arrow}`, label: `Move ${arrow}`, group: "Edit", unlisted: true, keys: [`mod+arrow${arrow}`],
      when: (canvas) => canEdit(canvas) && hasNodes(canvas), perform: (canvas) => nudge(canvas, arrow, GRID),
    },
    {
      name: `shove-${arrow}`, label: `Move far ${arrow}`, group: "Edit", unlisted: true, keys: [`mod+shift+arrow${arrow}`],
      when: (canvas) => canEdit(canvas) && hasNodes(canvas), perform: (canvas) => nudge(canvas, arrow, GRID * 10),
    },
  ]),
];
