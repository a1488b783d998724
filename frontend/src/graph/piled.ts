import { counted, t } from "../language/speak";
import type { Catalog } from "./catalog";
import { move } from "./changes";
import type { Change } from "./changes";
import { hiders } from "./hidden";
import { freeSpot } from "./place";
import { labelOf } from "./problems";
import type { Problem } from "./problems";
import { isGroup, isNote } from "./types";
import type { Doc, GraphNode, Point } from "./types";

/** Corners nearer to each other than this, in units of the canvas, make two cards look like one. */
const NEAR = 16;
/** About what a card with its result takes up. */
const CARD = { width: 280, height: 320 };

const isNear = (a: Point, b: Point) => Math.abs(a.x - b.x) < NEAR && Math.abs(a.y - b.y) < NEAR;

/** Cards that lie on each other, in the order in which they were added; those in a collapsed group hide nothing. */
export function piles(doc: Pick<Doc, "nodes">): readonly (readonly GraphNode[])[] {
  const hidden = hiders(doc);
  const cells = new Map<string, GraphNode[][]>();
  const found: GraphNode[][] = [];
  for (const node of doc.nodes) {
    if (isNote(node) || isGroup(node) || hidden.has(node.id)) continue;
    const [column, row] = [Math.floor(node.position.x / NEAR), Math.floor(node.position.y / NEAR)];
    const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].flatMap((dy) => cells.get(`${column + dx} ${row + dy}`) ?? []));
    const pile = around.find(([lowest]) => lowest !== undefined && isNear(lowest.position, node.position));
    if (pile) pile.push(node);
    else {
      const alone = [node];
      found.push(alone);
      cells.set(`${column} ${row}`, [...(cells.get(`${column} ${row}`) ?? []), alone]);
    }
  }
  return found.filter((pile) => pile.length > 1);
}

/** One warning for each pile, at its topmost card. */
export function piledUp(doc: Pick<Doc, "nodes">, catalog: Catalog): readonly Problem[] {
  return piles(doc).map((pile) => {
    const [lowest, top] = [pile[0], pile.at(-1)];
    const message = pile.length === 2 && lowest
      ? t("It lies on “{node}” and hides it.", { node: labelOf(lowest, catalog) })
      : counted(pile.length - 1, "It hides {count} node below it.", "It hides {count} nodes below it.");
    return { rule: "nodes-piled-up", severity: "warning", message, fix: t("Move them apart."), nodeId: top?.id ?? "", edgeId: "", field: "" };
  });
}

/** The lowest card of a pile stays, each other goes to the nearest place that is free. */
export function spread(doc: Pick<Doc, "nodes">, topId: string): Change | null {
  const pile = piles(doc).find((one) => one.at(-1)?.id === topId);
  if (!pile) return null;
  const going = new Set(pile.slice(1).map(({ id }) => id));
  const taken = doc.nodes.filter((node) => !isGroup(node) && !going.has(node.id)).map(({ position }) => ({ ...position, ...CARD }));
  const places = new Map<string, Point>();
  for (const { id, position } of pile.slice(1)) {
    const spot = freeSpot(taken, position, CARD);
    taken.push({ ...spot, ...CARD });
    places.set(id, spot);
  }
  return move(places);
}
