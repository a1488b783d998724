import { onlyNode } from "../actions/action";
import { drawWire } from "../actions/editing";
import { labelOf } from "../graph/problems";
import { wirableAt } from "../graph/wirable";
import type { Wirable } from "../graph/wirable";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { undoing } from "../store/take-back";
import { Chooser } from "./Chooser";
import { best } from "./Commands";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";

/** Draw a wire at the selected node without a pointer: every wire that fits, searchable. */
export function WireList() {
  const canvas = useCanvas();
  const { catalog, document, ui } = canvas;
  const doc = document.doc();
  const id = onlyNode(canvas) ?? "";
  const node = doc.nodes.find((candidate) => candidate.id === id);
  const close = () => ui.patch({ panel: null });
  if (!node) return null;
  const all = wirableAt(doc, catalog, document.get().flow, id);
  const name = labelOf(node, catalog);
  return (
    <Overlay label={t("Connect {name}", { name })} onClose={close}>
      <Chooser<Wirable>
        label={t("Connect {name}", { name })} placeholder={t("Connect {name} with…", { name })} nothing={t("Nothing here takes or gives what this node does.")} onClose={close}
        find={(question) => best(all, ({ own, other }) => `${other} ${own}`, question)} keyOf={({ link }) => Object.values(link).join(" ")}
        onChoose={({ link }) => {
          close();
          if (drawWire(canvas, link)) ui.toast(t("Connected."), { action: undoing(document, t("Connect"), doc) });
        }}
        show={({ own, other, side, replaces }) => (
          <span className="choice">
            <Icon name={side === "out" ? "next" : "back"} size={15} />
            <span className="kind-name">{other}<small>{side === "out" ? t("from {own}", { own }) : t("into {own}", { own })}{replaces && ` · ${t("in place of the wire that is there")}`}</small></span>
          </span>
        )}
      />
    </Overlay>
  );
}
