import { useEffect, useState } from "react";

import { remove } from "../graph/changes";
import type { Point } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { Icon } from "./icons";

/** So long the pointer rests on a wire before it is offered to cut it, and is gone before that is over, in milliseconds. */
const RESTS = 120;
const LASTS = 350;
/** The pointer is still on its way to it, in pixels. */
const NEAR = 36;

interface Offer extends Point {
  readonly id: string;
}

/** The cross beside a wire that the pointer rests on. */
export function WireHover() {
  const { document, readOnly, ui } = useCanvas();
  const [offer, setOffer] = useState<Offer | null>(null);
  useEffect(() => {
    if (readOnly) return;
    let timer = 0;
    let wanted = "";
    let shown: Offer | null = null;
    const show = (next: Offer | null) => {
      clearTimeout(timer);
      wanted = next?.id ?? "";
      shown = next;
      setOffer(next);
    };
    const move = ({ target, clientX: x, clientY: y, buttons, pointerType }: PointerEvent) => {
      const on = target instanceof Element ? target : null;
      const onCross = (on?.closest(".wire-hover") ?? null) !== null;
      if (buttons !== 0 || pointerType === "touch") {
        if (!onCross && (shown || wanted !== "")) show(null);
        return;
      }
      const id = on?.closest(".react-flow__edge")?.getAttribute("data-id") ?? "";
      const near = shown !== null && (onCross || Math.hypot(x - shown.x, y - shown.y) < NEAR);
      if (id !== "" && id !== shown?.id && !near && !ui.get().edges.has(id)) {
        clearTimeout(timer);
        wanted = id;
        timer = window.setTimeout(() => show({ id, x, y }), RESTS);
      } else if (id === "" && !near && wanted !== "") {
        wanted = "";
        clearTimeout(timer);
        timer = window.setTimeout(() => show(null), shown ? LASTS : 0);
      } else if (shown && (near || id === shown.id)) {
        clearTimeout(timer);
        wanted = shown.id;
      }
    };
    const gone = () => show(null);
    const stop = document.subscribe(gone);
    window.addEventListener("pointermove", move);
    window.addEventListener("wheel", gone, { passive: true, capture: true });
    window.addEventListener("pointerdown", move, true);
    return () => {
      clearTimeout(timer);
      stop();
      window.removeEventListener("pointermove", move);
      window.removeEventListener("wheel", gone, true);
      window.removeEventListener("pointerdown", move, true);
    };
  }, [document, readOnly, ui]);
  if (!offer) return null;
  return (
    <div className="wire-hover" style={{ left: offer.x, top: offer.y }}>
      <button
        type="button" tabIndex={-1} aria-label={t("Cut the wire")} title={t("Cut the wire (Delete)")}
        onClick={() => {
          document.edit(t("Cut wire"), remove(new Set(), new Set([offer.id])));
          setOffer(null);
        }}
      >
        <Icon name="close" size={13} />
      </button>
    </div>
  );
}
