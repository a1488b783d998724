import { goTo } from "../actions/view";
import { labelOf } from "../graph/problems";
import type { Problem } from "../graph/problems";
import { useCanvas, useDocument } from "../store/canvas";
import { isPhone } from "../store/ui";
import { Icon } from "./icons";

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
  const nameOf = (id: string) => {
    const node = document.doc().nodes.find((candidate) => candidate.id === id);
    return node ? labelOf(node, catalog) : id;
  };
  return (
    <section className="panel problems" aria-label="Problems">
      <div className="panel-head">
        <h2>{sorted.length === 0 ? "No problems" : `${sorted.length} ${sorted.length === 1 ? "problem" : "problems"}`}</h2>
        <button type="button" className="quiet square" aria-label="Close" onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>
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
          </li>
        ))}
        {sorted.length === 0 && <li className="nothing">Everything is ready to run.</li>}
      </ul>
    </section>
  );
}
