import { useState } from "react";

import { explain } from "../actions/action";
import { useCanvas, useDocument } from "../store/canvas";

/** Someone else stored another version: three ways to go on, and nothing is lost in any of them. */
export function ConflictBar() {
  const canvas = useCanvas();
  const { saver, ui } = canvas;
  const conflict = useDocument(({ save }) => (save.kind === "conflict" ? save.conflict : null));
  const [busy, setBusy] = useState(false);
  if (!conflict) return null;
  const both = async () => {
    setBusy(true);
    try {
      const id = await saver.keepBoth();
      location.assign(`/flow/${encodeURIComponent(id)}`);
    } catch (error) {
      setBusy(false);
      explain(canvas, error);
    }
  };
  const theirs = () => {
    saver.keepTheirs();
    ui.toast("This is the other version now. Undo brings yours back.", { action: { label: "Undo", perform: () => canvas.document.undo() } });
  };
  return (
    <div className="conflict" role="alert">
      <p><strong>This workflow was changed somewhere else</strong> while you had changes here. Your changes are kept in this browser; choose how to go on.</p>
      <div>
        <button type="button" onClick={theirs} disabled={busy}>Take the other version</button>
        <button type="button" onClick={saver.keepMine} disabled={busy}>Keep mine</button>
        <button type="button" className="primary" onClick={() => void both()} disabled={busy}>Keep mine as a copy</button>
      </div>
    </div>
  );
}
