import { useEffect, useRef, useState } from "react";

import { openView } from "../actions/view";
import { move } from "../graph/changes";
import { overlaps } from "../graph/overlaps";
import { isGroup } from "../graph/types";
import type { Doc, Size } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { remember, remembered } from "../store/ui";

/** Above so many cards only those in sight are drawn. */
export const MANY = 150;

function isMeasured(doc: Doc, sizes: ReadonlyMap<string, Size>): boolean {
  return doc.nodes.length > MANY || doc.nodes.every((node) => sizes.has(node.id) || isGroup(node));
}

/**
 * The first look at the graph, once every card is measured and the stage is `ready`. Graphs made without a canvas often
 * lie in one heap: those are put in order before that, once. Gives whether everything stands where it belongs.
 */
export function useOpening(doc: Doc, sizes: ReadonlyMap<string, Size>, ready: boolean): boolean {
  const canvas = useCanvas();
  const [seen, setSeen] = useState(false);
  const looked = useRef(false);
  useEffect(() => {
    if (looked.current || !ready || !isMeasured(doc, sizes)) return;
    const { document, ui, workflowId, readOnly } = canvas;
    const key = `arranged:${workflowId}`;
    if (!readOnly && remembered(key) === null && overlaps(doc, sizes)) {
      remember(key, "yes");
      void import("../actions/tidying").then(({ arranged }) => {
        document.edit(t("Tidy up"), (now) => move(arranged(canvas, now))(now));
        ui.toast(t("Some nodes covered each other, so they were put in order."), { action: { label: t("Undo"), perform: document.undo } });
      });
      return; // the new places come as a new document, which is then looked at
    }
    looked.current = true;
    void openView(canvas).then(() => {
      setSeen(true);
    });
  }, [canvas, doc, ready, sizes]);
  return seen;
}
