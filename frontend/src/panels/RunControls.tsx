import { useState } from "react";
import type { ReactNode } from "react";

import { action } from "../actions";
import { withKey } from "../actions/keyboard";
import { whyNotRun } from "../actions/running";
import { EVERYTHING, estimateOf } from "../graph/plan";
import type { Plan } from "../graph/plan";
import { creditsOf } from "../graph/price";
import { pricedBy, runPrice } from "../graph/run-price";
import type { RunPrice } from "../graph/run-price";
import { kindOf } from "../graph/ports";
import { rich } from "../language/rich";
import { counted, number, t } from "../language/speak";
import { isOver, tally } from "../live/run";
import type { RunStatus } from "../live/run";
import { credits, seconds } from "../nodes/status";
import type { Canvas } from "../store/canvas";
import { useCanvas, useDocument, useRuns } from "../store/canvas";
import { currentRun } from "../store/run";
import { sameItems, useSlice } from "../store/store";
import { useParts } from "./following";
import { Icon } from "./icons";
import { Popover } from "./Popover";

/** The price of a start, or node prices added up until the server has said what the graph costs. */
function priceOf(canvas: Canvas, plan: Plan | null): RunPrice {
  if (plan === null) return { before: "about ", credits: roughPrice(canvas), reused: false, reason: "" };
  const { document, catalog } = canvas;
  const { flow } = document.get();
  const dearest = document.doc().nodes.filter((node) => {
    const kind = kindOf(catalog, node);
    const priced = kind ? pricedBy(kind) : null;
    return priced !== null && priced.size > 0 && flow.into.get(node.id)?.some((wire) => priced.has(wire.inlet?.id ?? "")) === true;
  });
  return runPrice(estimateOf(plan, document.doc(), catalog), new Set(dearest.map(({ id }) => id)));
}

function roughPrice({ document, catalog }: Canvas): number {
  return document.doc().nodes.reduce((sum, node) => {
    const kind = kindOf(catalog, node);
    return kind ? sum + creditsOf(kind, node, new Set()) : sum;
  }, 0);
}

export function RunControls() {
  const canvas = useCanvas();
  useDocument((state) => state.problems);
  useDocument((state) => state.outside);
  const not = whyNotRun(canvas, EVERYTHING);
  const plan = useSlice(canvas.money, (state) => state.plan);
  const old = useSlice(canvas.money, (state) => state.old);
  const starting = useRuns((state) => state.starting);
  const price = priceOf(canvas, plan);
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const parts = useParts(menu !== null);
  const close = () => setMenu(null);
  const short = plan?.sufficient === false;
  const time = plan && plan.seconds >= 1 ? t("About {time}.", { time: seconds(plan.seconds * 1000) }) : "";
  const title = not?.why ?? (short ? t("This needs {price}; the team has {available}.", { price: credits(price.credits), available: plan.available }) : [`${withKey(canvas, action("run"))}.`, time, price.reason].filter(Boolean).join(" "));
  return (
    <div className="run-controls">
      <RunState />
      {canvas.mayRun && <div className={`split${not ? " off" : ""}${short ? " short" : ""}`}>
        <button type="button" className="primary run" disabled={starting} aria-disabled={not !== null} aria-describedby="run-why" title={title} onClick={() => action("run").perform(canvas)}>
          <Icon name={not ? "warning" : "play"} size={14} />
          <span>{t("Run")}{not ? not.count > 0 && <em> · {saysWhy(not.count, not.isMissing)}</em> : <Price price={price} old={old} />}</span>
        </button>
        <span className="sr" id="run-why">{not?.why}</span>
        <button
          type="button" className="primary more" aria-label={t("More ways to run")} aria-haspopup="menu"
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            setMenu({ x: box.right - 290, y: box.bottom + 6 });
          }}
        ><Icon name="down" size={14} /></button>
      </div>}
      {menu && parts && (
        <Popover at={menu} label={t("Run")} onClose={close}><parts.RunMenu onClose={close} /></Popover>
      )}
    </div>
  );
}

function saysWhy(count: number, isMissing = false): ReactNode {
  return isMissing
    ? <><span className="wide-only">{counted(count, "{count} input is missing", "{count} inputs are missing")}</span><span className="phone-only">{counted(count, "{count} missing", "{count} missing")}</span></>
    : counted(count, "{count} problem", "{count} problems");
}

/** The words before a price, where there is little room. */
const BEFORE = { "at least ": t("at least "), "up to ": t("up to "), "about ": t("about ") } as const;
const SIGNS = { "at least ": "≥ ", "up to ": "≤ ", "about ": "≈ " } as const;

function Price({ price, old }: { readonly price: RunPrice; readonly old: boolean }) {
  const { before, credits: count, reused } = price;
  if (count === 0 && !reused && before !== "at least ") return <em className={old ? "old" : ""}> · {t("free")}</em>;
  return (
    <em className={old ? "old" : ""}>
      {" · "}{before !== "" && <><span className="wide-only">{BEFORE[before]}</span><span className="phone-only">{SIGNS[before]}</span></>}{reused ? <>{number(count)} · <span className="wide-only">{t("results reused")}</span><span className="phone-only">{t("reused")}</span></> : rich("{number} {unit}", { number: number(count), unit: <span className="unit">{counted(count, "credit", "credits")}</span> })}
    </em>
  );
}

const OVER: Readonly<Record<RunStatus, string>> = { RUNNING: t("Running"), COMPLETED: t("Done"), FAILED: t("Failed"), CANCELLED: t("Stopped") };

/** The execution that is shown: how far it is, a way to stop it, and a way to the others. */
function RunState() {
  const canvas = useCanvas();
  const { runs } = canvas;
  const run = useRuns(currentRun);
  const others = useRuns((state) => state.runs.filter((other) => !isOver(other) && other.id !== state.current).map((other) => other.id), sameItems);
  const lost = useSlice(canvas.contact, (state) => state.lost !== null);
  if (!run) return null;
  const { done, total, part } = tally(run);
  const over = isOver(run);
  const facts = [run.durationMs === null ? "" : seconds(run.durationMs), run.creditsUsed > 0 ? credits(run.creditsUsed) : ""].filter(Boolean).join(" · ");
  return (
    <div className={`run-state ${lost ? "lost " : ""}${over ? run.status.toLowerCase() : "running"}`}>
      {over
        ? <a href={`/executions/${run.id}`} title={run.error || (run.stoppedBy && t("Stopped by {name}", { name: run.stoppedBy })) || t("Look at this execution")}>{OVER[run.status]}<span>{facts && ` · ${facts}`}</span></a>
        : (
          <>
            <span className="ring" aria-hidden="true"><svg viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" /><circle cx="10" cy="10" r="8" pathLength={100} strokeDasharray={`${Math.max(2, part * 100)} 100`} /></svg></span>
            <span title={t("Runs on the server: you may close this tab.")} role="status">{t("{done} of {total}", { done, total })}</span>
            {canvas.mayRun && <button type="button" className="quiet square" aria-label={t("Stop")} title={withKey(canvas, action("stop"))} onClick={() => action("stop").perform(canvas)}><Icon name="stop" size={15} /></button>}
          </>
        )}
      {others.length > 0 && (
        <button type="button" className="count" title={t("Show another execution that is under way")} onClick={() => runs.set((state) => ({ ...state, current: others[0] ?? state.current }))}>+{others.length}</button>
      )}
    </div>
  );
}
