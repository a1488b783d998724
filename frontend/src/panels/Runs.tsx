import { useEffect, useState } from "react";
import type { ReactNode } from "react";

import { explain } from "../actions/action";
import { lastRuns, runsUnderWay } from "../api/beside";
import type { ListedRun, Queue } from "../api/beside";
import { ordinal } from "../language/ordinal";
import { t } from "../language/speak";
import { tally } from "../live/run";
import { credits } from "../nodes/status";
import { useCanvas, useRuns } from "../store/canvas";
import { allRuns } from "../store/run";
import { isPhone } from "../store/ui";
import { Ago, BesideFrame, useAsked } from "./BesideFrame";
import { Icon, SharedIcon } from "./icons";
import { historyOf } from "./TopBar";

/** While something is under way the list is asked for again after so many milliseconds. */
const AGAIN = 3000;

const TONES: Readonly<Record<string, string>> = { COMPLETED: "done", FAILED: "failed", TIMEOUT: "failed", RUNNING: "running", WAITING: "hand" };

/** The last runs of this workflow, and what runs and waits in the team. */
export function Runs({ focus }: { readonly focus: boolean }) {
  const { csrf, urls, workflowId } = useCanvas();
  const [of, setOf] = useState<"workflow" | "team">("workflow");
  const parts = (
    <div className="parts" role="group" aria-label={t("Which runs")}>
      <button type="button" aria-pressed={of === "workflow"} onClick={() => setOf("workflow")}>{t("This workflow")}</button>
      <button type="button" aria-pressed={of === "team"} onClick={() => setOf("team")}>{t("The team, now")}</button>
    </div>
  );
  return of === "workflow"
    ? <List key={of} ask={() => lastRuns(csrf, workflowId)} focus={focus} head={parts} page={historyOf(urls, workflowId)} nothing={t("This workflow has not run yet. Its runs are listed here, with what they made.")} />
    : <List key={of} ask={() => runsUnderWay(csrf)} focus={focus} head={parts} page="/executions" nothing={t("Nothing runs or waits in your team right now.")} />;
}

interface ListProps {
  readonly ask: () => Promise<Queue>;
  readonly focus: boolean;
  readonly head: ReactNode;
  /** Where the whole history is. */
  readonly page: string;
  readonly nothing: string;
}

function List({ ask, focus, head, page, nothing }: ListProps) {
  const [first] = useState(() => ask);
  const asked = useAsked(first);
  const { again, found } = asked;
  const known = useRuns((state) => allRuns(state).map(({ id, status }) => `${id} ${status}`).join());
  useEffect(again, [again, known]);
  const goesOn = found?.runs.some(({ isOver }) => !isOver) ?? false;
  useEffect(() => {
    if (!goesOn) return;
    const timer = window.setInterval(() => !document.hidden && again(), AGAIN);
    return () => window.clearInterval(timer);
  }, [again, goesOn]);
  return (
    <BesideFrame label={t("Runs")} asked={asked} focus={focus} head={head} foot={<p className="beside-foot"><a href={page}>{t("The whole history")}</a></p>}>
      <ul className="beside-list">{found?.runs.map((run) => <Row key={run.id} run={run} onStop={again} />)}</ul>
      {found?.hasMore && <p className="nothing">{t("More wait after these.")}</p>}
      {found?.runs.length === 0 && <p className="nothing">{nothing}</p>}
    </BesideFrame>
  );
}

function Row({ run, onStop }: { readonly run: ListedRun; readonly onStop: () => void }) {
  const canvas = useCanvas();
  const { api, mayRun, ui, workflowId } = canvas;
  const far = useRuns((state) => {
    const heard = run.isOver ? undefined : allRuns(state).find(({ id }) => id === run.id);
    const { done = 0, total = 0 } = heard ? tally(heard) : {};
    return total === 0 ? "" : t("{done} of {total}", { done, total });
  });
  const href = `/executions/${run.id}`;
  const word = run.place === null ? run.word : t("waiting ({place})", { place: ordinal(run.place) });
  const isHere = run.workflowId === workflowId;
  const stop = () => {
    api.cancel(run.id).then(onStop).catch((error: unknown) => explain(canvas, error));
  };
  const inner = (
    <>
      <span className="beside-cover">{run.picture === "" ? <SharedIcon name="executions" size={18} /> : <img src={run.picture} alt="" loading="lazy" draggable={false} />}</span>
      <span className="beside-text">
        <span className="beside-state"><b className={`badge ${run.place === null ? TONES[run.status] ?? "" : ""}`}>{word}</b> {far === "" ? <Ago at={run.at} /> : far}</span>
        <strong>{isHere ? run.caption || run.trigger : run.workflowName || run.trigger}</strong>
        <small>{[run.took, run.credits > 0 ? credits(run.credits) : "", run.who || run.trigger].filter(Boolean).join(" · ")}</small>
      </span>
    </>
  );
  return (
    <li className="beside-row">
      {isHere
        ? <button type="button" className="beside-main" data-item title={run.error || t("Look at it in the time machine")} onClick={() => ui.patch({ panel: "past", looking: run.id, ...(isPhone() ? { side: null } : {}) })}>{inner}</button>
        : <a className="beside-main" data-item href={href} title={run.error || t("Open its page")}>{inner}</a>}
      {!run.isOver && mayRun && <button type="button" className="quiet square" aria-label={t("Stop this run")} title={t("Stop this run")} onClick={stop}><Icon name="stop" size={15} /></button>}
      <a className="quiet square" href={href} aria-label={t("Open the page of this run")} title={t("Open the page of this run")}><SharedIcon name="open" size={15} /></a>
    </li>
  );
}
