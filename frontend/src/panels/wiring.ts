import { judge, linkBetween } from "../graph/connect";
import type { End } from "../graph/connect";
import { paramPort, kindOf, outputsOf } from "../graph/ports";
import { isRunnable } from "../graph/types";
import { handleKey } from "../nodes/Port";
import type { Canvas } from "../store/canvas";
import type { Wiring } from "../store/ui";

/** Judge every handle on the stage once, when a wire is taken up. */
export function beginWiring({ document, catalog }: Canvas, from: End, moving: string | null = null): Wiring {
  const doc = document.doc();
  const { flow } = document.get();
  const fits = new Set<string>();
  const reasons = new Map<string, string>();
  const side = from.side === "out" ? "in" : "out";
  for (const node of doc.nodes.filter(isRunnable)) {
    const kind = kindOf(catalog, node);
    if (!kind) continue;
    const handles = side === "in"
      ? [...kind.inputs.map((port) => `in-${port.id}`), ...kind.params.flatMap((param) => (paramPort(kind, param) ? `in-${param.id}` : []))]
      : outputsOf(kind, node).map((port) => `out-${port.id}`);
    for (const handle of handles) {
      const link = linkBetween(from, { nodeId: node.id, handle, side });
      if (!link) continue;
      const verdict = judge(doc, catalog, flow, link, moving);
      if (verdict.ok) fits.add(handleKey(node.id, handle));
      else reasons.set(handleKey(node.id, handle), verdict.reason);
    }
  }
  return { from, fits, reasons };
}
