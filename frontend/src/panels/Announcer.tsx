import { useEffect, useState } from "react";

import { labelOf } from "../graph/problems";
import { t } from "../language/speak";
import { isOver } from "../live/run";
import type { NodeStatus, RunStatus } from "../live/run";
import { useCanvas } from "../store/canvas";
import { currentRun } from "../store/run";

const SAID: Readonly<Partial<Record<NodeStatus, (name: string) => string>>> = {
  RUNNING: (name) => t("{name} runs.", { name }), COMPLETED: (name) => t("{name} is done.", { name }),
  FAILED: (name) => t("{name} failed.", { name }), WAITING: (name) => t("{name} needs approval.", { name }),
};
const ENDED: Readonly<Record<RunStatus, string>> = { RUNNING: "", COMPLETED: t("The run is done."), FAILED: t("The run failed."), CANCELLED: t("The run was stopped.") };

/** Says how a run goes to those who cannot see it: each node once per step, and the end. */
export function Announcer() {
  const { catalog, document, runs } = useCanvas();
  const [text, setText] = useState("");
  useEffect(() => {
    let before = currentRun(runs.get());
    return runs.subscribe(() => {
      const run = currentRun(runs.get());
      if (run === null || run === before) return;
      const earlier = before?.id === run.id ? before : null;
      before = run;
      const news = [...run.byNode].flatMap(([id, nodeRuns]) => {
        const [status, was] = [nodeRuns.at(-1)?.status, earlier?.byNode.get(id)?.at(-1)?.status];
        const say = status && status !== was ? SAID[status] : undefined;
        const node = document.doc().nodes.find((candidate) => candidate.id === id);
        return say && node && earlier ? say(labelOf(node, catalog)) : [];
      });
      if (isOver(run) && earlier && !isOver(earlier)) news.push(ENDED[run.status]);
      if (news.length > 0) setText(news.join(" "));
    });
  }, [catalog, document, runs]);
  return <p className="sr" role="status">{text}</p>;
}
