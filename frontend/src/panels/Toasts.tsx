import { useEffect } from "react";

import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { Icon } from "./icons";

export function Toasts() {
  const { ui } = useCanvas();
  const toasts = useUi((state) => state.toasts);
  const doc = useDocument((state) => state.history.present);
  useEffect(() => {
    for (const { id, action } of toasts) if (action?.isDone?.(doc)) ui.dismiss(id);
  }, [doc, toasts, ui]);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          <span>{toast.text}</span>
          {[toast.action, toast.other].map((action) => action && (
            <button key={action.label} type="button" className="plain" onClick={() => {
              action.perform();
              ui.dismiss(toast.id);
            }}>{action.label}</button>
          ))}
          <button type="button" className="quiet" aria-label={t("Dismiss")} onClick={() => ui.dismiss(toast.id)}><Icon name="close" size={13} /></button>
        </div>
      ))}
    </div>
  );
}
