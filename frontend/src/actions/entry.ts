import type { Canvas } from "../store/canvas";

/** Open the entry of a node in the outline. */
export function goToEntry({ ui }: Canvas, id: string): void {
  ui.patch({ entry: id, ...(ui.get().editor === "outline" ? { panel: null } : {}) });
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`entry-${id}`)?.focus()));
}
