import { useLayoutEffect, useRef, useState } from "react";

import { written } from "../graph/json";
import { t } from "../language/speak";
import { Caret } from "./Caret";
import type { Control } from "./Field";
import { useWriting } from "./use-writing";

export function TextLine({ id, value, param, readOnly, onChange }: Control) {
  const field = useRef<HTMLInputElement>(null);
  const writing = useWriting(written(value), (text) => onChange(text, true));
  return (
    <Caret field={field}>
      <input
        id={id} ref={field} type="text" {...writing} readOnly={readOnly} spellCheck={false} autoComplete="off"
        placeholder={written(param.default) || (param.nullable ? t("not set") : "")}
      />
    </Caret>
  );
}

/** The browser grows the field by itself, without a layout of its own for each; see fields.css. */
const GROWS = CSS.supports("field-sizing", "content");
const MOST_ON_CARD = 132;
const MOST_IN_PANEL = 320;

/** A text of several lines that grows with what is written; the wheel scrolls it only while it has the focus. */
export function TextArea({ id, value, readOnly, onChange, param, compact }: Control & { readonly compact: boolean }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [focused, setFocused] = useState(false);
  const text = written(value);
  const writing = useWriting(text, (next) => onChange(next, true));
  useLayoutEffect(() => {
    const area = field.current;
    if (!area || GROWS) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(compact ? MOST_ON_CARD : MOST_IN_PANEL, area.scrollHeight + 2)}px`;
  }, [text, compact]);
  return (
    <Caret field={field}>
      <textarea
        id={id} ref={field} rows={compact ? 2 : 4} {...writing} readOnly={readOnly} className={focused ? "nowheel" : ""}
        placeholder={param.id.includes("prompt") ? t("Describe what you want…") : ""}
        onFocus={() => setFocused(true)} onBlur={() => setFocused(false)}
      />
    </Caret>
  );
}
