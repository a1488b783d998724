import { useEffect, useMemo, useState } from "react";

import { explain } from "../actions/action";
import { goTo } from "../actions/view";
import type { Version } from "../api/versions";
import { differenceOf } from "../graph/difference";
import { counted, locale, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { undoing } from "../store/take-back";
import { DifferenceDrawing, FATES, SIGNS } from "./DifferenceDrawing";
import { Icon } from "./icons";

type Graph = NonNullable<Version["graph"]>;

function when(text: string): string {
  return new Date(text).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** The versions of the workflow: look at what one changed, name it, take it back. The draft is apart from all of them. */
export function Versions() {
  const canvas = useCanvas();
  const { document, readOnly, ui, versions } = canvas;
  const [list, setList] = useState<readonly Version[] | null>(null);
  const [looked, setLooked] = useState<Version | null>(null);
  const [against, setAgainst] = useState<Version | null>(null);
  const base = useDocument((state) => state.base); // after every save the draft may be another
  const ask = (work: Promise<unknown>) => {
    work.then(() => versions.list()).then(setList).catch((error: unknown) => explain(canvas, error));
  };
  useEffect(() => {
    versions.list().then(setList).catch((error: unknown) => explain(canvas, error));
  }, [canvas, versions, base]);
  const look = (version: Version, put: (version: Version) => void) => {
    versions.one(version.id).then(put).catch((error: unknown) => explain(canvas, error));
  };
  const restore = (version: Version, { nodes, edges }: Graph) => {
    const before = document.doc();
    document.edit(t("Restore a version"), (doc) => ({ ...doc, nodes, edges }));
    ui.toast(t("The draft is “{node}” now.", { node: nameOf(version) }), { action: undoing(document, t("Restore a version"), before) });
    setLooked(null);
  };
  return (
    <section className="panel versions" aria-label={t("Versions")}>
      <div className="panel-head">
        <h2>{t("Versions")}<small>{t("Apart from the draft")}</small></h2>
        {!readOnly && <button type="button" onClick={() => ask(canvas.saver.flush().then(() => versions.keep("")))}><Icon name="plus" size={14} />{t("Keep this one")}</button>}
        <button type="button" className="quiet square" aria-label={t("Close")} onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>
      </div>
      {looked?.graph && <Compared before={looked} after={against} list={list ?? []} onAgainst={(version) => (version ? look(version, setAgainst) : setAgainst(null))} />}
      <ul className="panel-body">
        {list?.map((version) => (
          <li key={version.id} className={looked?.id === version.id ? "looked" : ""}>
            {readOnly
              ? <strong>{nameOf(version)}</strong>
              : (
                <input
                  key={version.name} defaultValue={version.name} placeholder={nameOf(version)} aria-label={t("Name of the version of {when}", { when: when(version.at) })} maxLength={120}
                  onBlur={(event) => event.target.value.trim() !== version.name && ask(versions.name(version.id, event.target.value.trim()))}
                  onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
                />
              )}
            <span>{when(version.at)}{version.by && ` · ${version.by}`}{version.kept ? "" : ` · ${t("ran")}`}{version.current && ` · ${t("as it is now")}`}</span>
            <span className="row">
              <button type="button" className="small" aria-pressed={looked?.id === version.id} onClick={() => (looked?.id === version.id ? setLooked(null) : look(version, setLooked))}>{t("Compare")}</button>
              {!readOnly && !version.current && <button type="button" className="small" onClick={() => look(version, (whole) => whole.graph && restore(whole, whole.graph))}>{t("Restore")}</button>}
            </span>
          </li>
        ))}
        {list?.length === 0 && <li className="nothing">{t("No version yet. Each run keeps one, and so does Ctrl S.")}</li>}
      </ul>
    </section>
  );
}

function nameOf({ name, kept, at }: Version): string {
  return name || (kept ? t("Kept {when}", { when: when(at) }) : t("Run {when}", { when: when(at) }));
}

interface ComparedProps {
  readonly before: Version;
  /** Null: the draft as it stands. */
  readonly after: Version | null;
  readonly list: readonly Version[];
  readonly onAgainst: (version: Version | null) => void;
}

/** What changed from one version to another, or to the draft: drawn small, and in words. */
function Compared({ before, after, list, onAgainst }: ComparedProps) {
  const canvas = useCanvas();
  const draft = useDocument((state) => state.history.present);
  const graph = after?.graph ?? draft;
  const found = useMemo(() => (before.graph ? differenceOf(before.graph, graph, canvas.catalog) : null), [before, graph, canvas.catalog]);
  if (!before.graph || !found) return null;
  const count = found.changes.length;
  return (
    <div className="compared">
      <label>{t("From “{name}” to", { name: nameOf(before) })}{" "}
        <select value={after?.id ?? ""} onChange={(event) => onAgainst(list.find(({ id }) => String(id) === event.target.value) ?? null)}>
          <option value="">{t("the draft")}</option>
          {list.filter(({ id }) => id !== before.id).map((version) => <option key={version.id} value={version.id}>{nameOf(version)}</option>)}
        </select>
      </label>
      <DifferenceDrawing before={before.graph} after={graph} found={found} onNode={(id) => draft.nodes.some((node) => node.id === id) && goTo(canvas, id)} />
      <ul aria-label={count === 0 ? t("No difference") : counted(count, "{count} difference", "{count} differences")}>
        {found.changes.map(({ nodeId, fate, what, details }, i) => (
          <li key={i} className={fate}>
            <button type="button" disabled={!draft.nodes.some(({ id }) => id === nodeId)} onClick={() => goTo(canvas, nodeId)}>
              <b><span aria-hidden="true">{SIGNS[fate]}</span> {i + 1}</b><span>{what} <em>{FATES[fate]}</em>{details.map((line) => <small key={line}>{line}</small>)}</span>
            </button>
          </li>
        ))}
        {count === 0 && <li className="nothing">{t("They are the same.")}</li>}
      </ul>
    </div>
  );
}
