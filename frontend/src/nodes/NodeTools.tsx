import { action, isApplicable } from "../actions";
import { isAllowed, sayNow } from "../actions/action";
import { withKey } from "../actions/keyboard";
import { whyNot } from "../actions/why-not";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import { useCanvas, useUi } from "../store/canvas";

const TOOLS = ["run-node", "disable", "bypass", "pin", "duplicate", "collapse", "delete"];

/** The small toolbar over a card; it acts on that card alone. */
export function NodeTools({ id, selected }: { readonly id: string; readonly selected: boolean }) {
  const canvas = useCanvas();
  const alone = useUi((ui) => ui.nodes.size === 1);
  const tools = TOOLS.map(action).filter((tool) => isAllowed(tool, canvas));
  if ((selected && !alone) || tools.length === 0) return null;
  const own = new Set([id]);
  return (
    <div className={`node-tools nodrag${selected ? " shown" : ""}`} role="toolbar" aria-label={t("Node")}>
      {tools.map((tool) => (
        <button
          key={tool.name} type="button" tabIndex={selected ? 0 : -1}
          className={tool.danger ? "danger" : ""}
          title={whyNot(canvas, tool.name, own) || withKey(canvas, tool, sayNow(tool, canvas, own))}
          disabled={whyNot(canvas, tool.name, own) !== ""}
          aria-label={sayNow(tool, canvas, own)}
          onClick={(event) => {
            event.stopPropagation();
            canvas.ui.select([id]);
            if (isApplicable(tool, canvas)) tool.perform(canvas);
          }}
        >
          <Icon name={tool.icon ?? "more"} size={15} />
        </button>
      ))}
    </div>
  );
}
