import { useViewport } from "@xyflow/react";

const GAP = 22;
/** Nearer than this the dots are as dark as they get; from further they fade, until none is left. */
const CLEAR = 0.6;
const GONE = 0.15;

/** The dots of the plane, on a layer of their own: while somebody moves about it is shifted, and nothing is painted again. */
export function Dots() {
  const { x, y, zoom } = useViewport();
  if (zoom <= GONE) return null;
  const gap = Math.round(GAP * zoom);
  const shift = (by: number) => ((by % gap) + gap) % gap - gap;
  return (
    <div
      className="dots" aria-hidden="true"
      style={{ inset: `0 -${gap}px -${gap}px 0`, backgroundSize: `${gap}px ${gap}px`, opacity: Math.min(1, (zoom - GONE) / (CLEAR - GONE)), transform: `translate(${shift(x)}px, ${shift(y)}px)` }}
    />
  );
}
