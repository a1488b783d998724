import { onlyNode } from "./action";
import type { CanvasAction } from "./action";
import { startRun, stopRun } from "./running";
import { activeRuns } from "../store/run";

export const runActions: readonly CanvasAction[] = [
  {
    name: "run", label: "Run workflow", group: "Run", icon: "play", keys: ["mod+enter"], everywhere: true,
    perform: (canvas) => void startRun(canvas, null, false),
  },
  {
    name: "run-node", label: "Run this node and what it needs", group: "Run", icon: "play", keys: ["mod+shift+enter"], everywhere: true,
    when: (canvas) => onlyNode(canvas) !== null,
    perform: (canvas) => void startRun(canvas, onlyNode(canvas), false),
  },
  {
    name: "run-anew", label: "Run anew, reusing nothing", group: "Run", icon: "refresh",
    perform: (canvas) => void startRun(canvas, null, true),
  },
  {
    name: "stop", label: "Stop", group: "Run", icon: "stop", keys: ["mod+alt+enter"], everywhere: true,
    when: ({ runs }) => activeRuns(runs.get()).length > 0,
    perform: (canvas) => void stopRun(canvas),
  },
];
