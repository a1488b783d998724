import { t } from "../language/speak";
import { hasNodes } from "./action";
import type { CanvasAction } from "./action";
import { setData } from "../graph/changes";
import type { JsonObject } from "../graph/json";
import { isPinned, modeOf, switchable, toggleMode } from "../graph/modes";
import type { Mode } from "../graph/modes";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import type { GraphNode } from "../graph/types";
import { nameIn } from "../live/run";
import type { Canvas } from "../store/canvas";
import { runMadeAt } from "../store/run";

const WORDS: Readonly<Record<Mode, readonly [string, string]>> = { disabled: [t("Disable"), t("Enable")], bypassed: [t("Bypass"), t("Take out of bypass")] };

const PINNING = [t("Pin result"), t("Unpin")] as const;

/** The one of two words that fits: a mixed lot is brought into the state first. */
const wordFor = ([does, undoes]: readonly [string, string], areAll: boolean) => (areAll ? undoes : does);

function modeWord({ document }: Canvas, ids: ReadonlySet<string>, mode: Mode): string {
  const nodes = switchable(document.doc(), ids);
  return wordFor(WORDS[mode], nodes.length > 0 && nodes.every((node) => modeOf(node) === mode));
}

/** Disable or bypass the selected nodes and those of selected groups, as one gesture; where all are, they run again. */
function switchMode(canvas: Canvas, mode: Mode): void {
  const { document, ui } = canvas;
  const nodes = switchable(document.doc(), ui.get().nodes);
  if (nodes.length > 0) document.edit(modeWord(canvas, ui.get().nodes, mode), toggleMode(nodes, mode));
}

function pinnable({ catalog, document, ui }: Canvas, ids = ui.get().nodes): readonly GraphNode[] {
  return switchable(document.doc(), ids).filter((node) => {
    const kind = kindOf(catalog, node);
    return kind !== null && kind.execution !== "source";
  });
}

/** Keep the results that the nodes show, or let them run again where all are kept. */
function pin(canvas: Canvas): void {
  const { catalog, document, runs, ui } = canvas;
  const nodes = pinnable(canvas);
  if (nodes.every(isPinned)) {
    document.edit(PINNING[1], (doc) => nodes.reduce((now, { id }) => setData(id, { pinned: null })(now), doc));
    return;
  }
  const found = nodes.filter((node) => !isPinned(node)).flatMap((node): readonly (readonly [string, JsonObject])[] => {
    const run = runMadeAt(runs.get(), node.id);
    return run ? [[node.id, { executionId: run.id, nodeId: nameIn(run, node.id, runs.get().components) }]] : [];
  });
  const [bare] = nodes.filter(({ id }) => !found.some(([other]) => other === id));
  if (found.length > 0) document.edit(PINNING[0], (doc) => found.reduce((now, [id, pinned]) => setData(id, { pinned })(now), doc));
  else if (bare) ui.toast(t("{node} has no result to pin yet. Run it first.", { node: labelOf(bare, catalog) }), { tone: "bad" });
}

const canSwitch = (canvas: Canvas) => hasNodes(canvas) && switchable(canvas.document.doc(), canvas.ui.get().nodes).length > 0;

export const modeActions: readonly CanvasAction[] = [
  { name: "disable", label: t("Disable or enable"), group: "Edit", icon: "power", keys: ["d"], needs: "edit", when: canSwitch, now: (canvas, ids) => modeWord(canvas, ids, "disabled"), perform: (canvas) => switchMode(canvas, "disabled") },
  { name: "bypass", label: t("Bypass or not"), group: "Edit", icon: "bypass", keys: ["mod+b"], needs: "edit", when: canSwitch, now: (canvas, ids) => modeWord(canvas, ids, "bypassed"), perform: (canvas) => switchMode(canvas, "bypassed") },
  {
    name: "pin", label: t("Pin or unpin the result"), group: "Edit", icon: "pin", keys: ["p"], needs: "edit", when: (canvas) => canSwitch(canvas) && pinnable(canvas).length > 0,
    now: (canvas, ids) => wordFor(PINNING, pinnable(canvas, ids).length > 0 && pinnable(canvas, ids).every(isPinned)), perform: pin,
  },
];
