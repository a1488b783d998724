import { action, isApplicable } from "../actions";
import { sayNow } from "../actions/action";
import type { CanvasAction } from "../actions/action";
import { kindOf } from "../graph/ports";
import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import { Icon } from "./icons";

const ONE = ["palette", "inspector", "run-node", "connect", "disable", "bypass", "pin", "duplicate", "delete"];
const SEVERAL = ["palette", "group", "component", "tidy", "disable", "bypass", "pin", "duplicate", "delete"];
const NAMES: Readonly<Record<string, string>> = {
  palette: t("Add"), inspector: t("Settings"), "run-node": t("Run"), connect: t("Connect"), tidy: t("Tidy"), component: t("Component"),
};

/** Words that are too long for the bar. */
const SHORT: Readonly<Record<string, string>> = { [t("Pin result")]: t("Pin"), [t("Take out of bypass")]: t("No bypass") };

/** On a phone: what can be done with the selection, under the thumb. Wherever a wire is tapped: what comes next. */
export function SelectionBar() {
  const canvas = useCanvas();
  const { ui } = canvas;
  const nodes = useUi((state) => state.nodes);
  const edges = useUi((state) => state.edges);
  const from = useUi((state) => (state.wiring?.tapping ? state.wiring.from : null));
  const covered = useUi((state) => state.side !== null || state.panel !== null || (state.inspector && state.nodes.size === 1));
  useDocument((state) => state.history);
  if (from) {
    const node = canvas.document.doc().nodes.find(({ id }) => id === from.nodeId);
    const port = from.side === "in" && node ? kindOf(canvas.catalog, node)?.inputs.find(({ id }) => from.handle === `in-${id}`) : undefined;
    return (
      <div className="hint-bar" role="status">
        <span>{port ? t("Where does {port} come from? Choose a card or a handle.", { port: port.label }) : t("Where does the wire go? Choose a card or a handle.")}</span>
        <button type="button" onClick={() => ui.patch({ wiring: null })}>{t("Cancel")}</button>
      </div>
    );
  }
  if (nodes.size + edges.size === 0 || covered) return null;
  const names = nodes.size === 0 ? ["delete"] : nodes.size === 1 ? ONE : SEVERAL;
  return (
    <div className="selection-bar phone-only" role="toolbar" aria-label={t("Selection")}>
      {names.map(action).filter((item) => isApplicable(item, canvas)).map((item) => (
        <button key={item.name} type="button" className={item.danger ? "danger" : ""} onClick={() => item.perform(canvas)}>
          <Icon name={item.icon ?? "more"} size={18} /><span>{nameOf(canvas, item)}</span>
        </button>
      ))}
    </div>
  );
}

function nameOf(canvas: Canvas, item: CanvasAction): string {
  const word = sayNow(item, canvas);
  return NAMES[item.name] ?? SHORT[word] ?? word;
}
