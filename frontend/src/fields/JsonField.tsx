import { useState } from "react";

import { written } from "../graph/json";
import type { Json } from "../graph/json";
import { whyBad } from "../graph/params";
import { t } from "../language/speak";
import type { Control } from "./Field";

function readJson(text: string): { readonly value: Json } | { readonly why: string } {
  if (text.trim() === "") return { value: null };
  try {
    return { value: JSON.parse(text) as Json };
  } catch (error) {
    return { why: error instanceof Error ? error.message.replace(/^JSON\.parse: /, "") : t("This is not JSON.") };
  }
}

/** JSON as text, read at every key; what cannot be read is said below and not stored. */
export function JsonField({ id, value, param, readOnly, onChange }: Control) {
  const [draft, setDraft] = useState<string | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const change = (text: string) => {
    setDraft(text);
    const read = readJson(text);
    if ("why" in read) {
      setWhy(read.why);
      return;
    }
    setWhy(whyBad(param, read.value));
    onChange(read.value ?? (param.nullable ? null : param.default), true);
  };
  return (
    <>
      <textarea
        id={id} className="mono nowheel" rows={5} spellCheck={false} readOnly={readOnly} value={draft ?? written(value, 2)}
        placeholder={param.shape === "list" ? "[ ]" : "{ }"} aria-invalid={why !== null}
        onChange={(event) => change(event.target.value)}
        onBlur={() => why === null && setDraft(null)}
      />
      {why !== null && <p className="field-why" role="alert">{why}</p>}
    </>
  );
}
