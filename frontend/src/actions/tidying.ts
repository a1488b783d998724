import { arrange } from "../graph/layout";
import { isRunnable } from "../graph/types";
import type { Doc, Point } from "../graph/types";
import { outlineOf } from "../nodes/outline";
import type { Canvas } from "../store/canvas";

/** Places in good order for the cards, or for those chosen. Of a large graph most were never measured: those are as large as they are going to be. */
export function arranged({ catalog, document, sizes }: Canvas, doc: Doc, chosen?: ReadonlySet<string>): ReadonlyMap<string, Point> {
  const { flow } = document.get();
  const guessed = doc.nodes.filter((node) => isRunnable(node) && !sizes.has(node.id)).map((node) => [node.id, outlineOf(catalog, flow, node)] as const);
  return arrange(doc, new Map([...guessed, ...sizes]), chosen);
}
