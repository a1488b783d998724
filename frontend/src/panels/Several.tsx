import { action, isApplicable } from "../actions";
import { sayNow } from "../actions/action";
import { withKey } from "../actions/keyboard";
import { Field } from "../fields/Field";
import { sameJson } from "../graph/json";
import { effective } from "../graph/params";
import { kindOf } from "../graph/ports";
import { sharedParams } from "../graph/shared";
import { isRunnable } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { sameItems } from "../store/store";
import { Icon } from "./icons";

const TIDYING = ["align-left", "align-centre", "align-right", "align-top", "align-middle", "align-bottom", "align-across", "align-down", "tidy", "group", "disable", "bypass", "pin"];

/** What several nodes have in common: a change goes to all of them, as one gesture. */
export function Several() {
  const canvas = useCanvas();
  const { catalog, readOnly, ui } = canvas;
  const chosen = useUi((state) => state.nodes);
  const nodes = useDocument((state) => state.history.present.nodes.filter((node) => chosen.has(node.id) && isRunnable(node)), sameItems);
  const [first, ...others] = nodes;
  const kind = first ? kindOf(catalog, first) : null;
  const params = sharedParams(catalog, nodes).filter(({ type }) => type !== "asset" && type !== "asset_list");
  return (
    <aside className="panel inspector" aria-label={t("Settings of several nodes")}>
      <div className="panel-head">
        <h2>{t("{count} selected", { count: chosen.size })}</h2>
        <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (I)")} onClick={() => ui.patch({ inspector: false })}><Icon name="close" size={15} /></button>
      </div>
      <div className="panel-body">
        {!readOnly && <div className="tidying" role="toolbar" aria-label={t("Order")}>
          {TIDYING.map(action).map((item) => (
            <button key={item.name} type="button" title={withKey(canvas, item, sayNow(item, canvas))} disabled={!isApplicable(item, canvas)} onClick={() => item.perform(canvas)}>{sayNow(item, canvas)}</button>
          ))}
        </div>}
        {first && kind && params.map((param) => {
          const value = effective(kind, param, first);
          const mixed = others.some((other) => {
            const own = kindOf(catalog, other);
            const same = own?.params.find(({ id }) => id === param.id);
            return own && same ? !sameJson(effective(own, same, other), value) : false;
          });
          return (
            <div className="setting" key={param.id}>
              <Field node={first} kind={kind} param={param} also={others} />
              {mixed && <p className="field-note">{t("They differ. A change sets it on all {count}.", { count: nodes.length })}</p>}
            </div>
          );
        })}
        {params.length === 0 && <p className="nothing">{t("These nodes have no setting in common.")}</p>}
      </div>
    </aside>
  );
}
