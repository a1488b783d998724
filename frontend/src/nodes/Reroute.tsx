import { Position, getBezierPath } from "@xyflow/react";
import { useRef } from "react";

import { onPlane } from "../actions/pointer";
import type { Point } from "../graph/types";
import { useCanvas } from "../store/canvas";

interface Drawn {
  readonly path: string;
  readonly labelX: number;
  readonly labelY: number;
}

/** The line from an output through all dots to an input, and the middle of it. */
export function wirePath(from: Point, points: readonly Point[], to: Point, out: Position, into: Position): Drawn {
  const stops = [from, ...points, to];
  const parts = stops.slice(1).map((next, i) => {
    const before = stops[i] ?? from;
    return getBezierPath({
      sourceX: before.x, sourceY: before.y, targetX: next.x, targetY: next.y, curvature: 0.32,
      sourcePosition: i === 0 ? out : Position.Right, targetPosition: i === stops.length - 2 ? into : Position.Left,
    });
  });
  const [, labelX = 0, labelY = 0] = parts[Math.floor((parts.length - 1) / 2)] ?? [];
  return { path: parts.map(([part]) => part).join(" "), labelX, labelY };
}

interface Props {
  readonly at: Point;
  readonly readOnly: boolean;
  readonly onDrag: (at: Point) => void;
  readonly onDrop: () => void;
  readonly onRemove: () => void;
}

/** A dot that a wire is led through: drag it, double-click takes it away. */
export function RerouteDot({ at, readOnly, onDrag, onDrop, onRemove }: Props) {
  const canvas = useCanvas();
  const held = useRef(false);
  return (
    <circle
      className="reroute nopan nodrag" cx={at.x} cy={at.y} r={6}
      onPointerDown={(event) => {
        if (readOnly || event.button !== 0) return;
        event.stopPropagation();
        held.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => held.current && onDrag(onPlane(canvas, { x: event.clientX, y: event.clientY }))}
      onPointerUp={() => {
        if (held.current) onDrop();
        held.current = false;
      }}
      onDoubleClick={(event) => {
        event.stopPropagation();
        if (!readOnly) onRemove();
      }}
    />
  );
}
