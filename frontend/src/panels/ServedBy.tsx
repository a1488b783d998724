import { rich } from "../language/rich";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";

/** Whose model the next run calls for a node, with whose key; and what to do where no key serves it. */
export function ServedBy({ id }: { readonly id: string }) {
  const { money, urls } = useCanvas();
  const plan = useSlice(money, (state) => state.plan?.nodes.get(id));
  if (!plan || plan.provider === "") return null;
  const { provider, providerTitle, ownKey, openedBy } = plan;
  if (provider !== "sandbox") {
    return <p className="served-by">{ownKey ? rich("Runs at {provider} with your team’s own key.", { provider: <strong>{providerTitle}</strong> }) : rich("Runs at {provider} with this server’s key.", { provider: <strong>{providerTitle}</strong> })}</p>;
  }
  const sandbox = <strong>{t("sandbox")}</strong>;
  if (openedBy === "") return <p className="served-by">{rich("Runs on the {sandbox}: no provider here serves these settings.", { sandbox })}</p>;
  return (
    <p className="served-by">
      {rich("Runs on the {sandbox}, for no key here serves it. Keys that would: {keys}.", { sandbox, keys: openedBy })}{" "}
      {urls.providerKeys ? <a href={urls.providerKeys}>{t("Add a key")}</a> : t("Owners of the team can add one under Settings → Provider keys.")}
    </p>
  );
}
