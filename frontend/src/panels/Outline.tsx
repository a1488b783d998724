import { useEffect } from "react";
import type { ReactNode } from "react";

import { action, isApplicable } from "../actions";
import { withKey } from "../actions/keyboard";
import { goToEntry } from "../actions/entry";
import { groupName } from "../graph/changes";
import { hiders } from "../graph/hidden";
import { asText } from "../graph/json";
import { arrange } from "../graph/layout";
import { isRunnable } from "../graph/types";
import type { Doc, GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { useWithin } from "../nodes/use-within";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { EditorSwitch } from "./EditorSwitch";
import { Icon } from "./icons";
import { Entry } from "./OutlineEntry";

const NO_SIZES = new Map();

/** Sources first, then what they feed; beside each other from top to bottom. */
function inOrder(doc: Doc): readonly GraphNode[] {
  const places = arrange(doc, NO_SIZES);
  const at = (node: GraphNode) => places.get(node.id) ?? node.position;
  return doc.nodes.filter(isRunnable).sort((a, b) => at(a).x - at(b).x || at(a).y - at(b).y);
}

/** The same workflow as a list of forms: add, connect, fill, run, decide and look, without a plane and without a mouse. */
export function Outline({ whole }: { /** In place of the canvas, not beside it. */ readonly whole: boolean }) {
  const canvas = useCanvas();
  const { ui, readOnly } = canvas;
  const doc = useDocument((state) => state.history.present);
  const entry = useUi((state) => state.entry);
  const added = useUi(({ nodes }) => (whole && nodes.size === 1 ? ([...nodes][0] ?? null) : null));
  useEffect(() => {
    if (added !== null && ui.get().entry !== added) goToEntry(canvas, added);
  }, [canvas, ui, added]);
  const nodes = inOrder(doc);
  const hidden = hiders(doc);
  const groups = new Map(doc.nodes.map((node) => [node.id, node]));
  const turn = (id: string) => {
    const opened = ui.get().entry === id ? (hidden.get(id) ?? null) : id; // a folded group stays open around what is closed in it
    ui.patch({ entry: opened });
    if (whole) ui.select(opened === null ? [] : [opened]); // keys are for what is seen open
  };
  const draw = (node: GraphNode) => <Entry key={node.id} node={node} open={entry === node.id} onOpen={() => turn(node.id)} />;
  const told = new Set<string>();
  const history = action("history");
  const count = counted(nodes.length, "{count} node", "{count} nodes");
  return (
    <section className={`panel outline${whole ? " whole" : ""}`} aria-label={t("Outline")}>
      <div className="panel-head">
        {whole ? <><EditorSwitch /><h2><small>{count}</small></h2></> : <h2>{t("Outline")}<small>{count}</small></h2>}
        {!readOnly && <button type="button" onClick={() => action("add").perform(canvas)}><Icon name="plus" size={14} />{t("Add")}</button>}
        {!whole && <button type="button" className="quiet square" aria-label={t("Close")} onClick={() => ui.patch({ panel: null })}><Icon name="close" size={15} /></button>}
      </div>
      <div className="panel-body">
        <ol>
          {nodes.map((node) => {
            const group = groups.get(hidden.get(node.id) ?? "");
            if (!group) return draw(node);
            if (told.has(group.id)) return null;
            told.add(group.id);
            const members = nodes.filter(({ id }) => hidden.get(id) === group.id);
            return <Folded key={group.id} group={group} open={entry === group.id || members.some(({ id }) => id === entry)} onOpen={turn}>{members.map(draw)}</Folded>;
          })}
          {nodes.length === 0 && <li className="nothing">{t("Nothing here yet. Add a node to begin.")}</li>}
        </ol>
        {whole && isApplicable(history, canvas) && <button type="button" className="history" title={withKey(canvas, history)} onClick={() => history.perform(canvas)}><Icon name="clock" size={15} />{history.label}</button>}
      </div>
    </section>
  );
}

interface FoldedProps {
  readonly group: GraphNode;
  readonly open: boolean;
  readonly onOpen: (id: string) => void;
  readonly children: readonly ReactNode[];
}

/** A group that is folded on the canvas: one entry that says how the run stands within, and opens here without opening there. */
function Folded({ group, open, onOpen, children }: FoldedProps) {
  const { ui } = useCanvas();
  const { count, text, failed, tone } = useWithin(group);
  const facts = [counted(count, "{count} node", "{count} nodes"), text, failed && t("Failed: {names}", { names: failed })];
  return (
    <li className={`folded s-${tone}`} ref={(entry) => entry?.style.setProperty("--cat", asText(group.data.color, "#5aa9ff"))}>
      <button type="button" className="entry" id={`entry-${group.id}`} aria-expanded={open} onClick={() => (open ? ui.patch({ entry: null }) : onOpen(group.id))}>
        <i /><span>{groupName(group)}<small>{facts.filter(Boolean).join(" · ")}</small></span>
        <Icon name="down" size={13} />
      </button>
      {open && <ol>{children}</ol>}
    </li>
  );
}
