import { explain } from "../actions/action";
import { clearBench, go } from "../actions/workbench-work";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { Dialog } from "./Dialog";
import { t } from "../language/speak";

/** Somebody goes out of a component that is not saved: nothing is lost either way. */
export function LeaveComponent() {
  const canvas = useCanvas();
  const { ui } = canvas;
  const address = useUi((state) => state.leaving);
  const name = useDocument((state) => state.history.present.name);
  const close = () => ui.patch({ panel: null });
  const drop = () => {
    clearBench(canvas).then(() => go(canvas, address)).catch((error: unknown) => explain(canvas, error));
  };
  return (
    <Dialog
      label={t("Leave the component")} title={t("“{name}” is not saved as a version", { name })} onClose={close}
      foot={(
        <>
          <button type="button" className="quiet danger" title={t("Back to the newest version; what is here now stays among its versions")} onClick={drop}>{t("Put aside and leave")}</button>
          <span className="grow" />
          <button type="button" onClick={() => go(canvas, address)}>{t("Leave, save later")}</button>
          <button type="button" className="primary" ref={(button) => button?.focus({ preventScroll: true })} onClick={() => ui.patch({ panel: "save-component" })}>{t("Save component")}</button>
        </>
      )}
    >
      <p className="making-line">{t("What you changed stays here until you save it or put it aside. Workflows go on with the version they have.")}</p>
    </Dialog>
  );
}
