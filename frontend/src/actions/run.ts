import { t } from "../language/speak";
import type { CanvasAction } from "./action";
import { startRun, starterOf, stopRun } from "./running";
import type { Starter } from "./running";
import type { Canvas } from "../store/canvas";
import { activeRuns, turnAside } from "../store/run";

const starts = (name: Starter) => ({
  needs: "run" as const,
  when: (canvas: Canvas) => starterOf(canvas, name) !== null,
  perform: (canvas: Canvas) => {
    const start = starterOf(canvas, name);
    if (start) void startRun(canvas, start);
  },
});

export const runActions: readonly CanvasAction[] = [
  { name: "run", label: t("Run workflow"), group: "Run", icon: "play", keys: ["mod+enter"], everywhere: true, ...starts("run") },
  {
    name: "run-node", label: t("Run the selection and what it needs"), group: "Run", icon: "play", keys: ["mod+shift+enter"], everywhere: true,
    ...starts("run-node"),
  },
  { name: "run-from", label: t("Run from here on"), group: "Run", icon: "skip", keys: ["alt+shift+enter"], ...starts("run-from") },
  { name: "run-anew", label: t("Run anew, reusing nothing"), group: "Run", icon: "refresh", ...starts("run-anew") },
  {
    name: "stop", label: t("Stop"), group: "Run", icon: "stop", keys: ["mod+alt+enter"], everywhere: true,
    needs: "run", when: ({ runs }) => activeRuns(runs.get()).length > 0,
    perform: (canvas) => void stopRun(canvas),
  },
  {
    name: "aside", label: t("Show a run from elsewhere, or go back"), group: "Run",
    when: ({ runs }) => runs.get().aside.length > 0,
    perform: ({ runs }) => turnAside(runs),
  },
];
