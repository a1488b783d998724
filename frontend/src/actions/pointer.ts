import type { Point } from "../graph/types";
import type { Canvas } from "../store/canvas";

let screen: Point | null = null;

/** Remember where the pointer is over the stage; null when it left. */
export function notePointer(at: Point | null): void {
  screen = at;
}

/** Where the pointer is on the plane, when it is over the stage. */
export function pointerOnStage(canvas: Canvas): Point | null {
  return screen === null ? null : onPlane(canvas, screen);
}

/** The pointer's place on the plane, else the middle of what is seen. */
export function pointer(canvas: Canvas): Point {
  return onPlane(canvas, pointerOnScreen());
}

export function pointerOnScreen(): Point {
  return screen ?? { x: window.innerWidth / 2, y: window.innerHeight / 2 };
}

export function onPlane({ stage }: Canvas, at: Point): Point {
  return stage.current?.screenToFlowPosition(at) ?? at;
}
