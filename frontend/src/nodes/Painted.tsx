import { memo, useLayoutEffect } from "react";

import { nameOf } from "../graph/catalog";
import { modeOf } from "../graph/modes";
import { kindOf } from "../graph/ports";
import { isRunnable } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { useCanvas } from "../store/canvas";
import { createStore } from "../store/store";
import { partOf } from "./part";
import { previewKind } from "./preview-kind";
import { useNodeRuns, useOutlook, useRefusals, useResults, useStatus, useTakes, useWires } from "./use-node";

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
  readonly nodes: readonly GraphNode[];
  readonly selected: ReadonlySet<string>;
}

/** Who tell how the cards look that are painted together. They draw nothing themselves, so that a drag has nothing to look through. */
export const Tellers = memo(function Tellers({ nodes, selected }: Props) {
  return nodes.filter(isRunnable).map((node) => <Teller key={node.id} node={node} selected={selected.has(node.id)} />);
});

const Teller = memo(function Teller({ node, selected }: { readonly node: GraphNode; readonly selected: boolean }) {
  const { catalog } = useCanvas();
  const { id } = node;
  const kind = kindOf(catalog, node);
  const { into } = useWires(id);
  const nodeRuns = useNodeRuns(id);
  const status = useStatus(id, kind, nodeRuns, useTakes(id, kind));
  const results = useResults(node, kind, nodeRuns);
  const refused = useRefusals(id).length > 0;
  const running = nodeRuns.filter((nodeRun) => nodeRun.status === "RUNNING");
  const shown = kind && node.data.collapsed !== true && previewKind(kind, node, into) === "media" ? results.items[results.index] : undefined;
  const title = nameOf(node, kind);
  const category = kind?.category ?? "unknown";
  const tone = refused ? "failed" : status.tone;
  const fate = useOutlook(id)?.fate ?? "";
  const picture = shown?.kind === "media" && shown.media.kind === "image" ? shown.media.thumbnail : "";
  const part = running.length > 0 ? (partOf(running) ?? 0) : null;
  const faint = modeOf(node) !== null || status.tone === "skipped";
  // Before the first frame without the card, its look is there to be painted.
  useLayoutEffect(() => note(id, { title, category, tone, fate, picture, part, selected, faint }), [id, title, category, tone, fate, picture, part, selected, faint]);
  return null;
});
