import { useEffect, useMemo, useState } from "react";

import { explain } from "../actions/action";
import { hearOfVersion, kept, keepVersion, lookAt, putVersion, shortName, versionsOf, when } from "../actions/versions-work";
import { goTo } from "../actions/view";
import type { Automatic, Version } from "../api/versions";
import { differenceOf } from "../graph/difference";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";
import { DifferenceDrawing, FATES, SIGNS } from "./DifferenceDrawing";
import { Icon } from "./icons";

const REASONS: Readonly<Record<Exclude<Automatic, "">, string>> = {
  emptied: t("Before it was emptied"), restored: t("Before a version was restored"), discarded: t("Before the draft was discarded"),
  loaded: t("Before a run’s graph was loaded"), imported: t("Before a file was imported"), rested: t("After half an hour without changes"),
};

/** The versions of the workflow: look at what one changed, name it, take it back. The draft is apart from all of them. */
export function Versions() {
  const canvas = useCanvas();
  const { readOnly, ui } = canvas;
  const [list, setList] = useState<readonly Version[] | null>(null);
  const looked = useSlice(kept, (state) => state.looked);
  const heard = useSlice(kept, (state) => state.heard);
  const [against, setAgainst] = useState<Version | null>(null);
  const base = useDocument((state) => state.base); // after every save the draft may be another
  const attempt = (work: Promise<unknown>) => void work.catch((error: unknown) => explain(canvas, error));
  useEffect(() => {
    versionsOf(canvas).list().then(setList).catch((error: unknown) => explain(canvas, error));
  }, [canvas, base, heard]);
  useEffect(() => () => lookAt(null), []);
  const look = (version: Version, put: (version: Version) => void) => attempt(versionsOf(canvas).one(version.id).then(put));
  const rename = (version: Version, name: string) => attempt(versionsOf(canvas).name(version.id, name).then(() => hearOfVersion(canvas)));
  const restore = (version: Version) => attempt(putVersion(canvas, version, "restored").then(() => lookAt(null)));
  return (
    <section className="panel versions" aria-label={t("Versions")}>
      <div className="panel-head">
        <h2>{t("Versions")}<small>{t("Apart from the draft")}</small></h2>
        {!readOnly && <button type="button" onClick={() => void keepVersion(canvas)}><Icon name="plus" size={14} />{t("Keep this one")}</button>}
        <button type="button" className="quiet square" aria-label={t("Close")} onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>
      </div>
      {looked?.graph && <Compared before={looked} after={against} list={list ?? []} onAgainst={(version) => (version ? look(version, setAgainst) : setAgainst(null))} />}
      <ul className="panel-body">
        {list?.map((version) => (
          <li key={version.id} className={`${looked?.id === version.id ? "looked" : ""}${version.automatic === "" ? "" : " automatic"}`}>
            <span className="name-line">
              {version.number !== null && <b>{shortName(version)}</b>}
              {readOnly || version.automatic !== ""
                ? <strong>{titleOf(version)}</strong>
                : (
                  <input
                    key={version.name} defaultValue={version.name} placeholder={titleOf(version)} aria-label={t("Name of the version of {when}", { when: when(version.at) })} maxLength={120}
                    onBlur={(event) => event.target.value.trim() !== version.name && rename(version, event.target.value.trim())}
                    onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
                  />
                )}
            </span>
            <span>{saidOf(version)}</span>
            <span className="row">
              <button type="button" className="small" aria-pressed={looked?.id === version.id} onClick={() => (looked?.id === version.id ? lookAt(null) : look(version, lookAt))}>{t("Compare")}</button>
              {!readOnly && !version.current && <button type="button" className="small" onClick={() => restore(version)}>{t("Restore")}</button>}
              {!readOnly && version.automatic !== "" && <button type="button" className="small" title={t("It gets a number, and stays")} onClick={() => rename(version, "")}>{t("Keep")}</button>}
            </span>
          </li>
        ))}
        {list?.length === 0 && <li className="nothing">{t("No version yet. Each run keeps one, and so does Ctrl S.")}</li>}
      </ul>
    </section>
  );
}

/** What a version without a name is called beside its number. */
function titleOf(version: Version): string {
  if (version.automatic !== "") return REASONS[version.automatic];
  return version.name || (version.kept ? t("Kept {when}", { when: when(version.at) }) : t("Run {when}", { when: when(version.at) }));
}

function nameOf(version: Version): string {
  return version.number === null ? titleOf(version) : [shortName(version), version.name].filter(Boolean).join(" · ");
}

function saidOf({ at, automatic, by, current, kept: isKept, nodes }: Version): string {
  const made = automatic !== "" ? [t("automatic"), counted(nodes, "{count} node", "{count} nodes")] : isKept ? [] : [t("ran")];
  return [when(at), by, ...made, current ? t("as it is now") : ""].filter(Boolean).join(" · ");
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
        <select value={after?.id ?? ""} onChange={(event) => onAgainst(list.find(({ id }) => id === event.target.value) ?? null)}>
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
