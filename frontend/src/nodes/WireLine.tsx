import { BaseEdge, EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import type { EdgeProps } from "@xyflow/react";
import { memo } from "react";

import { remove } from "../graph/changes";
import type { HandleType } from "../graph/catalog";
import { Icon } from "../panels/icons";
import { useCanvas, useRuns } from "../store/canvas";
import { currentRun } from "../store/run";
import { typeClass } from "./shapes";

export interface WireData {
  readonly type: HandleType;
  readonly role: string;
  readonly list: boolean;
  readonly broken: string;
  readonly [key: string]: unknown;
}

/** A wire in the colour of what flows through it; it moves only while something does. */
export const WireLine = memo(function WireLine(props: EdgeProps) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected } = props;
  const { document, ui } = useCanvas();
  const data = props.data as WireData | undefined;
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, curvature: 0.32 });
  const flows = useRuns((state) => {
    const run = currentRun(state);
    if (run?.byNode.get(target)?.some((nodeRun) => nodeRun.status === "RUNNING") !== true) return false;
    return run.byNode.get(source)?.some((nodeRun) => nodeRun.status === "COMPLETED") ?? true;
  });
  const broken = data?.broken ?? "";
  const look = `${typeClass(data?.type ?? "ANY", data?.role)}${data?.list ? " list" : ""}${broken ? " broken" : ""}${flows ? " flows" : ""}`;
  return (
    <g className={`wire ${look}`}>
      <BaseEdge id={id} path={path} interactionWidth={22} />
      {flows && <path className="stream" d={path} />}
      {selected && (
        <EdgeLabelRenderer>
          <div className="wire-tools nodrag nopan" style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}>
            {broken && <span className="bad">{broken}</span>}
            <button
              type="button" aria-label="Cut the wire" title="Cut the wire (Delete)"
              onClick={() => {
                document.edit("Cut wire", remove(new Set(), new Set([id])));
                ui.select([]);
              }}
            >
              <Icon name="close" size={13} />
            </button>
          </div>
        </EdgeLabelRenderer>
      )}
    </g>
  );
});
