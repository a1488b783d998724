import { useMemo, useRef } from "react";
import type { MouseEvent as ReactMouseEvent } from "react";
import type { Connection, Edge, FinalConnectionState, Node, OnConnectStartParams } from "@xyflow/react";

import { drawWire } from "../actions/editing";
import { onPlane } from "../actions/pointer";
import { uncover } from "../actions/view";
import { enterTapped } from "../actions/fields";
import { beginWiring, plugInto, tapWire } from "../actions/wiring";
import { remove, replug } from "../graph/changes";
import { handleKey, judge, linkBetween } from "../graph/connect";
import type { End } from "../graph/connect";
import type { Link, Point } from "../graph/types";
import { t } from "../language/speak";
import { withParts } from "./following";
import { useCanvas } from "../store/canvas";

function toLink(connection: Connection | Edge): Link {
  return {
    source: connection.source,
    target: connection.target,
    sourceHandle: connection.sourceHandle ?? "",
    targetHandle: connection.targetHandle ?? "",
  };
}

function toEnd({ nodeId, handleId, handleType }: OnConnectStartParams): End | null {
  if (nodeId === null || handleId === null || handleType === null) return null;
  return { nodeId, handle: handleId, side: handleType === "source" ? "out" : "in" };
}

function screenOf(event: MouseEvent | TouchEvent): Point {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

/** Everything about drawing, re-plugging and dropping wires, as the stage's event handlers. */
export function useConnecting() {
  const canvas = useCanvas();
  const moving = useRef<string | null>(null);
  const plugged = useRef(false);
  return useMemo(() => {
    const { document, catalog, ui } = canvas;

    const start = (_: unknown, params: OnConnectStartParams) => {
      const end = toEnd(params);
      plugged.current = false;
      if (end && !canvas.readOnly) ui.patch({ wiring: beginWiring(canvas, end, { moving: moving.current }) });
    };

    /** On a card's body: its only fitting handle, or a choice; on the empty plane: a menu of fitting nodes. */
    const dropped = (event: MouseEvent | TouchEvent, from: End) => {
      const screen = screenOf(event);
      const nodeId = window.document.elementFromPoint(screen.x, screen.y)?.closest(".react-flow__node")?.getAttribute("data-id");
      if (nodeId === from.nodeId) return;
      if (nodeId === null || nodeId === undefined) {
        if (window.document.elementFromPoint(screen.x, screen.y)?.closest(".react-flow__pane")) {
          ui.patch({ menu: { kind: "add", screen, at: onPlane(canvas, screen), end: from, onto: null } });
        }
        return;
      }
      plugInto(canvas, from, nodeId, screen);
    };

    const end = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      const wiring = ui.get().wiring;
      if (wiring && !plugged.current && moving.current === null) {
        const { toHandle } = state;
        const own = toHandle?.nodeId === wiring.from.nodeId && toHandle.id === wiring.from.handle;
        if (toHandle && !own) {
          const reason = wiring.reasons.get(handleKey(toHandle.nodeId, toHandle.id ?? ""));
          const link = linkBetween(wiring.from, { nodeId: toHandle.nodeId, handle: toHandle.id ?? "", side: toHandle.type === "source" ? "out" : "in" });
          if (reason && link) withParts(ui, ({ refuseWire }) => refuseWire(canvas, reason, link));
        } else if (!own) dropped(event, wiring.from);
      }
      if (moving.current === null) ui.patch({ wiring: null });
    };

    return {
      isValidConnection: (connection: Connection | Edge) =>
        judge(document.doc(), catalog, document.get().flow, toLink(connection), moving.current).ok,
      onConnect: (connection: Connection) => {
        plugged.current = true;
        drawWire(canvas, toLink(connection));
        ui.patch({ wiring: null });
      },
      onConnectStart: start,
      onConnectEnd: end,
      onNodeClick: (event: ReactMouseEvent, node: Node) => {
        const port = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-handleid]") : null;
        const end: End | null = port && { nodeId: node.id, handle: port.dataset.handleid ?? "", side: port.classList.contains("source") ? "out" : "in" };
        const at = { x: event.clientX, y: event.clientY };
        const { nodes, edges } = ui.get();
        const adds = event.shiftKey || event.ctrlKey || event.metaKey;
        if (!adds && nodes.has(node.id) && nodes.size + edges.size > 1) ui.select([node.id]);
        if (!tapWire(canvas, node.id, end, at) && !enterTapped(canvas, node.id, at)) uncover(canvas, node.id);
      },
      onReconnectStart: (_: unknown, edge: Edge) => {
        moving.current = edge.id;
        plugged.current = false;
      },
      onReconnect: (edge: Edge, connection: Connection) => {
        plugged.current = true;
        const link = toLink(connection);
        const verdict = judge(document.doc(), catalog, document.get().flow, link, edge.id);
        if (verdict.ok) document.edit(t("Re-plug"), replug(edge.id, link, verdict.replaces));
      },
      onReconnectEnd: (_: unknown, edge: Edge, __: unknown, { toHandle }: FinalConnectionState) => {
        const { wiring } = ui.get();
        const reason = toHandle ? wiring?.reasons.get(handleKey(toHandle.nodeId, toHandle.id ?? "")) : undefined;
        if (reason !== undefined) ui.refuse(reason);
        else if (wiring && !plugged.current) document.edit(t("Unplug"), remove(new Set(), new Set([edge.id])));
        moving.current = null;
        ui.patch({ wiring: null });
      },
    };
  }, [canvas]);
}
