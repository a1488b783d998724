import { useEffect, useRef } from "react";

import { action } from "../actions";
import { counted, t } from "../language/speak";
import { isOver, tally } from "../live/run";
import type { Run } from "../live/run";
import { useCanvas, useRuns } from "../store/canvas";
import { currentRun, dropAside } from "../store/run";
import { Icon } from "./icons";

/** By the door that a run came in by, in the words of the server. */
const BY: Readonly<Record<string, string>> = {
  api: t("A run over the API"), webhook: t("A run by webhook"), table: t("A run of a table"), app: t("A run of the app"),
  schedule: t("A scheduled run"), canvas: t("A run by somebody else"), again: t("A run started again"), resume: t("A resumed run"),
};

function sayRun(run: Run): string {
  const what = BY[run.trigger] ?? t("A run from elsewhere");
  const { done, total } = tally(run);
  switch (run.status) {
    case "RUNNING": return t("{run}: {done} of {total} done", { run: what, done, total });
    case "COMPLETED": return t("{run} is done", { run: what });
    case "FAILED": return t("{run} failed", { run: what });
    case "CANCELLED": return t("{run} was stopped", { run: what });
  }
}

/** The one that is shown, or else all of them in one line. */
function sayAll(aside: readonly Run[], shown: Run | undefined): string {
  const [first, ...more] = shown ? [shown] : aside;
  if (!first || more.length === 0) return first ? sayRun(first) : "";
  const done = aside.filter(isOver).length;
  const failed = aside.filter(({ status }) => status === "FAILED").length;
  return [
    counted(aside.length, "{count} run from elsewhere: {done} ended", "{count} runs from elsewhere: {done} ended", { done }),
    failed > 0 ? counted(failed, "{count} failed", "{count} failed") : "",
  ].filter(Boolean).join(", ");
}

/** What there is to hear of it: that something began, and that all has ended; not each step. */
function sayAloud(aside: readonly Run[], shown: Run | undefined): string {
  const all = shown ? [shown] : aside;
  const [first, ...more] = all;
  if (all.every(isOver)) return sayAll(aside, shown);
  return !first ? "" : more.length === 0 ? BY[first.trigger] ?? t("A run from elsewhere") : counted(all.length, "{count} run from elsewhere", "{count} runs from elsewhere");
}

/** Tells of runs that no card shows, as they came in by another door, and shows one of them to whoever asks. */
export function Aside() {
  const canvas = useCanvas();
  const aside = useRuns((state) => state.aside);
  const current = useRuns(currentRun);
  const shown = aside.find(({ id }) => id === current?.id);
  const aloud = sayAloud(aside, shown);
  const region = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (region.current) region.current.textContent = aloud; // it is heard when its words change, not when it comes with them
  }, [aloud]);
  return (
    <section className={`aside${shown ? " shown" : ""}`} aria-label={t("Runs from elsewhere")}>
      <p className="sr" role="status" ref={region} />
      <span title={shown ? t("The cards show what this run makes") : t("The cards go on showing what they showed")}>{sayAll(aside, shown)}</span>
      <button type="button" className="plain" onClick={() => action("aside").perform(canvas)}>{shown ? t("Back") : t("Show")}</button>
      {!shown && <button type="button" className="quiet square" aria-label={t("Dismiss")} onClick={() => dropAside(canvas.runs)}><Icon name="close" size={13} /></button>}
    </section>
  );
}
