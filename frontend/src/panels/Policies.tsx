import { useId, useState } from "react";

import type { NodeKind } from "../graph/catalog";
import { setData } from "../graph/changes";
import { ON_ERROR, fallbackOf, fallbacksFor, onErrorOf, timeLimitOf } from "../graph/fallback";
import type { OnError } from "../graph/fallback";
import type { JsonObject } from "../graph/json";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useWires } from "../nodes/use-node";
import { useCanvas } from "../store/canvas";
import { Icon } from "./icons";

const MOST_SECONDS = 1800;

/** What a run does when the node fails, and how long the node may take. Folded away while nothing was said. */
export function Policies({ node, kind }: { readonly node: GraphNode; readonly kind: NodeKind }) {
  const { catalog, document, readOnly } = useCanvas();
  const { into, from } = useWires(node.id);
  const onError = onErrorOf(node);
  const limit = timeLimitOf(node);
  const [open, setOpen] = useState(onError !== "stop" || limit !== null);
  const [draft, setDraft] = useState<string | null>(null);
  const id = useId();
  if (kind.execution === "source") return null;
  const edit = (label: string, values: JsonObject) => document.edit(label, setData(node.id, values));
  const others = kind.execution === "remote" ? fallbacksFor(catalog, kind, into, from) : [];
  const chosen = fallbackOf(node, kind);
  const choices = ON_ERROR.filter(([name]) => name !== "fallback" || others.length > 0 || onError === "fallback");
  const choose = (name: OnError) => {
    const first = others[0];
    edit(t("Change what happens on failure"), {
      onError: name, ...(name === "fallback" && chosen === "" && first ? { fallback: { nodeType: first.name } } : {}),
    });
  };
  const giveUp = (text: string) => {
    setDraft(null);
    const seconds = Math.round(Number(text));
    if (text.trim() === "") edit(t("Change the time limit"), { timeLimit: null });
    else if (seconds >= 1 && seconds <= MOST_SECONDS) edit(t("Change the time limit"), { timeLimit: seconds });
  };
  return (
    <>
      <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}><Icon name="down" size={13} />{t("If it fails")}</button>
      {open && (
        <>
          <div className="setting"><div className="field" data-param="onError">
            <div className="field-label"><label htmlFor={`${id}-error`}>{t("If it fails")}</label></div>
            <select id={`${id}-error`} value={onError} disabled={readOnly} onChange={(event) => { const name = choices.find(([one]) => one === event.target.value); if (name) choose(name[0]); }}>
              {choices.map(([name, label]) => <option key={name} value={name}>{label}</option>)}
            </select>
            {onError === "stop" && <p className="field-note">{t("What needs its result does not start, and the run fails with what it has.")}</p>}
            {onError === "skip" && <p className="field-note">{t("What cannot do without its result is skipped, everything else goes on, and the run ends well.")}</p>}
          </div></div>
          {onError === "fallback" && (
            <div className="setting"><div className="field" data-param="fallback">
              <div className="field-label"><label htmlFor={`${id}-other`}>{t("Other model")}</label></div>
              <select id={`${id}-other`} value={chosen} disabled={readOnly} onChange={(event) => edit(t("Change the other model"), { fallback: { nodeType: event.target.value } })}>
                {!others.some(({ name }) => name === chosen) && <option value={chosen}>{catalog.kinds.get(chosen)?.title ?? (chosen || "—")}</option>}
                {others.map(({ name, title }) => <option key={name} value={name}>{title}</option>)}
              </select>
              <p className="field-note">{t("It gets the settings that it knows by the same names. The dearer of the two is held; what is made is paid.")}</p>
            </div></div>
          )}
          <div className="setting"><div className="field">
            <div className="field-label"><label htmlFor={`${id}-limit`}>{t("Give up after")}</label></div>
            <input
              id={`${id}-limit`} type="text" inputMode="numeric" className="number" readOnly={readOnly} autoComplete="off"
              value={draft ?? (limit === null ? "" : String(limit))} placeholder={t("usual time")} title={t("Seconds, 1 to {most}", { most: MOST_SECONDS })}
              onChange={(event) => setDraft(event.target.value)} onBlur={(event) => { if (draft !== null) giveUp(event.target.value); }}
              onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }}
            />
          </div></div>
        </>
      )}
    </>
  );
}
