import { t } from "../language/speak";
import type { NodeRun } from "../live/run";

/** Why a node failed, in the words of whoever refused or broke. */
export function Failure({ failure }: { readonly failure: NodeRun }) {
  return (
    <p className="card-note bad">
      {failure.error || t("The node failed.")}
      {failure.errorCode && <code>{failure.errorCode}</code>}
    </p>
  );
}
