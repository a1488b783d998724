import { NodeResizer } from "@xyflow/react";
import { memo } from "react";

import { groupName, membersOf, resize, setData } from "../graph/changes";
import { asText } from "../graph/json";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";

interface Props {
  readonly id: string;
  readonly data: { readonly node: GraphNode };
  readonly selected: boolean;
}

/** A box around nodes; moving it moves them. */
export const Group = memo(function Group({ id, data: { node }, selected }: Props) {
  const { document, ui, readOnly } = useCanvas();
  const naming = useUi((state) => state.renaming === id);
  const name = groupName(node);
  const color = asText(node.data.color, "#5aa9ff");
  const off = useDocument((state) => membersOf(node).length > 0 && membersOf(node).every((member) => state.switched.off.has(member)));
  const finish = (value: string) => {
    if (value.trim() !== "" && value !== name) document.edit(t("Rename"), setData(id, { name: value.trim() }));
    ui.patch({ renaming: null });
  };
  return (
    <div className={`group${selected ? " selected" : ""}${off ? " off" : ""}`} ref={(box) => box?.style.setProperty("--group", color)}>
      <NodeResizer
        isVisible={selected && !readOnly} minWidth={160} minHeight={120}
        onResizeEnd={(_, { x, y, width, height }) => document.edit(t("Resize"), resize(id, { x, y }, { width, height }))}
      />
      {naming
        ? (
          <input
            className="title-field nodrag" defaultValue={name} aria-label={t("Name of the group")} ref={(field) => field?.focus()}
            onBlur={(event) => finish(event.target.value)}
            onKeyDown={(event) => (event.key === "Enter" || event.key === "Escape") && event.currentTarget.blur()}
          />
        )
        : <h3>{name}</h3>}
    </div>
  );
});
