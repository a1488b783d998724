import type { HandleType, NodeKind } from "../graph/catalog";
import type { Wire } from "../graph/flow";
import { asNumber } from "../graph/json";
import { effective } from "../graph/params";
import { declaredType } from "../graph/ports";
import type { GraphNode } from "../graph/types";

export type PreviewKind = "media" | "audio" | "text" | "none";

function byType(type: HandleType): PreviewKind {
  switch (type) {
    case "IMAGE": case "VIDEO": case "FILE": return "media";
    case "AUDIO": return "audio";
    case "TEXT": case "JSON": return "text";
    case "NUMBER": case "BOOLEAN": case "ANY": return "none";
  }
}

/** What a card keeps room for, known before anything ran, so that a result never moves its neighbours. */
export function previewKind(kind: NodeKind, node: GraphNode, into: readonly Wire[]): PreviewKind {
  const [main] = kind.outputs;
  if (kind.category === "output") {
    const types = new Set(into.map((wire) => wire.shape.type));
    const [only] = types;
    const seen = types.size === 1 && only !== undefined ? byType(only) : "media";
    return kind.name === "output:preview" ? (seen === "none" ? "text" : seen) : "none";
  }
  if (!main) return "none";
  const wanted = byType(declaredType(kind, node, main));
  return kind.execution === "source" && wanted === "text" ? "none" : wanted;
}

const ASPECTS: Readonly<Record<string, number>> = {
  square: 1, square_hd: 1, portrait_4_3: 3 / 4, portrait_16_9: 9 / 16, landscape_4_3: 4 / 3, landscape_16_9: 16 / 9,
};

/** The room a picture gets: between these forms, and never changed by the result, so that no handle moves. */
const TALLEST = 1.25;
const WIDEST = 2.2;
const USUAL = 4 / 3;

/** Width by height of the room that is kept for what the node makes. */
export function aspectOf(kind: NodeKind, node: GraphNode): number {
  return Math.min(WIDEST, Math.max(TALLEST, expectedAspect(kind, node) ?? USUAL));
}

/** Width by height of what the node is going to make, as far as its settings tell. */
function expectedAspect(kind: NodeKind, node: GraphNode): number | null {
  const value = (id: string) => {
    const param = kind.params.find((candidate) => candidate.id === id);
    return param ? effective(kind, param, node) : null;
  };
  const width = asNumber(value("width"));
  const height = asNumber(value("height"));
  if (width && height) return width / height;
  for (const id of ["aspect_ratio", "image_size", "size", "ratio"]) {
    const text = value(id);
    if (typeof text !== "string") continue;
    const [, w, h] = /^(\d+(?:\.\d+)?)\s*[:x×]\s*(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (w && h) return Number(w) / Number(h);
    if (ASPECTS[text] !== undefined) return ASPECTS[text];
  }
  return kind.category === "video" ? 16 / 9 : null;
}
