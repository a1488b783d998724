import type { NodeKind } from "../graph/catalog";
import { t } from "../language/speak";
import { Icon } from "../panels/icons";
import type { IconName } from "../panels/icons";
import { credits, seconds } from "./status";
import type { Outlook } from "./use-node";

const SIGNS: Readonly<Record<Outlook["fate"], IconName | null>> = {
  ready: null, cached: "bolt", run: "play", skip: "skip", blocked: "stop", held: "clock", outside: "clock", idle: "minus", pinned: "pin",
  disabled: "power", bypassed: "bypass", depends: "power", unneeded: "minus",
};

/** What the next run does here, in words that stand alone. */
export function sayOutlook({ fate, credits: count, times, open, seconds: took, provider, ownKey }: Outlook, kind: NodeKind): string {
  switch (fate) {
    case "ready": return "";
    case "cached": return t("will be reused · 0 credits");
    case "skip": return t("not needed: its branch is not taken");
    case "idle": return t("not needed for this run");
    case "blocked": return t("cannot run yet");
    case "held": return t("waits for what comes before it");
    case "outside": return t("gets its input from outside");
    case "pinned": return t("keeps its pinned result · 0 credits");
    case "disabled": return t("disabled: does not run");
    case "bypassed": return t("bypassed: what comes in goes on");
    case "depends": return t("not run: what it needs does not run");
    case "unneeded": return t("not needed: a pinned result is used");
    case "run": {
      const price = count > 0 ? (open ? t("at least {price}", { price: credits(count) }) : credits(count)) : kind.execution === "local" ? t("free") : "";
      const by = ownKey ? t("{provider}, own key", { provider }) : provider;
      return [t("will run"), times > 1 ? t("{count} times", { count: times }) : "", price, took >= 1 ? t("about {time}", { time: seconds(took * 1000) }) : "", kind.execution === "remote" ? by : ""].filter(Boolean).join(" · ");
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
