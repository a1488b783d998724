import { useCallback, useEffect } from "react";

import { explain } from "../actions/action";
import { nodeAsItWas, resultsOf } from "../api/node-results";
import type { NodeResult } from "../api/node-results";
import { asObject, without } from "../graph/json";
import type { NodeKind } from "../graph/catalog";
import { nameOf } from "../graph/catalog";
import { setData } from "../graph/changes";
import { readOutput } from "../graph/media";
import type { Media, Shown } from "../graph/media";
import { isPinned } from "../graph/modes";
import { outputsOf } from "../graph/ports";
import { isComponent } from "../graph/component";
import { isRunnable } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { outputOf } from "../nodes/use-node";
import { credits, seconds, wordOf } from "../nodes/status";
import { useCanvas, useRuns } from "../store/canvas";
import { allRuns } from "../store/run";
import { undoing } from "../store/take-back";
import { Ago, useAsked } from "./BesideFrame";
import { Icon, SharedIcon } from "./icons";
import { historyOf } from "./TopBar";

/** So many of a run's pictures stand in its row; a press shows all of them. */
const THUMBS = 4;

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind;
}

/** What this node made in the last runs of the workflow. */
export function RunsTab({ node, kind }: Props) {
  const { csrf, urls, workflowId } = useCanvas();
  const { again, error, found } = useAsked(useCallback(() => resultsOf(csrf, workflowId, node.id), [csrf, workflowId, node.id]));
  const known = useRuns((state) => allRuns(state).map(({ id, status }) => `${id} ${status}`).join());
  useEffect(again, [again, known]);
  if (found === null) return <p className="nothing" aria-busy={error === ""}>{error === "" ? "…" : <>{error} <button type="button" className="small" onClick={again}>{t("Try again")}</button></>}</p>;
  if (found.length === 0) return <p className="nothing">{t("This node did nothing in the last runs of this workflow. What it makes is listed here, run by run, and can be put back.")}</p>;
  return (
    <>
      <ul className="node-results">{found.map((one) => <Row key={one.id} node={node} kind={kind} result={one} />)}</ul>
      <p className="beside-foot"><a href={historyOf(urls, workflowId)}>{t("The whole history")}</a></p>
    </>
  );
}

function mediaOf(items: readonly Shown[]): readonly Media[] {
  return items.flatMap((item) => (item.kind === "media" ? item.media : []));
}

function Row({ node, kind, result }: Props & { readonly result: NodeResult }) {
  const canvas = useCanvas();
  const { catalog, csrf, document, readOnly, ui } = canvas;
  const ports = outputsOf(kind, node);
  const shown = result.nodeRuns.flatMap((nodeRun) => readOutput(outputOf(kind, node.id, nodeRun), ports)).flatMap(({ items }) => items);
  const media = mediaOf(shown);
  const seen = media.filter((one) => one.kind === "image" || one.thumbnail !== one.url);
  const text = shown.flatMap((item) => (item.kind === "text" ? item.text : []))[0];
  const [first] = result.nodeRuns;
  const worst = result.nodeRuns.find(({ status }) => status === "FAILED") ?? first;
  const took = Math.max(0, ...result.nodeRuns.map(({ durationMs }) => durationMs ?? 0));
  const isReused = result.nodeRuns.every(({ cached }) => cached);
  const pinned = isPinned(node) && asObject(node.data.pinned).executionId === result.id;
  const isDone = worst?.status === "COMPLETED" && kind.execution !== "source" && !isComponent(node); // the server pins neither
  const facts = [
    worst && worst.status !== "COMPLETED" ? wordOf(worst.status) : isReused ? t("reused") : "", took > 0 ? seconds(took) : "", result.credits > 0 ? credits(result.credits) : "",
    result.seed === null ? "" : t("seed {number}", { number: String(result.seed) }), result.items > 1 ? counted(result.items, "{count} item", "{count} items") : "",
  ].filter(Boolean);
  const open = (one: Media) => ui.patch({ lightbox: { items: media, index: media.indexOf(one), title: nameOf(node, kind) } });
  const said = (label: string, text: string, before = document.doc()) => ui.toast(text, { action: undoing(document, label, before) });
  const putBack = () => {
    const before = document.doc();
    const label = t("Put a result back");
    document.edit(label, setData(node.id, { pinned: { executionId: result.id, nodeId: node.id } }));
    said(label, t("It is pinned: runs go on with this result and make it no more."), before);
  };
  const load = async () => {
    const old = await nodeAsItWas(csrf, result.id, node.id);
    if (!old || !isRunnable(old)) {
      ui.toast(t("This node stood inside a component then. Look at the run itself."), { tone: "bad" });
      return;
    }
    const before = document.doc();
    const label = t("Load the settings of a run");
    // What it is called now stays, and what was kept of its results then does not come back with its settings.
    const bare = ["label", "pinned", "selectedIndex"].reduce(without, old.data);
    document.edit(label, (doc) => ({ ...doc, nodes: doc.nodes.map((one) => (one.id === node.id ? { ...one, data: "label" in one.data ? { ...bare, label: one.data.label ?? null } : bare } : one)) }));
    said(label, t("“{node}” has the settings of that run now.", { node: nameOf(node, catalog.kinds.get(kind.name) ?? kind) }), before);
  };
  return (
    <li>
      {seen.length > 0 && (
        <p className="node-thumbs">
          {seen.slice(0, THUMBS).map((one, i) => (
            <button key={`${one.url} ${i}`} type="button" onClick={() => open(one)} aria-label={t("Result {number} in full size", { number: i + 1 })} title={t("Show it large")}>
              <img src={one.thumbnail} alt="" loading="lazy" decoding="async" draggable={false} />
              {i === THUMBS - 1 && seen.length > THUMBS && <span>+{seen.length - THUMBS}</span>}
            </button>
          ))}
        </p>
      )}
      {seen.length === 0 && text !== undefined && <p className="node-said">{text}</p>}
      {worst?.error && <p className="card-note bad">{worst.error}</p>}
      <div className="node-facts">
        <p><Ago at={result.at} /> · {result.who || result.trigger}{facts.length > 0 && <small>{facts.join(" · ")}</small>}</p>
        <a className="quiet square" href={`/executions/${result.id}`} aria-label={t("Open the page of this run")} title={t("Open the page of this run")}><SharedIcon name="open" size={15} /></a>
      </div>
      <p className="node-deeds">
        {!readOnly && isDone && (pinned
          ? <button type="button" className="small" onClick={() => document.edit(t("Unpin"), setData(node.id, { pinned: null }))}><Icon name="pin" size={13} />{t("Unpin")}</button>
          : <button type="button" className="small" title={t("Runs go on with this result, and the node makes nothing new")} onClick={putBack}><Icon name="pin" size={13} />{t("Put it back")}</button>)}
        {!readOnly && <button type="button" className="small" title={t("The node gets the settings that it had in this run")} onClick={() => void load().catch((problem: unknown) => explain(canvas, problem))}><Icon name="reset" size={13} />{t("Load its settings")}</button>}
      </p>
    </li>
  );
}
