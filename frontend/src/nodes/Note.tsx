import { NodeResizer } from "@xyflow/react";
import { memo, useRef } from "react";

import { Caret } from "../fields/Caret";
import { useWriting } from "../fields/use-writing";
import { resize, setData } from "../graph/changes";
import { asObject, asText } from "../graph/json";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas, useUi } from "../store/canvas";

const COLORS: Readonly<Record<string, string>> = { yellow: t("yellow"), pink: t("pink"), blue: t("blue"), green: t("green"), purple: t("purple") };

interface Props {
  readonly id: string;
  readonly data: { readonly node: GraphNode };
  readonly selected: boolean;
}

/** A sticky note: double-click to write, drag its edge to resize. */
export const Note = memo(function Note({ id, data: { node }, selected }: Props) {
  const { document, ui, readOnly } = useCanvas();
  const field = useRef<HTMLTextAreaElement>(null);
  const writing = useUi((state) => state.renaming === id);
  const params = asObject(node.data.params);
  const text = asText(node.data.text) || asText(params.text);
  const written = useWriting(text, (next) => document.edit(t("Write"), setData(id, { text: next }), `note:${id}`));
  const color = asText(node.data.color) || asText(params.color) || "yellow";
  const size = asText(node.data.textSize) || "medium";
  return (
    <div className={`note ${color} ${size}${selected ? " selected" : ""}`}>
      <NodeResizer
        isVisible={selected && !readOnly} minWidth={120} minHeight={80}
        onResizeEnd={(_, { x, y, width, height }) => document.edit(t("Resize"), resize(id, { x, y }, { width, height }))}
      />
      {selected && !readOnly && (
        <div className="note-tools nodrag">
          {Object.keys(COLORS).map((name) => (
            <button key={name} type="button" className={`dot ${name}`} aria-label={COLORS[name]} aria-pressed={name === color} onClick={() => document.edit(t("Colour"), setData(id, { color: name }))} />
          ))}
          {(["small", "medium", "large"] as const).map((name) => (
            <button key={name} type="button" className={`letter ${name}`} aria-label={t("{name} text", { name })} aria-pressed={name === size} onClick={() => document.edit(t("Text size"), setData(id, { textSize: name }))}>A</button>
          ))}
        </div>
      )}
      {writing
        ? (
          <Caret field={field}>
            <textarea
              className="nodrag nowheel" {...written} aria-label={t("Note")} placeholder={t("Write something…")}
              ref={(area) => {
                field.current = area;
                area?.focus();
              }}
              onBlur={() => ui.patch({ renaming: null })}
            />
          </Caret>
        )
        : <p>{text || <em>{t("Double-click to write")}</em>}</p>}
    </div>
  );
});
