import table from "../../../executions/next_steps.json";
import { t } from "../language/speak";

const STEPS: Readonly<Record<string, string>> = table.steps;
/** Steps about what stands on the canvas: it is changed first, and what is run is the draft. */
const CHANGES: ReadonlySet<string> = new Set(table.changes);

export type Step = "prompt" | "values" | "list" | "address" | "key" | "account" | "later" | "again" | "unknown" | "answer" | "model" | "pin" | "credits" | "limit";

/** What is done about what failed, in words, by the steps of `executions/next_steps.json`. */
export const ADVICE: Readonly<Record<Step, string>> = {
  prompt: t("The provider’s safety rules refused it. Change the prompt, or the file that goes in."),
  values: t("Change what the message names, here or in what is wired in."),
  list: t("Make the list fit: change its items, or how many of them are needed."),
  address: t("Check the address, and whether its server answers."),
  key: t("The provider’s key has to be put right first."),
  account: t("The account at the provider has to be topped up first, or another key set."),
  later: t("The provider has more to do than it takes: wait a little."),
  again: t("Such faults often pass by themselves."),
  unknown: t("Nobody knows whether the provider did it, and charges for it. Look there first."),
  answer: t("Nobody answered in time. It will be asked again."),
  model: t("Choose another model, or one to go on with when this one fails."),
  pin: t("Unpin it, and it runs."),
  credits: t("The team needs more credits first."),
  limit: t("A limit on spending has to be raised first, or to begin anew."),
};

export function stepFor(code: string): Step {
  const found = STEPS[code];
  return Object.keys(ADVICE).includes(found ?? "") ? found as Step : "again";
}

export function isChange(step: Step): boolean {
  return CHANGES.has(step);
}
