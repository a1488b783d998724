import type { ReactNode } from "react";

import { t } from "../language/speak";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";

interface Props {
  readonly label: string;
  /** What stands at its head, where it is more than the label. */
  readonly title?: string;
  readonly onClose: () => void;
  /** What Enter and the button of the type submit do. */
  readonly onSubmit?: () => void;
  /** Why none of it can be done; it stands in the place of the body. */
  readonly why?: string;
  readonly busy?: boolean;
  /** The buttons; where there is not enough room for all in one row they wrap. */
  readonly foot: ReactNode;
  readonly children?: ReactNode;
}

/** A question over the canvas: head, body and buttons. Escape, the cross and a press beside it close it. */
export function Dialog({ label, title = label, onClose, onSubmit, why = "", busy = false, foot, children }: Props) {
  return (
    <Overlay label={label} onClose={onClose}>
      <form
        className="making" onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <div className="writing-head">
          <h2>{title}</h2>
          <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (Esc)")} onClick={onClose}><Icon name="close" /></button>
        </div>
        {why !== "" ? <p className="card-note bad">{why}</p> : <div className="making-body" aria-busy={busy}>{children}</div>}
        <div className="library-foot wrap">{foot}</div>
      </form>
    </Overlay>
  );
}
