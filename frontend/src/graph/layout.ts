import type { Doc, Point, Size } from "./types";
import { isGroup, isNote } from "./types";
import { grouped } from "./grouped";

const GAP_X = 90;
const GAP_Y = 36;
const SWEEPS = 8;

/** A column of cards as it is being arranged. */
type Column = string[];

/**
 * Places for the nodes (all, or those in `scope`), left to right along the wires. The same graph always gives the same
 * places; the top left corner stays where it was. Notes and groups are left alone.
 */
export function arrange(doc: Doc, sizes: ReadonlyMap<string, Size>, scope?: ReadonlySet<string>): ReadonlyMap<string, Point> {
  const nodes = doc.nodes.filter((node) => !isNote(node) && !isGroup(node) && (!scope || scope.has(node.id)));
  if (nodes.length === 0) return new Map();
  const ids = new Set(nodes.map((node) => node.id));
  const edges = doc.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target) && edge.source !== edge.target);
  const into = grouped(edges, (edge) => edge.target);
  const from = grouped(edges, (edge) => edge.source);
  const wired = new Set(edges.flatMap((edge) => [edge.source, edge.target]));
  const needs = (id: string) => (into.get(id) ?? []).map((edge) => edge.source);
  const feeds = (id: string) => (from.get(id) ?? []).map((edge) => edge.target);

  const depth = depths([...wired], needs, feeds);
  pullRight([...wired], depth, needs, feeds);
  const columns: Column[] = [];
  for (const { id } of nodes) if (wired.has(id)) (columns[depth.get(id) ?? 0] ??= []).push(id);

  untangle(columns, needs, feeds);
  const size = (id: string): Size => sizes.get(id) ?? { width: 280, height: 220 };
  const left = Math.min(...nodes.map((node) => node.position.x));
  const top = Math.min(...nodes.map((node) => node.position.y));
  const places = place(columns, size, needs, feeds, { x: left, y: top });
  const bottom = Math.max(top, ...[...places].map(([id, { y }]) => y + size(id).height + GAP_X));
  return new Map([...places, ...inRows(nodes.map((node) => node.id).filter((id) => !wired.has(id)), size, { x: left, y: bottom })]);
}

const A_ROW = 4;

/** Cards without wires stand in rows, below the others. */
function inRows(ids: readonly string[], size: (id: string) => Size, corner: Point): ReadonlyMap<string, Point> {
  const places = new Map<string, Point>();
  let { y } = corner;
  for (let i = 0; i < ids.length; i += A_ROW) {
    const row = ids.slice(i, i + A_ROW);
    let { x } = corner;
    for (const id of row) {
      places.set(id, { x: Math.round(x), y: Math.round(y) });
      x += size(id).width + GAP_X;
    }
    y += Math.max(...row.map((id) => size(id).height)) + GAP_Y;
  }
  return places;
}

function depths(ids: readonly string[], needs: (id: string) => string[], feeds: (id: string) => string[]): Map<string, number> {
  const open = new Map(ids.map((id) => [id, needs(id).length]));
  const depth = new Map<string, number>();
  const ready = ids.filter((id) => open.get(id) === 0);
  for (const id of ready) {
    depth.set(id, Math.max(0, ...needs(id).map((other) => (depth.get(other) ?? 0) + 1)));
    for (const next of feeds(id)) {
      const left = (open.get(next) ?? 0) - 1;
      open.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  for (const id of ids) if (!depth.has(id)) depth.set(id, 0);
  return depth;
}

/** A source stands next to what it feeds, not at the far left. */
function pullRight(ids: readonly string[], depth: Map<string, number>, needs: (id: string) => string[], feeds: (id: string) => string[]): void {
  for (const id of ids) {
    const targets = feeds(id).map((next) => depth.get(next) ?? 0);
    if (needs(id).length === 0 && targets.length > 0) depth.set(id, Math.max(0, Math.min(...targets) - 1));
  }
}

/** Order each column by the middle of its neighbours, sweeping to and fro. */
function untangle(columns: Column[], needs: (id: string) => string[], feeds: (id: string) => string[]): void {
  const rank = new Map<string, number>();
  const note = (column: Column) => column.forEach((id, i) => rank.set(id, i));
  columns.forEach(note);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forward = sweep % 2 === 0;
    for (const column of forward ? columns : columns.toReversed()) {
      const middle = new Map(column.map((id) => {
        const near = forward ? needs(id) : feeds(id);
        const sum = near.reduce((total, other) => total + (rank.get(other) ?? 0), 0);
        return [id, near.length > 0 ? sum / near.length : (rank.get(id) ?? 0)];
      }));
      column.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
      note(column);
    }
  }
}

function place(
  columns: readonly Column[],
  size: (id: string) => Size,
  needs: (id: string) => string[],
  feeds: (id: string) => string[],
  corner: Point,
): ReadonlyMap<string, Point> {
  const tops = new Map<string, number>();
  const middleOf = (id: string) => (tops.get(id) ?? 0) + size(id).height / 2;
  for (const column of columns) stack(column, size, tops, column.map((id) => average(needs(id), middleOf)));
  for (let i = 0; i < 3; i++) {
    for (const column of columns.toReversed()) stack(column, size, tops, column.map((id) => average(feeds(id), middleOf) ?? middleOf(id)));
    for (const column of columns) stack(column, size, tops, column.map((id) => average(needs(id), middleOf) ?? middleOf(id)));
  }
  const highest = Math.min(...tops.values());
  const places = new Map<string, Point>();
  let x = corner.x;
  for (const column of columns) {
    for (const id of column) places.set(id, { x: Math.round(x), y: Math.round((tops.get(id) ?? 0) - highest + corner.y) });
    x += Math.max(0, ...column.map((id) => size(id).width)) + GAP_X;
  }
  return places;
}

function average(ids: readonly string[], middleOf: (id: string) => number): number | null {
  return ids.length === 0 ? null : ids.reduce((sum, id) => sum + middleOf(id), 0) / ids.length;
}

/** Lay a column out near the wished middles without overlaps: cards that push each other move as one block. */
function stack(column: Column, size: (id: string) => Size, tops: Map<string, number>, wished: readonly (number | null)[]): void {
  interface Block { ids: string[]; height: number; pull: number; top: number }
  const blocks: Block[] = [];
  let below = 0;
  column.forEach((id, i) => {
    const height = size(id).height;
    const middle = wished[i] ?? below + height / 2;
    let block: Block = { ids: [id], height, pull: middle - height / 2, top: middle - height / 2 };
    for (let last = blocks.at(-1); last && last.top + last.height + GAP_Y > block.top; last = blocks.at(-1)) {
      blocks.pop();
      const pull = last.pull + (block.pull - (last.height + GAP_Y) * block.ids.length);
      const ids = [...last.ids, ...block.ids];
      block = { ids, height: last.height + GAP_Y + block.height, pull, top: pull / ids.length };
    }
    blocks.push(block);
    below = block.top + block.height + GAP_Y;
  });
  for (const block of blocks) {
    let top = block.top;
    for (const id of block.ids) {
      tops.set(id, top);
      top += size(id).height + GAP_Y;
    }
  }
}
