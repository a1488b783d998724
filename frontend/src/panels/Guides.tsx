import { ViewportPortal } from "@xyflow/react";

import { guides } from "../actions/leading";
import { useSlice } from "../store/store";

/** The lines that a dragged card lies in with others. */
export function Guides() {
  const { down, across } = useSlice(guides, (state) => state);
  if (down === null && across === null) return null;
  return (
    <ViewportPortal>
      {down && <div className="guide down" style={{ transform: `translate(${down.at}px, ${down.from}px)`, height: down.to - down.from }} />}
      {across && <div className="guide" style={{ transform: `translate(${across.from}px, ${across.at}px)`, width: across.to - across.from }} />}
    </ViewportPortal>
  );
}
