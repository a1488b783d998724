import { useState } from "react";

import { goTo } from "../actions/view";
import { labelOf } from "../graph/problems";
import type { Problem } from "../graph/problems";
import { migrationOf } from "../graph/retired";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { isPhone } from "../store/ui";
import { Icon } from "./icons";
import { Retired } from "./Retired";

/** What keeps the graph from running, each leading to its node. */
export function Problems() {
  const canvas = useCanvas();
  const { catalog, document, ui } = canvas;
  const problems = useDocument((state) => state.problems);
  const sorted = problems.toSorted((a, b) => (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1));
  const show = (problem: Problem) => {
    if (problem.nodeId !== "") goTo(canvas, problem.nodeId);
    if (problem.edgeId !== "") ui.select([], [problem.edgeId]);
    if (isPhone()) ui.patch({ panel: null });
  };
  const nodeOf = (id: string) => document.doc().nodes.find((candidate) => candidate.id === id);
  const nameOf = (id: string) => {
    const node = nodeOf(id);
    return node ? labelOf(node, catalog) : id;
  };
  return (
    <section className="panel problems" aria-label={t("Problems")}>
      <div className="panel-head">
        <h2>{sorted.length === 0 ? t("No problems") : counted(sorted.length, "{count} problem", "{count} problems")}</h2>
        <button type="button" className="quiet square" aria-label={t("Close")} onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>
      </div>
      <ul className="panel-body">
        {sorted.map((problem, i) => (
          <li key={`${problem.rule}-${problem.nodeId}-${problem.edgeId}-${problem.field}-${i}`}>
            <button type="button" className={problem.severity} onClick={() => show(problem)} title={problem.rule}>
              <Icon name="warning" size={15} />
              <span>
                {problem.nodeId !== "" && <strong>{nameOf(problem.nodeId)}</strong>}
                {problem.message}
                {problem.fix !== "" && <small>{problem.fix}</small>}
              </span>
            </button>
            {problem.rule === "retired-model" && <Fix node={nodeOf(problem.nodeId)} />}
          </li>
        ))}
        {sorted.length === 0 && <li className="nothing">{t("Everything is ready to run.")}</li>}
      </ul>
    </section>
  );
}

/** For a retired model: what the move to the one in its place changes, and only then the move. */
function Fix({ node }: { readonly node: GraphNode | undefined }) {
  const { catalog, readOnly } = useCanvas();
  const [open, setOpen] = useState(false);
  if (readOnly || !node || migrationOf(catalog, node) === null) return null;
  return (
    <>
      <button type="button" className="fix" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? t("Not now") : t("Fix…")}</button>
      {open && <Retired node={node} />}
    </>
  );
}
