import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";

/** Whose model the next run calls for a node, with whose key; and what to do where no key serves it. */
export function ServedBy({ id }: { readonly id: string }) {
  const { money, urls } = useCanvas();
  const plan = useSlice(money, (state) => state.plan?.nodes.get(id));
  if (!plan || plan.provider === "") return null;
  const { provider, providerTitle, ownKey, openedBy } = plan;
  if (provider !== "sandbox") {
    return <p className="served-by">Runs at <strong>{providerTitle}</strong> with {ownKey ? "your team’s own key" : "this server’s key"}.</p>;
  }
  if (openedBy === "") return <p className="served-by">Runs on the <strong>sandbox</strong>: no provider here serves these settings.</p>;
  return (
    <p className="served-by">
      Runs on the <strong>sandbox</strong>, for no key here serves it. Keys that would: {openedBy}.{" "}
      {urls.providerKeys ? <a href={urls.providerKeys}>Add a key</a> : "Owners of the team can add one under Settings → Provider keys."}
    </p>
  );
}
