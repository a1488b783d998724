import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { EdgeChange, NodeChange } from "@xyflow/react";

import { duplicateIds } from "../actions/editing";
import { focusEntered } from "../actions/fields";
import { reveal } from "../actions/view";
import { wireAt } from "../actions/wiring";
import { move, withMembers } from "../graph/changes";
import { insertOn } from "../graph/insert";
import type { Doc, Point, Size } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useParts } from "./following";
import type { StageEdge, StageNode } from "./stage-items";

/** Selection, dragging and measuring. A drag becomes one change of the document when it ends. */
export function useDragging() {
  const canvas = useCanvas();
  const [sizes, setSizes] = useState<ReadonlyMap<string, Size>>(canvas.sizes);
  const copying = useRef(false);
  const parts = useParts(false);

  const onNodesChange = useCallback((changes: NodeChange<StageNode>[]) => {
    const { document, ui } = canvas;
    const nodes = new Set(ui.get().nodes);
    const moved = new Map<string, Point>();
    let selects = false;
    let measures = false;
    for (const change of changes) {
      if (change.type === "select") {
        selects = true;
        if (change.selected) nodes.add(change.id);
        else nodes.delete(change.id);
      } else if (change.type === "position" && change.position) moved.set(change.id, change.position);
      else if (change.type === "dimensions" && change.dimensions) {
        const before = canvas.sizes.get(change.id);
        const live = change.resizing === true;
        if (before?.width === change.dimensions.width && before.height === change.dimensions.height && live === (before.live === true)) continue;
        canvas.sizes.set(change.id, { ...change.dimensions, live });
        measures = true;
      }
    }
    if (selects) ui.set((state) => ({ ...state, nodes }));
    if (moved.size > 0) {
      const places = parts?.lead(canvas, moved) ?? moved;
      ui.set((state) => ({ ...state, moving: new Map([...(state.moving ?? []), ...withMembers(document.doc(), places)]) }));
    }
    if (measures) setSizes(new Map(canvas.sizes));
  }, [canvas, parts]);

  useEffect(() => {
    const { entering, revealing } = canvas.ui.get();
    if (revealing !== null && sizes.has(revealing)) reveal(canvas, revealing);
    if (entering !== null && sizes.has(entering)) void focusEntered(canvas);
  }, [canvas, sizes]);

  const onEdgesChange = useCallback((changes: EdgeChange<StageEdge>[]) => {
    const edges = new Set(canvas.ui.get().edges);
    for (const change of changes) {
      if (change.type !== "select") continue;
      if (change.selected) edges.add(change.id);
      else edges.delete(change.id);
    }
    canvas.ui.set((state) => ({ ...state, edges }));
  }, [canvas]);

  const handlers = useMemo(() => {
    const start = (event: { readonly altKey?: boolean }) => {
      copying.current = event.altKey === true && !canvas.readOnly;
    };
    /** A card that hangs on nothing and is dropped on a wire: the wire is led through it. */
    const intoWire = (event: object, ids: readonly string[]) => {
      const [id, ...more] = ids;
      const { clientX: x, clientY: y } = event as { clientX?: number; clientY?: number }; // touches have none
      if (id === undefined || more.length > 0 || x === undefined || y === undefined) return (doc: Doc) => doc;
      const wire = wireAt({ x, y });
      return (doc: Doc) => (wire === null ? doc : insertOn(doc, canvas.catalog, id, wire) ?? doc);
    };
    const stop = (event: object) => {
      const { document, ui } = canvas;
      const places = ui.get().moving;
      ui.patch({ moving: null });
      const settle = parts?.settle(canvas, [...(places?.keys() ?? [])]) ?? ((doc: Doc) => doc);
      if (!places || places.size === 0) return;
      if (!copying.current) {
        const moved = move(new Map([...places].map(([id, { x, y }]) => [id, { x: Math.round(x), y: Math.round(y) }])));
        const insert = intoWire(event, [...places.keys()]);
        document.edit(t("Move"), (doc) => settle(insert(moved(doc))));
        return;
      }
      const [[id, at] = ["", null]] = places;
      const from = document.doc().nodes.find((node) => node.id === id)?.position;
      if (from && at) duplicateIds(canvas, new Set(places.keys()), { x: Math.round(at.x - from.x), y: Math.round(at.y - from.y) });
    };
    return {
      onNodeDragStart: start,
      onNodeDragStop: stop,
      onSelectionDragStart: start,
      onSelectionDragStop: stop,
    };
  }, [canvas, parts]);

  return { onNodesChange, onEdgesChange, sizes, ...handlers };
}
