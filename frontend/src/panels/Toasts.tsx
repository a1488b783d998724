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
