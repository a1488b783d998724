import { align } from "../graph/align";
import type { Alignment } from "../graph/align";
import { move } from "../graph/changes";
import type { Canvas } from "../store/canvas";

/** Bring the selected cards into line, or into even gaps. */
export function alignNodes({ document, sizes, ui }: Canvas, label: string, how: Alignment): void {
  document.edit(label, (doc) => move(align(doc.nodes.filter(({ id }) => ui.get().nodes.has(id)), sizes, how))(doc));
}
