import type { Canvas } from "./canvas";

/** Say of a node how much of a file has been sent, from 0 to 1, or why that failed; null takes it away. */
export function noteUpload({ ui }: Pick<Canvas, "ui">, nodeId: string, name: string, part: number | null, error = ""): void {
  ui.set((state) => {
    const uploads = new Map(state.uploads);
    if (part === null) uploads.delete(nodeId);
    else uploads.set(nodeId, { name, part, error });
    return { ...state, uploads };
  });
}
