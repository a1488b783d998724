import { Handle, NodeResizer, Position } from "@xyflow/react";
import { memo } from "react";

import { groupName, membersOf, resize, setData } from "../graph/changes";
import { asText } from "../graph/json";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { useParts } from "../panels/following";
import { useCanvas, useDocument, useUi } from "../store/canvas";

interface Props {
  readonly id: string;
  readonly data: { readonly node: GraphNode };
  readonly selected: boolean;
}

/** A box around nodes; moving it moves them. Collapsed it is a block that stands for them. */
export const Group = memo(function Group({ id, data: { node }, selected }: Props) {
  const { document, ui, readOnly } = useCanvas();
  const naming = useUi((state) => state.renaming === id);
  const name = groupName(node);
  const color = asText(node.data.color, "#5aa9ff");
  const off = useDocument((state) => membersOf(node).length > 0 && membersOf(node).every((member) => state.switched.off.has(member)));
  const collapsed = node.data.collapsed === true;
  const parts = useParts(selected || collapsed);
  const finish = (value: string) => {
    if (value.trim() !== "" && value !== name) document.edit(t("Rename"), setData(id, { name: value.trim() }));
    ui.patch({ renaming: null });
  };
  return (
    <div className={`group${selected ? " selected" : ""}${off ? " off" : ""}${collapsed ? " collapsed" : ""}`} ref={(box) => box?.style.setProperty("--group", color)}>
      <NodeResizer
        isVisible={selected && !readOnly && !collapsed} minWidth={160} minHeight={120}
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
      {collapsed && (
        <>
          <small>{counted(membersOf(node).length, "{count} node", "{count} nodes")}</small>
          {parts && <parts.GroupState node={node} />}
          <Handle type="target" position={Position.Left} id="fold-in" isConnectable={false} />
          <Handle type="source" position={Position.Right} id="fold-out" isConnectable={false} />
        </>
      )}
      {parts && !readOnly && (selected || collapsed) && <parts.GroupTools node={node} selected={selected} />}
    </div>
  );
});
