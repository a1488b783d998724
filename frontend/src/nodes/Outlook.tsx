import type { NodeKind } from "../graph/catalog";
import { Icon } from "../panels/icons";
import type { IconName } from "../panels/icons";
import { credits, seconds } from "./status";
import type { Outlook } from "./use-node";

const SIGNS: Readonly<Record<Outlook["fate"], IconName | null>> = {
  ready: null, cached: "bolt", run: "play", skip: "skip", blocked: "stop", idle: "minus", pinned: "pin",
  disabled: "power", bypassed: "bypass", depends: "power", unneeded: "minus",
};

/** What the next run does here, in words that stand alone. */
export function sayOutlook({ fate, credits: count, times, open, seconds: took, provider, ownKey }: Outlook, kind: NodeKind): string {
  switch (fate) {
    case "ready": return "";
    case "cached": return "will be reused · 0 credits";
    case "skip": return "not needed: its branch is not taken";
    case "idle": return "not needed for this run";
    case "blocked": return "cannot run yet";
    case "pinned": return "keeps its pinned result · 0 credits";
    case "disabled": return "disabled: does not run";
    case "bypassed": return "bypassed: what comes in goes on";
    case "depends": return "not run: what it needs does not run";
    case "unneeded": return "not needed: a pinned result is used";
    case "run": {
      const price = count > 0 ? `${open ? "at least " : ""}${credits(count)}` : kind.execution === "local" ? "free" : "";
      return ["will run", times > 1 ? `${times} times` : "", price, took >= 1 ? `about ${seconds(took * 1000)}` : "", kind.execution === "remote" ? `${provider}${ownKey ? ", own key" : ""}` : ""].filter(Boolean).join(" · ");
    }
  }
}

/** The line at the foot of a card: a sign and words, and a colour that can be seen from afar. */
export function OutlookLine({ outlook, kind }: { readonly outlook: Outlook; readonly kind: NodeKind }) {
  const sign = SIGNS[outlook.fate];
  if (sign === null) return null;
  return (
    <p className={`outlook f-${outlook.fate}${outlook.guessed ? " guessed" : ""}`}>
      <Icon name={sign} size={12} /><span>{sayOutlook(outlook, kind)}</span>
    </p>
  );
}
