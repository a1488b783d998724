import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { useWithin } from "./use-within";

/** On the block of a folded group: how the run that is shown stands within, and what failed there. */
export function GroupState({ node }: { readonly node: GraphNode }) {
  const { text, failed, tone } = useWithin(node);
  if (text === "") return null;
  return (
    <>
      <small className={`group-state s-${tone}`}> · {text}</small>
      {failed !== "" && <p className="group-failed" title={failed}>{t("Failed: {names}", { names: failed })}</p>}
    </>
  );
}
