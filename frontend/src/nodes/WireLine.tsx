import { BaseEdge, EdgeLabelRenderer } from "@xyflow/react";
import type { EdgeProps } from "@xyflow/react";
import { memo, useState } from "react";

import { remove } from "../graph/changes";
import type { HandleType } from "../graph/catalog";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import { useCanvas, useRuns } from "../store/canvas";
import { runsAt } from "../live/run";
import { currentRun } from "../store/run";
import { setPoints } from "../graph/reroute";
import type { Point } from "../graph/types";
import { RerouteDot, wirePath } from "./Reroute";
import { typeClass } from "./shapes";

const NO_POINTS: readonly Point[] = [];

export interface WireData {
  readonly type: HandleType;
  readonly role: string;
  readonly list: boolean;
  readonly broken: string;
  readonly points: readonly Point[];
  readonly [key: string]: unknown;
}

/** A wire in the colour of what flows through it; it moves only while something does. */
export const WireLine = memo(function WireLine(props: EdgeProps) {
  const { id, source, target, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected } = props;
  const { document, readOnly, ui } = useCanvas();
  const data = props.data as WireData | undefined;
  const stored = data?.points ?? NO_POINTS;
  const [dragged, setDragged] = useState<readonly Point[] | null>(null);
  const points = dragged ?? stored;
  const { path, labelX, labelY } = wirePath({ x: sourceX, y: sourceY }, points, { x: targetX, y: targetY }, sourcePosition, targetPosition);
  const flows = useRuns((state) => {
    const run = currentRun(state);
    if (!run || runsAt(run, target, state.components)?.some((nodeRun) => nodeRun.status === "RUNNING") !== true) return false;
    return runsAt(run, source, state.components)?.some((nodeRun) => nodeRun.status === "COMPLETED") ?? true;
  });
  const broken = data?.broken ?? "";
  const look = `${typeClass(data?.type ?? "ANY", data?.role)}${data?.list ? " list" : ""}${broken ? " broken" : ""}${flows ? " flows" : ""}`;
  return (
    <g className={`wire ${look}`}>
      <BaseEdge id={id} path={path} interactionWidth={22} />
      {points.map((at, i) => (
        <RerouteDot
          key={i} at={at} readOnly={readOnly}
          onDrag={(next) => setDragged(points.with(i, next))}
          onDrop={() => {
            if (dragged) document.edit(t("Move dot"), setPoints(id, dragged));
            setDragged(null);
          }}
          onRemove={() => document.edit(t("Take a dot away"), setPoints(id, stored.toSpliced(i, 1)))}
        />
      ))}
      {flows && <path className="stream" d={path} />}
      {selected && (
        <EdgeLabelRenderer>
          <div className="wire-tools nodrag nopan" style={{ transform: `translate(0, -100%) translate(${labelX + 14}px, ${labelY - 8}px)` }}>
            {broken && <span className="bad">{broken}</span>}
            <button
              type="button" aria-label={t("Cut the wire")} title={t("Cut the wire (Delete)")}
              onClick={() => {
                document.edit(t("Cut wire"), remove(new Set(), new Set([id])));
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
