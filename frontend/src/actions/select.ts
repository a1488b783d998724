import { t } from "../language/speak";
import { hasNodes, onlyNode } from "./action";
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
  document.edit(t("Move"), (doc) => {
    const chosen = doc.nodes.filter((node) => ui.get().nodes.has(node.id));
    return move(new Map(chosen.map(({ id, position }) => [id, { x: position.x + dx, y: position.y + dy }])))(doc);
  }, "nudge");
}

const GO = { up: t("Go to the node above"), down: t("Go to the node below"), left: t("Go to the node on the left"), right: t("Go to the node on the right") };
const NUDGE = { up: t("Move up"), down: t("Move down"), left: t("Move left"), right: t("Move right") };
const SHOVE = { up: t("Move far up"), down: t("Move far down"), left: t("Move far left"), right: t("Move far right") };

export const selectActions: readonly CanvasAction[] = [
  {
    name: "select-all", label: t("Select all"), group: "Select", icon: "select", keys: ["mod+a"],
    perform: ({ document, ui }) => ui.select(document.doc().nodes.map((node) => node.id)),
  },
  {
    name: "upstream", label: t("Select what feeds it"), group: "Select", keys: ["shift+arrowleft"], when: hasNodes,
    perform: ({ document, ui }) => ui.select(upstream(document.doc(), ui.get().nodes)),
  },
  {
    name: "downstream", label: t("Select what it feeds"), group: "Select", keys: ["shift+arrowright"], when: hasNodes,
    perform: ({ document, ui }) => ui.select(downstream(document.doc(), ui.get().nodes)),
  },
  ...ARROWS.flatMap((arrow): CanvasAction[] => [
    {
      name: `walk-${arrow}`, label: GO[arrow],
      group: "Select", unlisted: true, keys: [`arrow${arrow}`], when: (canvas) => onlyNode(canvas) !== null,
      perform: (canvas) => walk(canvas, arrow),
    },
    {
      name: `nudge-${arrow}`, label: NUDGE[arrow], group: "Edit", unlisted: true, keys: [`mod+arrow${arrow}`],
      needs: "edit", when: hasNodes, perform: (canvas) => nudge(canvas, arrow, GRID),
    },
    {
      name: `shove-${arrow}`, label: SHOVE[arrow], group: "Edit", unlisted: true, keys: [`mod+shift+arrow${arrow}`],
      needs: "edit", when: hasNodes, perform: (canvas) => nudge(canvas, arrow, GRID * 10),
    },
  ]),
];
