import { withGroups } from "../graph/changes";
import { labelOf } from "../graph/problems";
import { isRunnable } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument, useRuns } from "../store/canvas";
import { nodeRunsOf } from "../store/run";
import { sameItems } from "../store/store";
import { standOf, tallyOf } from "./stand";

/** How the run that is shown stands within a group: the graver first, in words, and what failed by name. */
interface Within {
  readonly count: number;
  readonly text: string;
  readonly failed: string;
  readonly tone: string;
}

export function useWithin(group: GraphNode): Within {
  const { catalog } = useCanvas();
  const members = useDocument(({ history: { present } }) => {
    const ids = withGroups(present, new Set([group.id]));
    return present.nodes.filter((node) => ids.has(node.id) && isRunnable(node));
  }, sameItems);
  const stands = useRuns((state) => members.map(({ id }) => standOf(nodeRunsOf(state, id))), sameItems);
  const { failed, asking, running, done } = tallyOf(stands);
  const said = [
    failed > 0 ? counted(failed, "{count} failed", "{count} failed") : "",
    asking > 0 ? counted(asking, "{count} waits for a decision", "{count} wait for a decision") : "",
    running > 0 ? t("{count} running", { count: running }) : "",
    done > 0 ? t("{count} done", { count: done }) : "",
  ];
  const names = members.filter((_, i) => stands[i] === "failed").map((node) => labelOf(node, catalog));
  return {
    count: members.length, text: said.filter(Boolean).join(" · "), failed: names.join(", "),
    tone: failed > 0 ? "failed" : asking > 0 ? "hand" : running > 0 ? "running" : done > 0 && done === members.length ? "done" : "",
  };
}
