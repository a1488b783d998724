import { useEffect, useRef } from "react";
import type { ReactNode } from "react";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  readonly clear?: boolean;
  readonly children: ReactNode;
}

/** A box over the canvas that closes with Escape or a press beside it; the focus goes back where it was. */
export function Overlay({ label, onClose, clear = false, children }: Props) {
  const before = useRef(document.activeElement);
  useEffect(() => {
    const { current } = before;
    return () => {
      if (current instanceof HTMLElement) current.focus({ preventScroll: true });
    };
  }, []);
  return (
    <div className={`overlay${clear ? " clear" : ""}`} onPointerDown={(event) => event.target === event.currentTarget && onClose()}>
      <div className="overlay-box" role="dialog" aria-label={label}>{children}</div>
    </div>
  );
}
