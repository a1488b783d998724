import { getBezierPath } from "@xyflow/react";
import type { ConnectionLineComponentProps } from "@xyflow/react";

import { useUi } from "../store/canvas";
import { handleKey } from "../graph/connect";

/** The wire that follows the pointer; over a handle that cannot take it, it says why. */
export function WireDraft({ fromX, fromY, toX, toY, fromPosition, toPosition, toHandle, connectionStatus }: ConnectionLineComponentProps) {
  const [path] = getBezierPath({ sourceX: fromX, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition, curvature: 0.32 });
  const key = toHandle ? handleKey(toHandle.nodeId, toHandle.id ?? "") : "";
  const reason = useUi(({ wiring }) => (key === "" ? "" : (wiring?.reasons.get(key) ?? "")));
  const words = reason.length > 60 ? `${reason.slice(0, 58)}…` : reason;
  return (
    <g className={`draft ${connectionStatus ?? ""}`}>
      <path d={path} />
      <circle cx={toX} cy={toY} r={4} />
      {words !== "" && connectionStatus === "invalid" && (
        <g transform={`translate(${toX + 16} ${toY - 30})`}>
          <rect width={words.length * 6.7 + 20} height={26} rx={8} />
          <text x={10} y={17}>{words}</text>
        </g>
      )}
    </g>
  );
}
