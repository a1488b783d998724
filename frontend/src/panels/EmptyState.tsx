import { action } from "../actions";
import { rich } from "../language/rich";
import { t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";

/** What to do with an empty canvas. */
export function EmptyState() {
  const canvas = useCanvas();
  const empty = useDocument((state) => state.history.present.nodes.length === 0);
  if (!empty) return null;
  if (canvas.readOnly) return <div className="empty-canvas"><h2>{t("An empty canvas")}</h2><p>{t("Nobody has drawn anything here yet.")}</p></div>;
  return (
    <div className="empty-canvas">
      <h2>{t("An empty canvas")}</h2>
      <p>{t("Add a node, drop a picture here, or start from a workflow that already works.")}</p>
      <div>
        <button type="button" className="primary" onClick={() => action("add").perform(canvas)}><Icon name="plus" size={15} />{t("Add a node")}</button>
        <a className="button" href="/templates"><Icon name="nodes" size={15} />{t("Open a template")}</a>
      </div>
      <p className="hint">{rich("{tab} or double-click adds a node anywhere · {question} shows all keys", { tab: <kbd>Tab</kbd>, question: <kbd>?</kbd> })}</p>
    </div>
  );
}
