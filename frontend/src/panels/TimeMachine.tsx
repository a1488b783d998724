import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { explain } from "../actions/action";
import { keepDraft } from "../actions/versions-work";
import { lookAt, runsOf } from "../api/past";
import type { PastLook, PastRun } from "../api/past";
import { isComponent } from "../graph/component";
import { labelOf } from "../graph/problems";
import { signatures } from "../graph/signature";
import { nodesById } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { locale, number, t } from "../language/speak";
import { CanvasProvider, useCanvas, useUi } from "../store/canvas";
import type { Canvas, Money } from "../store/canvas";
import { createDocument } from "../store/document";
import { createRuns, noteComponents, showEarlier } from "../store/run";
import { createStore } from "../store/store";
import { undoing } from "../store/take-back";
import { credits as priceOf, wordOf } from "../nodes/status";
import { NodeSheet } from "./Inspector";
import { PastDrawing } from "./PastDrawing";
import { Icon } from "./icons";

/** The slider is held still for so long before a run is fetched, in milliseconds. */
const PAUSE = 120;

function seconds(milliseconds: number): string {
  return milliseconds < 1000 ? `${number(milliseconds)} ms` : milliseconds < 90_000 ? `${number(Math.round(milliseconds / 100) / 10)} s` : `${number(Math.round(milliseconds / 60_000))} min`;
}

/** Every run of the workflow along one slider: graph, pictures, times and cost as they were. It looks and changes nothing. */
export function TimeMachine() {
  const { ui } = useCanvas();
  const looking = useUi((state) => state.looking);
  useEffect(() => () => ui.patch({ looking: "" }), [ui]);
  return <Machine key={looking} looking={looking} />;
}

function Machine({ looking }: { readonly looking: string }) {
  const canvas = useCanvas();
  const { csrf, document, follower, readOnly, runs, ui, urls } = canvas;
  const { list, all, older } = useRuns(canvas);
  const [chosen, setChosen] = useState(looking || null);
  const [picked, setPicked] = useState<string | null>(null);
  const [look, setLook] = useState<{ readonly id: string; readonly found: PastLook } | null>(null);
  const slider = useRef<HTMLInputElement>(null);
  const isThere = list.length > 0;
  useLayoutEffect(() => {
    if (isThere) slider.current?.focus(); // the arrows go through time at once
  }, [isThere]);
  const seen = useRef(new Map<string, PastLook>());
  const place = Math.max(0, list.findIndex(({ id }) => id === (chosen ?? list.at(-1)?.id)));
  const run = list[place];
  useEffect(() => {
    if (!run) return;
    const put = (found: PastLook) => setLook({ id: run.id, found });
    const known = seen.current.get(run.id);
    if (known) {
      put(known);
      return;
    }
    let here = true;
    const timer = window.setTimeout(() => {
      lookAt(csrf, run).then((found) => {
        if (run.took !== null) seen.current.set(run.id, found);
        if (here) put(found);
      }).catch((error: unknown) => here && explain(canvas, error));
    }, PAUSE);
    return () => {
      here = false;
      window.clearTimeout(timer);
    };
  }, [canvas, csrf, run]);
  useEffect(() => {
    if (place === 0 && list.length > 0 && !all) older();
  }, [place, list, all, older]);
  const close = () => ui.patch({ panel: null });
  const shown = look && look.id === run?.id ? look.found : null;
  const then = useMemo(() => shown && asThen(canvas, shown), [canvas, shown]);
  const node = shown?.graph.nodes.find(({ id }) => id === picked);
  const loadAll = async ({ graph, run: whole }: PastLook) => {
    await keepDraft(canvas, "loaded");
    const before = document.doc();
    const { current } = runs.get();
    document.edit(t("Load the graph of a run"), (doc) => ({ ...doc, nodes: graph.nodes, edges: graph.edges }));
    if (whole) {
      showEarlier(runs, whole, signatures(document.doc(), canvas.catalog));
      follower.follow(whole.id);
    }
    const { label, perform } = undoing(document, t("Load the graph of a run"), before);
    const undo = () => {
      perform();
      // Who has started another run since goes on to see that one.
      runs.set((state) => (state.current === whole?.id ? { ...state, current } : state));
    };
    ui.toast(t("The draft is the graph of this run now."), { action: { label, perform: undo } });
    close();
  };
  const loadOne = (old: GraphNode) => {
    const before = document.doc();
    document.edit(t("Load a node of a run"), (doc) => (nodesById(doc.nodes).has(old.id)
      ? { ...doc, nodes: doc.nodes.map((one) => (one.id === old.id ? { ...old, position: one.position } : one)) }
      : { ...doc, nodes: [...doc.nodes, old] }));
    ui.toast(t("“{node}” is as it was in this run.", { node: labelOf(old, canvas.catalog) }), { action: undoing(document, t("Load a node of a run"), before) });
    close();
  };
  return (
    <section className="panel past" aria-label={t("Time machine")}>
      <div className="panel-head">
        <h2>{t("Time machine")}<small>{run ? new Date(run.at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }) : all ? t("Nothing ran yet") : "…"}</small></h2>
        {run && <p role="status" className={run.status.toLowerCase()}>{wordOf(run.status)} · {run.took === null ? t("goes on") : seconds(run.took)} · {priceOf(run.credits)}</p>}
        <button type="button" className="small" onClick={close}>{t("Back to now")}</button>
      </div>
      <div className="past-stage" aria-busy={run !== undefined && shown === null}>
        {shown && <PastDrawing look={shown} picked={picked} onPick={setPicked} said={({ took, credits, cached }) => (cached ? t("reused") : [took ? seconds(took) : "", credits ? t("{count} cr", { count: credits }) : ""].filter(Boolean).join(" · "))} />}
        {all && list.length === 0 && <p className="nothing">{t("Each run of this workflow can be looked at here.")}</p>}
        {then && node && (
          <CanvasProvider value={then}><NodeSheet key={`${run?.id ?? ""} ${node.id}`} id={node.id} closing={t("Close")} onClose={() => setPicked(null)} /></CanvasProvider>
        )}
      </div>
      {run && (
        <div className="past-foot">
          <button type="button" className="quiet square" aria-label={t("The run before")} disabled={place === 0} onClick={() => setChosen(list[place - 1]?.id ?? null)}><Icon name="back" /></button>
          <input
            type="range" min={0} max={Math.max(0, list.length - 1)} value={place} ref={slider} aria-label={t("Run")}
            aria-valuetext={all
              ? t("Run {place} of {count}, {time}", { place: place + 1, count: list.length, time: new Date(run.at).toLocaleString(locale) })
              : t("Run {place} of {count} and more, {time}", { place: place + 1, count: list.length, time: new Date(run.at).toLocaleString(locale) })}
            onChange={(event) => setChosen(list[Number(event.target.value)]?.id ?? null)}
          />
          <button type="button" className="quiet square" aria-label={t("The run after")} disabled={place === list.length - 1} onClick={() => setChosen(list[place + 1]?.id ?? null)}><Icon name="next" /></button>
          <span>{t("{place} of {count}", { place: place + 1, count: `${number(list.length)}${all ? "" : "+"}` })}</span>
          <a className="button small" href={`${urls.executions ?? "/executions"}/${run.id}`}>{t("Open the run")}</a>
          {!readOnly && node && <button type="button" className="small" onClick={() => loadOne(node)}>{t("Load “{node}” alone", { node: labelOf(node, canvas.catalog) })}</button>}
          {!readOnly && <button type="button" className="small primary" disabled={!shown} onClick={() => void (shown && loadAll(shown).catch((error: unknown) => explain(canvas, error)))}>{t("Load this into the draft")}</button>}
        </div>
      )}
    </section>
  );
}

/** The canvas as it was in a run: what is in it can be looked at, and nothing of it changed. */
function asThen(canvas: Canvas, { graph, run }: PastLook): Canvas {
  const runs = createRuns();
  noteComponents(runs, graph.nodes.flatMap((node) => (isComponent(node) ? node.id : [])));
  if (run) showEarlier(runs, run, new Map());
  return {
    ...canvas, runs, readOnly: true, document: createDocument({ name: "", ...graph }, "", canvas.catalog, true),
    money: createStore<Money>({ available: null, plan: null, made: new Map(), old: false, looked: null }),
  };
}

/** The runs that are known, the oldest first, and a way to the older ones. */
function useRuns(canvas: Canvas) {
  const { csrf, workflowId } = canvas;
  const [known, setKnown] = useState<{ readonly list: readonly PastRun[]; readonly next: string | null }>({ list: [], next: "" });
  const asking = useRef(false);
  const ask = useCallback((query: string) => {
    if (asking.current) return;
    asking.current = true;
    runsOf(csrf, workflowId, query).then(({ runs, next }) => {
      setKnown((now) => {
        const ids = new Set(now.list.map(({ id }) => id));
        const fresh = runs.filter(({ id }) => !ids.has(id)).reverse();
        return { list: [...fresh, ...now.list], next };
      });
    }).catch((error: unknown) => explain(canvas, error)).finally(() => {
      asking.current = false;
    });
  }, [canvas, csrf, workflowId]);
  useEffect(() => ask(""), [ask]);
  const { list, next } = known;
  return { list, all: next === null, older: useCallback(() => next !== null && ask(next), [ask, next]) };
}
