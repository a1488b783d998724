import { useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";
import { createPortal } from "react-dom";

import type { Point } from "../graph/types";

interface Props {
  readonly at: Point;
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

const EDGE = 8;

/** Something small that opens at a point and never leaves the window. A press beside it closes it, and so does Escape. */
export function Popover({ at, label, onClose, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const before = useRef(document.activeElement);
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const place = () => {
      const { width, height } = current.getBoundingClientRect();
      current.style.left = `${Math.max(EDGE, Math.min(at.x, window.innerWidth - width - EDGE))}px`;
      current.style.top = `${Math.max(EDGE, Math.min(at.y, window.innerHeight - height - EDGE))}px`;
    };
    place();
    const grown = new ResizeObserver(place); // prices come later than the menu
    grown.observe(current);
    return () => grown.disconnect();
  }, [at]);
  useLayoutEffect(() => {
    const press = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) onClose();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      onClose();
      if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
    };
    window.addEventListener("keydown", escape, true);
    // The press that opened it is still under way.
    const timer = window.setTimeout(() => window.addEventListener("pointerdown", press, true));
    return () => {
      clearTimeout(timer);
      window.removeEventListener("keydown", escape, true);
      window.removeEventListener("pointerdown", press, true);
    };
  }, [onClose]);
  return createPortal(<div className="popover" role="dialog" aria-label={label} ref={box}>{children}</div>, document.body);
}
