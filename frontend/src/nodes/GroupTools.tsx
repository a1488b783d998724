import { setData } from "../graph/changes";
import { asText } from "../graph/json";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";

/** Colours for groups, by what they are called. */
const COLORS: readonly (readonly [string, string])[] = [
  ["#5aa9ff", t("blue")], ["#5fd38d", t("green")], ["#e6c84f", t("yellow")], ["#ff8ab3", t("pink")], ["#a583ff", t("purple")], ["#8b93a3", t("grey")],
];

/** Over a group: collapse or expand it, and its colour. */
export function GroupTools({ node, selected }: { readonly node: GraphNode; readonly selected: boolean }) {
  const { document } = useCanvas();
  const collapsed = node.data.collapsed === true;
  const color = asText(node.data.color, "#5aa9ff");
  return (
    <div className="group-tools nodrag">
      {selected && COLORS.map(([value, name]) => (
        <button
          key={value} type="button" className="dot" aria-label={name} title={name} aria-pressed={value === color} ref={(dot) => dot?.style.setProperty("background", value)}
          onClick={() => document.edit(t("Colour"), setData(node.id, { color: value }))}
        />
      ))}
      <button
        type="button" className="small" aria-expanded={!collapsed} aria-label={collapsed ? t("Expand") : t("Collapse")} title={collapsed ? t("Expand") : t("Collapse")}
        onClick={() => document.edit(collapsed ? t("Expand") : t("Collapse"), setData(node.id, { collapsed: !collapsed }))}
      >
        <Icon name={collapsed ? "expand" : "collapse"} size={14} />
      </button>
    </div>
  );
}
