import { useCallback, useEffect } from "react";

import { movements } from "../api/beside";
import type { Point } from "../graph/types";
import { counted, number, t } from "../language/speak";
import { useCanvas, useRuns } from "../store/canvas";
import { activeRuns } from "../store/run";
import { Ago, useAsked } from "./BesideFrame";
import { Popover } from "./Popover";

/** While runs are under way, what is set aside for them is asked for again after so many milliseconds. */
const AGAIN = 3000;

/** What a movement is called on the page of the ledger, too. */
const KINDS: Readonly<Record<string, string>> = {
  settle: t("Spent"), hold: t("Set aside"), release: t("Given back"), grant: t("Granted"), allowance: t("Allowance"), purchase: t("Bought"), withdrawal: t("Taken away"),
};

function useMovements() {
  const { csrf } = useCanvas();
  const asked = useAsked(useCallback(() => movements(csrf), [csrf]));
  const { again } = asked;
  const active = useRuns((state) => activeRuns(state).map(({ id, seq }) => `${id} ${seq}`).join());
  useEffect(again, [again, active]);
  useEffect(() => {
    if (active === "") return;
    const timer = window.setInterval(() => !document.hidden && again(), AGAIN);
    return () => window.clearInterval(timer);
  }, [again, active]);
  return asked;
}

/** What is set aside right now, beside the balance. */
export function Held() {
  const { found } = useMovements();
  if (!found || found.held === 0) return null;
  const words = counted(found.held, "{count} credit is set aside for runs that go on", "{count} credits are set aside for runs that go on");
  return <><em aria-hidden="true" title={words}>−{number(found.held)}</em><span className="sr">, {words}</span></>;
}

/** The balance, what is set aside, and the last movements. */
export function Credits({ at, onClose }: { readonly at: Point; readonly onClose: () => void }) {
  const { urls } = useCanvas();
  const { found, error, again } = useMovements();
  return (
    <Popover at={at} label={t("Credits")} onClose={onClose}>
      <div className="notices movements" aria-busy={found === null && error === ""}>
        <div className="notices-head"><h2>{found ? counted(found.available, "{count} credit to spend", "{count} credits to spend") : t("Credits")}{found && <small>{found.held === 0 ? t("nothing is set aside") : t("{count} set aside for runs", { count: found.held })}</small>}</h2></div>
        {error !== "" && <p className="card-note bad" role="alert">{error} <button type="button" className="plain" onClick={again}>{t("Try again")}</button></p>}
        <ul>
          {found?.movements.map(({ id, kind, moment, free, held, workflow, what, executionId }) => {
            const amount = free !== 0 ? free : held;
            const inner = (
              <>
                <span><b>{KINDS[kind] ?? kind}</b> {[workflow, what].filter(Boolean).join(" · ")}<small><Ago at={moment} /></small></span>
                <em className={free > 0 ? "in" : ""}>{amount > 0 ? "+" : "−"}{number(Math.abs(amount))}</em>
              </>
            );
            return <li key={id}>{executionId === "" ? <p>{inner}</p> : <a href={`/executions/${executionId}`}>{inner}</a>}</li>;
          })}
          {found?.movements.length === 0 && <li className="nothing">{t("No credits have moved yet.")}</li>}
        </ul>
        <a className="notices-all" href={urls.usage ?? "/usage"}>{t("Usage and all movements")}</a>
      </div>
    </Popover>
  );
}
