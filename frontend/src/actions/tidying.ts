import { arrange } from "../graph/layout";
import { isRunnable } from "../graph/types";
import type { Doc, Point, Size } from "../graph/types";
import { outlineOf } from "../nodes/outline";
import type { Canvas } from "../store/canvas";

/** As in card.css, in pixels: the line of what was made, that of what the next run does, and a text beside the room for one. */
const FOOT = 23;
const OUTLOOK = 21;
const TEXT = 20;

type Drawn = Pick<Element, "querySelector">;

function drawnCard(id: string): Drawn | null {
  return window.document.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"] .card:not(.collapsed)`);
}

/** What a card has yet to grow by: while a run goes on, and before the first, it has not all of its lines. */
function coming(card: Drawn): number {
  const lacks = (selector: string, room: number) => (card.querySelector(selector) === null ? room : 0);
  return lacks(".card-foot", FOOT) + lacks(".outlook", OUTLOOK) + (card.querySelector(".preview.text") === null ? 0 : lacks(".preview.text.filled", TEXT));
}

/** Places in good order for the cards, or for those chosen. Each gets the room that it is going to take, also where it was never measured. */
export function arranged({ catalog, document, sizes }: Canvas, doc: Doc, chosen?: ReadonlySet<string>, drawn = drawnCard): ReadonlyMap<string, Point> {
  const { flow } = document.get();
  const grown = doc.nodes.filter(isRunnable).map((node): readonly [string, Size] => {
    const size = sizes.get(node.id);
    const card = size ? drawn(node.id) : null;
    return [node.id, size ? { ...size, height: size.height + (card ? coming(card) : 0) } : outlineOf(catalog, flow, node)];
  });
  return arrange(doc, new Map([...sizes, ...grown]), chosen);
}
