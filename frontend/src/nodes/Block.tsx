import { useEffect } from "react";

import type { GraphNode } from "../graph/types";
import { useCanvas } from "../store/canvas";
import { createStore } from "../store/store";
import { outlineOf } from "./outline";

/** What is drawn of a card that is looked at from afar. */
export interface Look {
  readonly title: string;
  readonly category: string;
  /** The word of its ring and badge; empty where it has none. */
  readonly tone: string;
  /** What the next run does with it. */
  readonly fate: string;
  readonly picture: string;
  /** How much of it is done, in hundredths; null while it does not run, or nobody knows. */
  readonly part: number | null;
  readonly selected: boolean;
  readonly faint: boolean;
}

/** How all cards look that are drawn together, on one sheet. */
export const looks = createStore<{ readonly all: ReadonlyMap<string, Look> }>({ all: new Map() });

let pending: Map<string, Look> | null = null;

/** Cards that change at once are told of together. */
function note(id: string, look: Look): void {
  if (pending === null) {
    pending = new Map();
    queueMicrotask(() => {
      const told = pending ?? new Map<string, Look>();
      pending = null;
      looks.set(({ all }) => ({ all: new Map([...all, ...told]) }));
    });
  }
  pending.set(id, look);
}

interface Props {
  readonly node: GraphNode;
  readonly label: string;
  readonly look: Look;
}

/** Stands for a card that is drawn with all others on one sheet, and tells how it looks. */
export function Block({ node, label, look }: Props) {
  const { catalog, document, sizes } = useCanvas();
  const { id } = node;
  const { width, height } = sizes.get(id) ?? outlineOf(catalog, document.get().flow, node);
  const { title, category, tone, fate, picture, part, selected, faint } = look;
  useEffect(() => note(id, { title, category, tone, fate, picture, part, selected, faint }), [id, title, category, tone, fate, picture, part, selected, faint]);
  return <article className="block" style={{ width, height }} aria-label={label} />;
}
