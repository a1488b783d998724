import type { Change } from "./changes";
import { asList, asNumber, asObject, without } from "./json";
import type { GraphEdge, Point } from "./types";

/** The dots a wire is led through, in its direction. */
export function pointsOf(edge: GraphEdge): readonly Point[] {
  return asList(asObject(edge.data).points).flatMap((point) => {
    const { x, y } = asObject(point);
    const at = { x: asNumber(x), y: asNumber(y) };
    return at.x === null || at.y === null ? [] : [{ x: at.x, y: at.y }];
  });
}

function withPoints(edge: GraphEdge, points: readonly Point[]): GraphEdge {
  const rest = without(asObject(edge.data), "points");
  if (points.length > 0) return { ...edge, data: { ...rest, points: points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) })) } };
  const { id, source, target, sourceHandle, targetHandle } = edge;
  return { ...without(edge, "data"), id, source, target, sourceHandle, targetHandle, ...(Object.keys(rest).length > 0 ? { data: rest } : {}) };
}

export function setPoints(id: string, points: readonly Point[]): Change {
  return (doc) => ({ ...doc, edges: doc.edges.map((edge) => (edge.id === id ? withPoints(edge, points) : edge)) });
}

/** The dots with one more where the wire passes it with the least detour. */
export function addPoint(points: readonly Point[], from: Point, to: Point, at: Point): readonly Point[] {
  const stops = [from, ...points, to];
  const far = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y);
  const detours = stops.slice(1).map((next, i) => {
    const before = stops[i] ?? from;
    return far(before, at) + far(at, next) - far(before, next);
  });
  return points.toSpliced(detours.indexOf(Math.min(...detours)), 0, at);
}

/** Dots move along when both ends of their wire do: by as much as these move in the middle. */
export function carryPoints(edges: readonly GraphEdge[], by: (id: string) => Point | null): readonly GraphEdge[] {
  const moved = edges.map((edge) => {
    const points = pointsOf(edge);
    const [a, b] = points.length > 0 ? [by(edge.source), by(edge.target)] : [null, null];
    return a && b ? withPoints(edge, points.map(({ x, y }) => ({ x: x + (a.x + b.x) / 2, y: y + (a.y + b.y) / 2 }))) : edge;
  });
  return moved.some((edge, i) => edge !== edges[i]) ? moved : edges;
}
