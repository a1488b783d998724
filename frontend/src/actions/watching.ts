import { watchFingers } from "./fingers";
import { watchHands } from "./hands";
import { watchSnapping } from "./leading";
import { watchLooker } from "./looking";
import { goToNamed } from "./view";
import type { Canvas } from "../store/canvas";

/** All that listens to the whole page and can come after it. */
export function watch(canvas: Canvas): () => void {
  const named = () => void goToNamed(canvas);
  window.addEventListener("hashchange", named);
  const ends = [() => window.removeEventListener("hashchange", named), watchFingers(canvas), watchHands(canvas), watchSnapping(), ...(canvas.readOnly ? [watchLooker(canvas)] : [])];
  return () => {
    for (const end of ends) end();
  };
}
