import { asText } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";
import { showOwn } from "../store/run";

/** The server knows of a run of the same that this canvas had not heard of when Run was pressed: which of the two is wanted? */
export function askTwice({ follower, runs, ui }: Canvas, said: JsonObject, runAnyway: () => void): void {
  const id = asText(said.executionId);
  const name = asText(said.startedBy);
  const text = said.isYours === true || name === "" ? t("A run of this is under way. Run it once more?") : t("{name} has started this already. Run it once more?", { name });
  ui.toast(text, {
    answered: () => undefined, // it is money: it waits for its answer
    action: {
      label: t("Watch that run"),
      perform: () => {
        showOwn(runs, id);
        follower.follow(id);
      },
    },
    other: { label: t("Run anyway"), perform: runAnyway },
  });
}
