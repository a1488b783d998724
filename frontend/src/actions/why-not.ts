import { isComponent } from "../graph/component";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";

const MODES: ReadonlySet<string> = new Set(["disable", "bypass", "pin"]);

/** Why an action does nothing to these nodes; empty where it does something, or the reason is plain to see. */
export function whyNot({ document }: Canvas, name: string, ids: ReadonlySet<string>): string {
  const nodes = document.doc().nodes.filter(({ id }) => ids.has(id));
  if (!MODES.has(name) || nodes.length === 0 || !nodes.every(isComponent)) return "";
  return t("A component is not disabled, bypassed or pinned as a whole: open it and switch the nodes inside.");
}
