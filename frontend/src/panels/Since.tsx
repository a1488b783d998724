import { useEffect, useMemo, useState } from "react";

import { action } from "../actions";
import { hearOfVersion, kept, lookAt, shortName, when } from "../actions/versions-work";
import type { Version } from "../api/versions";
import { differenceOf } from "../graph/difference";
import { nodesById } from "../graph/types";
import type { Doc, Point } from "../graph/types";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";
import { FATES, SIGNS } from "./DifferenceDrawing";
import { Icon } from "./icons";
import { Popover } from "./Popover";

/** So many changes are listed; the panel of the versions has them all. */
const LISTED = 6;

/** How far the saved draft is from the version that somebody kept last, and the way back to it. */
export function Since() {
  const canvas = useCanvas();
  const newest = useSlice(kept, (state) => state.newest);
  const [at, setAt] = useState<Point | null>(null);
  useEffect(() => void hearOfVersion(canvas), [canvas]);
  return newest?.graph && (
    <>
      <Distance newest={newest} graph={newest.graph} open={at !== null} onOpen={setAt} />
      {at && <Popover at={at} label={t("The draft and its versions")} onClose={() => setAt(null)}><Story newest={newest} graph={newest.graph} onClose={() => setAt(null)} /></Popover>}
    </>
  );
}

type Graph = NonNullable<Version["graph"]>;

function useDifference(graph: Graph) {
  const { catalog } = useCanvas();
  const saved = useDocument((state) => state.saved);
  return useMemo(() => ({ saved, changes: differenceOf(graph, saved, catalog).changes }), [graph, saved, catalog]);
}

function isMoved(before: Graph, after: Doc): boolean {
  const old = nodesById(before.nodes);
  return after.nodes.some(({ id, position }) => old.get(id)?.position.x !== position.x || old.get(id)?.position.y !== position.y);
}

function Distance({ newest, graph, open, onOpen }: { readonly newest: Version; readonly graph: Graph; readonly open: boolean; readonly onOpen: (at: Point) => void }) {
  const { changes, saved } = useDifference(graph);
  const version = shortName(newest);
  const text = changes.length > 0
    ? counted(changes.length, "{count} change since {version}", "{count} changes since {version}", { version })
    : isMoved(graph, saved) ? t("as {version}, cards moved", { version }) : t("as {version}", { version });
  return (
    <button
      type="button" className="since" aria-haspopup="dialog" aria-expanded={open} title={newest.name || t("The version that was kept last")}
      onClick={(event) => {
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        onOpen({ x: left, y: bottom + 6 });
      }}
    >{text}</button>
  );
}

function Story({ newest, graph, onClose }: { readonly newest: Version; readonly graph: Graph; readonly onClose: () => void }) {
  const canvas = useCanvas();
  const { changes, saved } = useDifference(graph);
  const discard = action("discard");
  const isSame = changes.length === 0 && !isMoved(graph, saved);
  return (
    <div className="since-story">
      <p><b>{shortName(newest)}</b>{newest.name && ` “${newest.name}”`}<small>{[t("kept {when}", { when: when(newest.at) }), newest.by].filter(Boolean).join(" · ")}</small></p>
      {changes.length > 0 && (
        <ul>
          {changes.slice(0, LISTED).map(({ fate, what, details }, i) => <li key={i} className={fate}><b aria-hidden="true">{SIGNS[fate]}</b><span>{what} <em>{FATES[fate]}</em>{details[0] !== undefined && <small>{details[0]}</small>}</span></li>)}
          {changes.length > LISTED && <li><span>{counted(changes.length - LISTED, "and {count} more", "and {count} more")}</span></li>}
        </ul>
      )}
      {isSame && <p className="muted">{t("The draft is just as this version.")}</p>}
      <div className="row">
        <button
          type="button" className="small" onClick={() => {
            lookAt(newest);
            canvas.ui.patch({ panel: "versions" });
            onClose();
          }}
        >{t("Compare")}</button>
        {!canvas.readOnly && (
          <button
            type="button" className="small danger" disabled={isSame} title={t("The draft becomes this version again. What it is now is kept as an automatic version.")} onClick={() => {
              discard.perform(canvas);
              onClose();
            }}
          ><Icon name="reset" size={14} />{t("Discard draft")}</button>
        )}
      </div>
    </div>
  );
}
