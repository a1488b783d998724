import { t } from "../language/speak";
import { useCanvas, useUi } from "../store/canvas";
import { Icon } from "./icons";

export function Toasts() {
  const { ui } = useCanvas();
  const toasts = useUi((state) => state.toasts);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`}>
          <span>{toast.text}</span>
          {toast.action && (
            <button type="button" className="plain" onClick={() => {
              toast.action?.perform();
              ui.dismiss(toast.id);
            }}>{toast.action.label}</button>
          )}
          <button type="button" className="quiet" aria-label={t("Dismiss")} onClick={() => ui.dismiss(toast.id)}><Icon name="close" size={13} /></button>
        </div>
      ))}
    </div>
  );
}
