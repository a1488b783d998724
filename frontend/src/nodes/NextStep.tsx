import { feeder, goAndChange, goOn, placeOf, runFrom, unpin } from "../actions/next-steps";
import { ownersIn } from "../actions/looking";
import { goTo } from "../actions/view";
import { ADVICE, isChange, stepFor } from "../graph/next-steps";
import type { Step } from "../graph/next-steps";
import { labelOf } from "../graph/problems";
import { t } from "../language/speak";
import { isOver } from "../live/run";
import type { NodeRun } from "../live/run";
import { useCanvas, useDocument, useRuns, useUi } from "../store/canvas";
import { runShownOn } from "../store/run";

interface Props {
  readonly id: string;
  readonly failure: NodeRun;
  /** Goes to another node where its fields stand in a list; those of this one stand beside. */
  readonly onGo?: (id: string) => void;
}

const TITLES: Readonly<Partial<Record<Step, string>>> = { prompt: t("Change the prompt"), model: t("Choose another model"), address: t("Change the address") };

/** What to do about a node that failed: in a sentence, and as buttons that do it. */
export function NextStep({ id, failure, onGo }: Props) {
  const canvas = useCanvas();
  const { catalog, mayRun, readOnly, urls } = canvas;
  const past = useUi((state) => state.panel === "past");
  const doc = useDocument((state) => state.history.present);
  const over = useRuns((state) => {
    const run = runShownOn(state, id);
    return run !== null && isOver(run);
  });
  if (past) return null; // nothing is done about an earlier run that is only looked at
  const step = stepFor(failure.errorCode);
  const place = placeOf(canvas, id, step);
  const source = step === "values" || step === "list" ? doc.nodes.find((node) => node.id === feeder(canvas, id)) : undefined;
  const changes = isChange(step);
  const isPaying = step === "key" || step === "account";
  return (
    <div className="next-step nodrag">
      <p>{ADVICE[step]} {who(canvas, step)}{over && mayRun && <small>{t("What succeeded is kept, and costs nothing again.")}</small>}</p>
      <div className="row">
        {changes && step !== "pin" && !readOnly && !(onGo && place === id) && <button type="button" className="small" onClick={() => (onGo ? onGo(place) : goAndChange(canvas, place))}>{TITLES[step] ?? t("Change its settings")}</button>}
        {source && <button type="button" className="small" onClick={() => (onGo ? onGo(source.id) : goTo(canvas, source.id))}>{t("Look at “{node}”", { node: labelOf(source, catalog) })}</button>}
        {isPaying && urls.providerKeys && <a className="button small" href={urls.providerKeys}>{t("Provider keys")}</a>}
        {step === "credits" && <a className="button small" href="/usage">{t("Usage and credits")}</a>}
        {step === "limit" && <a className="button small" href="/usage/limits">{t("Limits")}</a>}
        {step === "pin" && !readOnly && <button type="button" className="small" onClick={() => unpin(canvas, id)}>{t("Unpin and run from here")}</button>}
        {step !== "pin" && over && mayRun && (
          <button type="button" className="small" onClick={() => (changes ? runFrom(canvas, id) : void goOn(canvas, id))}>{changes ? t("Run from here") : t("Run again from here")}</button>
        )}
      </div>
    </div>
  );
}

/** Whom to ask, where it is not for this person to do. */
function who({ mayRun, owners, readOnly, urls }: ReturnType<typeof useCanvas>, step: Step): string {
  const isPaying = step === "key" || step === "account";
  if (isPaying && !urls.providerKeys) return owners.length > 0 ? t("Ask {who}.", { who: ownersIn(owners) }) : t("Ask whoever runs this server.");
  if (owners.length > 0 && ((readOnly && isChange(step)) || step === "credits" || step === "limit" || !mayRun)) return t("Ask {who}.", { who: ownersIn(owners) });
  return "";
}
