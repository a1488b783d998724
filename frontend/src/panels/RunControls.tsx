import { useState } from "react";

import { action, isApplicable } from "../actions";
import { IS_MAC } from "../actions/keyboard";
import { readable } from "../actions/keys";
import { whyNotRun } from "../actions/running";
import { creditsOf } from "../graph/price";
import { kindOf } from "../graph/ports";
import { isOver, tally } from "../live/run";
import { credits, seconds, thin } from "../nodes/status";
import type { Canvas } from "../store/canvas";
import { useCanvas, useDocument, useRuns } from "../store/canvas";
import { currentRun } from "../store/run";
import { sameItems, useSlice } from "../store/store";
import { Icon } from "./icons";
import { Popover } from "./Popover";

/** Node prices added up, until the server has said what the graph costs. */
function roughPrice({ document, catalog }: Canvas): number {
  return document.doc().nodes.reduce((sum, node) => {
    const kind = kindOf(catalog, node);
    return kind ? sum + creditsOf(kind, node, new Set()) : sum;
  }, 0);
}

export function RunControls() {
  const canvas = useCanvas();
  useDocument((state) => state.problems);
  const why = whyNotRun(canvas, null);
  const estimate = useSlice(canvas.money, (state) => state.estimate);
  const starting = useRuns((state) => state.starting);
  const price = estimate?.credits ?? roughPrice(canvas);
  const reused = estimate?.reused ?? 0;
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const short = estimate?.sufficient === false;
  const title = why ?? (short ? `This needs ${credits(price)}; the team has ${thin(estimate.available ?? 0)}.` : `Run workflow (${readable("mod+enter", IS_MAC)})${reused > 0 ? `. ${reused === 1 ? "One result is" : `${reused} results are`} reused; “Run anew” makes all again.` : ""}`);
  return (
    <div className="run-controls">
      <RunState />
      <div className={`split${why ? " off" : ""}${short ? " short" : ""}`}>
        <button type="button" className="primary run" aria-disabled={why !== null} disabled={starting} title={title} onClick={() => action("run").perform(canvas)}>
          <Icon name="play" size={14} />
          <span>Run{(price > 0 || reused > 0) && <em> · {estimate?.complete === false ? "at least " : ""}{thin(price)}<span className="unit"> {price === 1 ? "credit" : "credits"}</span></em>}</span>
        </button>
        <button
          type="button" className="primary more" aria-label="More ways to run" aria-haspopup="menu"
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            setMenu({ x: box.right - 290, y: box.bottom + 6 });
          }}
        ><Icon name="down" size={14} /></button>
      </div>
      {menu && (
        <Popover at={menu} label="Run" onClose={() => setMenu(null)}>
          <div className="menu" role="menu">
            {["run", "run-node", "run-anew", "stop"].map(action).map((item) => (
              <button key={item.name} type="button" role="menuitem" disabled={!isApplicable(item, canvas)} onClick={() => {
                setMenu(null);
                item.perform(canvas);
              }}>
                <Icon name={item.icon ?? "play"} size={15} /><span>{item.label}</span>
                {item.keys?.[0] && <kbd>{readable(item.keys[0], IS_MAC)}</kbd>}
              </button>
            ))}
          </div>
        </Popover>
      )}
    </div>
  );
}

const OVER: Readonly<Record<string, string>> = { COMPLETED: "Done", FAILED: "Failed", CANCELLED: "Stopped", TIMEOUT: "Took too long" };

/** The execution that is shown: how far it is, a way to stop it, and a way to the others. */
function RunState() {
  const canvas = useCanvas();
  const { runs } = canvas;
  const run = useRuns(currentRun);
  const others = useRuns((state) => state.runs.filter((other) => !isOver(other) && other.id !== state.current).map((other) => other.id), sameItems);
  if (!run) return null;
  const { done, total, part } = tally(run);
  const over = isOver(run);
  const facts = [run.durationMs === null ? "" : seconds(run.durationMs), run.creditsUsed > 0 ? credits(run.creditsUsed) : ""].filter(Boolean).join(" · ");
  return (
    <div className={`run-state ${over ? run.status.toLowerCase() : "running"}`}>
      {over
        ? <a href={`/executions/${run.id}`} title={run.error || "Look at this execution"}>{OVER[run.status] ?? run.status}<span>{facts && ` · ${facts}`}</span></a>
        : (
          <>
            <span className="ring" aria-hidden="true"><svg viewBox="0 0 20 20"><circle cx="10" cy="10" r="8" /><circle cx="10" cy="10" r="8" pathLength={100} strokeDasharray={`${Math.max(2, part * 100)} 100`} /></svg></span>
            <span title="Runs on the server: you may close this tab." role="status">{done} of {total}</span>
            <button type="button" className="quiet square" aria-label="Stop" title={`Stop (${readable("mod+alt+enter", IS_MAC)})`} onClick={() => action("stop").perform(canvas)}><Icon name="stop" size={15} /></button>
          </>
        )}
      {others.length > 0 && (
        <button type="button" className="count" title="Show another execution that is under way" onClick={() => runs.set((state) => ({ ...state, current: others[0] ?? state.current }))}>+{others.length}</button>
      )}
    </div>
  );
}
