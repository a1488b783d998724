import { Position } from "@xyflow/react";
import type { NodeHandle } from "@xyflow/react";

import type { Catalog } from "../graph/catalog";
import type { Flow, Wire } from "../graph/flow";
import { cardParams } from "../graph/params";
import { kindOf, outputsOf } from "../graph/ports";
import type { GraphNode } from "../graph/types";
import { aspectOf, previewKind } from "./preview-kind";

/** How large a card is going to be, about, and where its wires end. */
export interface Outline {
  readonly width: number;
  readonly height: number;
  readonly handles: NodeHandle[];
}

const NONE: readonly Wire[] = [];
/** As in card.css, in pixels. */
const WIDTH = 280;
const HEAD = 40;
const TEXT = 112;
const SOUND = 60;
const ROW = 26;
const LINE = 33;
const LINES = 76;
const FOOT = 36;

/** What is known of a card before it was drawn: in a large graph those out of sight are not. */
export function outlineOf(catalog: Catalog, flow: Flow, node: GraphNode): Outline {
  const into = flow.into.get(node.id) ?? NONE;
  const from = flow.from.get(node.id) ?? NONE;
  const kind = kindOf(catalog, node);
  const folded = kind === null || node.data.collapsed === true;
  const shown = folded ? "none" : previewKind(kind, node, into);
  const preview = kind && shown === "media" ? WIDTH / aspectOf(kind, node) : shown === "text" ? TEXT : shown === "audio" ? SOUND : 0;
  const ins = kind?.inputs.map(({ id }) => id) ?? [];
  const outs = kind ? outputsOf(kind, node).map(({ id }) => id) : [];
  const ports = HEAD + preview + 7;
  const rows = Math.max(ins.length, outs.length) * ROW;
  const fields = folded ? 0 : cardParams(kind, node, new Set()).reduce((sum, { type }) => sum + (type === "text" || type === "json" ? LINES : LINE), 0);
  const height = Math.round(ports + rows + fields + FOOT);
  const at = (ids: readonly string[], id: string | undefined) => ports + ROW * (Math.max(0, ids.indexOf(id ?? "")) + 0.5);
  const handles = new Map<string, NodeHandle>();
  for (const { edge, inlet } of into) {
    const id = inlet ? `in-${inlet.id}` : edge.targetHandle;
    handles.set(id, { id, type: "target", position: Position.Left, x: 0, y: at(ins, inlet?.id) });
  }
  for (const { edge, outlet } of from) {
    const id = outlet ? `out-${outlet.id}` : edge.sourceHandle;
    handles.set(id, { id, type: "source", position: Position.Right, x: WIDTH, y: at(outs, outlet?.id) });
  }
  return { width: WIDTH, height, handles: [...handles.values()] };
}
