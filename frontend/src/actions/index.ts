import { isAllowed } from "./action";
import type { CanvasAction } from "./action";
import { alignActions } from "./align";
import { clipboardActions } from "./clipboard";
import { componentActions } from "./components";
import { editActions } from "./edit";
import { exportActions } from "./export";
import { modeActions } from "./modes";
import { panelActions } from "./panels";
import { runActions } from "./run";
import { selectActions } from "./select";
import { viewActions } from "./view";

export const ACTIONS: readonly CanvasAction[] = [
  ...runActions, ...panelActions, ...editActions, ...modeActions, ...componentActions, ...alignActions, ...clipboardActions, ...exportActions, ...selectActions, ...viewActions,
];

const byName = new Map(ACTIONS.map((action) => [action.name, action]));

/** An action by its name; the names are those of the lists above. */
export function action(name: string): CanvasAction {
  const found = byName.get(name);
  if (!found) throw new Error(`There is no action ${name}.`);
  return found;
}

export function isApplicable(item: CanvasAction, canvas: Parameters<CanvasAction["perform"]>[0]): boolean {
  return isAllowed(item, canvas) && (item.when === undefined || item.when(canvas));
}
