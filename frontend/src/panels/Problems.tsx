import { useRef, useState } from "react";

import { showProblem } from "../actions/problem-places";
import { mendOf } from "../graph/mends";
import type { Mend } from "../graph/mends";
import { labelOf } from "../graph/problems";
import { migrationOf } from "../graph/retired";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { undoing } from "../store/take-back";
import { isPhone } from "../store/ui";
import { Icon } from "./icons";
import { Retired } from "./Retired";

/** What keeps the graph from running, each with what mends it for sure, and the way to its field, handle or wire. */
export function Problems() {
  const canvas = useCanvas();
  const { catalog, document, readOnly, ui } = canvas;
  const problems = useDocument((state) => state.problems);
  const doc = useDocument((state) => state.history.present);
  const flow = useDocument((state) => state.flow);
  const outside = useDocument((state) => state.outside);
  const sorted = problems.toSorted((a, b) => (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1));
  const panel = useRef<HTMLElement>(null);
  const mend = (found: Mend) => {
    if ("open" in found) {
      ui.patch({ ...(isPhone() ? { panel: null } : {}), [found.open]: { nodeId: found.nodeId, paramId: found.paramId } });
      return;
    }
    const before = document.doc();
    document.edit(found.label, found.change);
    ui.toast(t("Done: {what}", { what: found.label }), { action: undoing(document, found.label, before) });
    requestAnimationFrame(() => panel.current?.querySelector<HTMLElement>(".panel-body button, .panel-head button")?.focus());
  };
  const nodeOf = (id: string) => document.doc().nodes.find((candidate) => candidate.id === id);
  const nameOf = (id: string) => {
    const node = nodeOf(id);
    return node ? labelOf(node, catalog) : id;
  };
  return (
    <section className="panel problems" ref={panel} aria-label={t("Problems")}>
      <div className="panel-head">
        <h2>{sorted.length === 0 ? t("No problems") : counted(sorted.length, "{count} problem", "{count} problems")}</h2>
        <button type="button" className="quiet square" aria-label={t("Close")} onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>
      </div>
      <ul className="panel-body">
        {sorted.map((problem, i) => {
          const found = readOnly ? null : mendOf(doc, catalog, flow, problem);
          const show = () => void showProblem(canvas, problem);
          return (
            <li key={`${problem.rule}-${problem.nodeId}-${problem.edgeId}-${problem.field}-${i}`}>
              <button type="button" id={`problem-${i}`} className={problem.severity} onClick={show} title={problem.rule}>
                <Icon name="warning" size={15} />
                <span>
                  {problem.nodeId !== "" && <strong>{nameOf(problem.nodeId)}</strong>}
                  {problem.message}
                  {problem.fix !== "" && <small>{problem.fix}</small>}
                </span>
              </button>
              <div className="mends">
                {problem.rule === "retired-model" && <Fix node={nodeOf(problem.nodeId)} />}
                {found && <button type="button" className="fix" aria-describedby={`problem-${i}`} onClick={() => mend(found)}>{found.label}</button>}
                <button type="button" className="fix quiet" aria-describedby={`problem-${i}`} onClick={show}>{t("Show")}</button>
              </div>
            </li>
          );
        })}
        {outside.map((problem) => (
          <li key={`${problem.nodeId}-${problem.field}`}>
            <button type="button" className="outside" onClick={() => void showProblem(canvas, problem)}>
              <Icon name="socket" size={15} />
              <span><strong>{nameOf(problem.nodeId)}</strong>{problem.message}<small>{t("In the component it comes from outside. To run it here, give it one.")}</small></span>
            </button>
          </li>
        ))}
        {sorted.length + outside.length === 0 && <li className="nothing">{t("Everything is ready to run.")}</li>}
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
