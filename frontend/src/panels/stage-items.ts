import type { Edge, InternalNode, Node } from "@xyflow/react";

import type { Flow } from "../graph/flow";
import { pointsOf } from "../graph/reroute";
import { storedSize } from "../graph/stored-size";
import type { Doc, GraphNode, Point, Size } from "../graph/types";
import { isGroup, isNote, isRunnable, nodesById } from "../graph/types";
import type { WireData } from "../nodes/WireLine";
import type { Outline } from "../nodes/outline";
import { TOUCH } from "../store/touch";

export type StageNode = Node;
export type StageEdge = Edge<WireData>;

interface Kept {
  readonly source: GraphNode;
  readonly selected: boolean;
  readonly at: Point;
  readonly size: Size | undefined;
  readonly asleep: boolean;
  readonly item: StageNode;
}

interface Scene {
  readonly doc: Doc;
  readonly selected: ReadonlySet<string>;
  readonly moving: ReadonlyMap<string, Point> | null;
  readonly sizes: ReadonlyMap<string, Size>;
  /** What is known of cards that were not measured yet; null: the stage draws all of them once to measure them. */
  readonly outline: ((node: GraphNode) => Outline) | null;
  /** Who stands on the stage although cards are painted from afar; null: they are not. */
  readonly afar: Standing | null;
}

interface Standing {
  /** As ever. */
  readonly awake: ReadonlySet<string>;
  /** Unseen, for what leads to them. */
  readonly ends: ReadonlySet<string>;
}

export type Handles = NonNullable<InternalNode["internals"]["handleBounds"]>;

/**
 * Turns the document into what the stage draws, giving the same object for a card that did not change. Of cards that are
 * painted from afar it draws those that are awake; those that are chosen stand there unseen. Where the handles are of a card
 * that leaves is noted, as `find` knows it, so that it comes back with its wires. Those that are fixed cannot be dragged.
 */
export function createNodeMaker(handles: Map<string, Handles>, find: (id: string) => InternalNode | undefined, fixed: boolean) {
  let kept = new Map<string, Kept>();
  return ({ doc, selected, moving, sizes, outline, afar }: Scene): StageNode[] => {
    const next = new Map<string, Kept>();
    for (const source of doc.nodes) {
      const { id } = source;
      const before = kept.get(id);
      const chosen = selected.has(id);
      const asleep = afar !== null && !afar.awake.has(id) && isRunnable(source);
      if (asleep && !chosen && !afar.ends.has(id)) {
        const left = before && find(id)?.internals.handleBounds;
        if (left) handles.set(id, left);
        continue;
      }
      const at = moving?.get(id) ?? source.position;
      const size = sizes.get(id);
      const same = before?.source === source && before.asleep === asleep && before.selected === chosen && before.size === size
        && before.at.x === at.x && before.at.y === at.y;
      const item = () => {
        const made = makeNode(source, chosen, at, size, fixed, outline);
        const known = before ? undefined : handles.get(id);
        return { ...made, ...(asleep ? { type: "unseen" } : {}), ...(made.measured && known ? { handles: [...(known.source ?? []), ...(known.target ?? [])] } : {}) };
      };
      next.set(id, same ? before : { source, selected: chosen, at, size, asleep, item: item() });
    }
    kept = next;
    return [...[...next.values()].map(({ item }) => item), ...missingNodes(doc, sizes)];
  };
}

/** Also a group that is selected, which React Flow lifts by 1,000, lies under its members. */
const UNDER = -1001;

function makeNode(source: GraphNode, selected: boolean, at: Point, size: Size | undefined, fixed: boolean, outline: ((node: GraphNode) => Outline) | null): StageNode {
  const box = isGroup(source) || isNote(source);
  return {
    id: source.id,
    type: isGroup(source) ? "group-box" : isNote(source) ? "note" : "card",
    position: { x: at.x, y: at.y },
    data: { node: source },
    selected,
    draggable: !fixed && (selected || !TOUCH),
    ...(isGroup(source) ? { zIndex: UNDER } : {}),
    ...(box ? (size?.live ? size : storedSize(source)) : {}), // what it measures follows what is stored, but while it is being resized
    ...(size ? { measured: size } : outline && !box ? expected(outline(source)) : {}),
  };
}

function expected({ width, height, handles }: Outline): Partial<StageNode> {
  return { initialWidth: width, initialHeight: height, handles };
}

/** Stand-ins for nodes that wires name and the document does not have. */
function missingNodes(doc: Doc, sizes: ReadonlyMap<string, Size>): StageNode[] {
  const nodes = nodesById(doc.nodes);
  const lost = new Map<string, { ins: Set<string>; outs: Set<string>; near: Point }>();
  const note = (id: string, other: string, side: "ins" | "outs", handle: string) => {
    if (nodes.has(id)) return;
    const near = nodes.get(other)?.position ?? { x: 0, y: 0 };
    const entry = lost.get(id) ?? { ins: new Set(), outs: new Set(), near: { x: near.x + (side === "ins" ? 380 : -220), y: near.y - 80 } };
    entry[side].add(handle);
    lost.set(id, entry);
  };
  for (const edge of doc.edges) {
    note(edge.source, edge.target, "outs", edge.sourceHandle);
    note(edge.target, edge.source, "ins", edge.targetHandle);
  }
  return [...lost].map(([id, { ins, outs, near }]) => {
    const size = sizes.get(id);
    return {
      id, type: "missing", position: near, draggable: false, selectable: false,
      data: { missing: { ins: [...ins], outs: [...outs] } },
      ...(size ? { measured: size } : {}),
    };
  });
}

interface KeptEdge {
  readonly wire: unknown;
  readonly look: string;
  readonly selected: boolean;
  readonly item: StageEdge;
}

/** The same for wires. Aliases and numbered handles lead to the one handle that is drawn for them. */
export function createEdgeMaker() {
  let kept = new Map<string, KeptEdge>();
  return (flow: Flow, selected: ReadonlySet<string>): StageEdge[] => {
    const next = new Map<string, KeptEdge>();
    const items = [...flow.wires.values()].map((wire) => {
      const { edge, outlet, inlet, shape, broken } = wire;
      const chosen = selected.has(edge.id);
      const look = [shape.type, shape.list, broken, outlet?.id, inlet?.id, outlet?.role].join(" ");
      const before = kept.get(edge.id);
      const same = before?.wire === edge && before.look === look && before.selected === chosen;
      const item: StageEdge = same ? before.item : {
        id: edge.id,
        type: "wire",
        source: edge.source,
        target: edge.target,
        sourceHandle: outlet ? `out-${outlet.id}` : edge.sourceHandle,
        targetHandle: inlet ? `in-${inlet.id}` : edge.targetHandle,
        selected: chosen,
        ...(edge.folded === true ? { reconnectable: false } : {}),
        data: { type: shape.type, role: outlet?.role ?? "", list: shape.list, broken, points: pointsOf(edge) },
      };
      next.set(edge.id, { wire: edge, look, selected: chosen, item });
      return item;
    });
    kept = next;
    return items;
  };
}

