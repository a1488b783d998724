import { useRef } from "react";

import { Caret } from "../fields/Caret";
import { useWriting } from "../fields/use-writing";
import { setParam } from "../graph/changes";
import { written } from "../graph/json";
import { effective } from "../graph/params";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import { namesIn, piecesOf } from "../graph/variables";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";
import { Overlay } from "./Overlay";

interface Props {
  readonly nodeId: string;
  readonly paramId: string;
}

/** A text with room to write it; names between braces are drawn as chips, and those that can be used are offered. */
export function TextEditor({ nodeId, paramId }: Props) {
  const { catalog, document, ui } = useCanvas();
  const node = useDocument((state) => state.history.present.nodes.find(({ id }) => id === nodeId) ?? null);
  const flow = useDocument((state) => state.flow);
  const area = useRef<HTMLTextAreaElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const close = () => ui.patch({ writing: null });
  const kind = node ? kindOf(catalog, node) : null;
  const param = kind?.params.find(({ id }) => id === paramId);
  const text = node && kind && param ? written(effective(kind, param, node)) : "";
  const write = (next: string) => {
    if (param) document.edit(t("Change “{setting}”", { setting: param.label }), setParam(nodeId, param, next), `${nodeId}.${paramId}`);
  };
  const writing = useWriting(text, write);
  if (!node || !param) return null;
  const names = namesIn(catalog, flow, node, paramId);
  const pieces = piecesOf(writing.value);
  const words = text.trim() === "" ? 0 : text.trim().split(/\s+/).length;
  const insert = (name: string) => {
    const at = area.current?.selectionStart ?? text.length;
    const end = area.current?.selectionEnd ?? at;
    const chip = `{{${name}}}`;
    write(text.slice(0, at) + chip + text.slice(end));
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(at + chip.length, at + chip.length);
    });
  };
  return (
    <Overlay label={`${labelOf(node, catalog)}: ${param.label}`} onClose={close}>
      <div className="writing">
        <div className="writing-head">
          <h2>{labelOf(node, catalog)} · {param.label}</h2>
          <span>{counted(words, "{count} word", "{count} words")} · {counted(text.length, "{count} character", "{count} characters")}</span>
          <button type="button" className="quiet square" aria-label={t("Close")} title={t("Close (Esc)")} onClick={close}><Icon name="close" /></button>
        </div>
        <div className="writing-field">
          <div className="mirror" aria-hidden="true" ref={mirror}>
            {pieces.map((piece, i) => (piece.name === null ? piece.text : <mark key={i} className={names?.isBound(piece.name) === false ? "unknown" : ""}>{piece.text}</mark>))}{"\n"}
          </div>
          <Caret field={area}>
            <textarea
              ref={area} {...writing} aria-label={param.label} spellCheck
              onScroll={(event) => mirror.current?.scrollTo(0, event.currentTarget.scrollTop)}
              onKeyDown={(event) => {
                if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
                event.stopPropagation();
                close();
              }}
              onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
              autoFocus // eslint-disable-line jsx-a11y/no-autofocus -- it was opened to be written in
            />
          </Caret>
        </div>
        {names && names.offered.length > 0 && (
          <div className="variables" role="toolbar" aria-label={t("Variables")}>
            {names.offered.map((name) => <button key={name} type="button" className="chip" onClick={() => insert(name)}>{name}</button>)}
          </div>
        )}
      </div>
    </Overlay>
  );
}
