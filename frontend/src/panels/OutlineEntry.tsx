import { useState } from "react";

import { action, isApplicable } from "../actions";
import type { CanvasAction } from "../actions/action";
import { drawWire } from "../actions/editing";
import { startRun } from "../actions/running";
import { goToEntry } from "../actions/entry";
import { Field } from "../fields/Field";
import type { NodeKind, Param } from "../graph/catalog";
import { remove, setData } from "../graph/changes";
import type { Flow } from "../graph/flow";
import { isPinned, modeOf } from "../graph/modes";
import { isShown } from "../graph/params";
import { startOf } from "../graph/plan";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import type { Doc, GraphNode } from "../graph/types";
import { wirableAt } from "../graph/wirable";
import { t } from "../language/speak";
import type { NodeRun } from "../live/run";
import { Progress } from "../nodes/Card";
import { Decision } from "../nodes/Decision";
import { sayOutlook } from "../nodes/Outlook";
import { partOf } from "../nodes/part";
import { useErrors, useNodeRuns, useOutlook, useResults, useStatus, useTakes } from "../nodes/use-node";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";
import { ResultTab } from "./ResultTab";

const SWITCHES = ["disable", "bypass", "pin"];

interface Props {
  readonly node: GraphNode;
  readonly open: boolean;
  readonly onOpen: () => void;
}

/** One node: its name, how it stands, what it made and asks; opened, its wires, settings, results and what can be done with it. */
export function Entry({ node, open, onOpen }: Props) {
  const canvas = useCanvas();
  const doc = useDocument((state) => state.history.present);
  const flow = useDocument((state) => state.flow);
  const { catalog, document, mayRun, readOnly } = canvas;
  const kind = kindOf(catalog, node);
  const nodeRuns = useNodeRuns(node.id);
  const status = useStatus(node.id, kind, nodeRuns, useTakes(node.id, kind));
  const outlook = useOutlook(node.id);
  const errors = useErrors(node.id);
  const name = labelOf(node, catalog);
  const needs = (flow.into.get(node.id) ?? []).map((wire) => {
    const source = doc.nodes.find(({ id }) => id === wire.edge.source);
    return { id: wire.edge.id, text: t("{port} from {node}", { port: wire.inlet?.label ?? wire.edge.targetHandle, node: source ? labelOf(source, catalog) : t("a node that is gone") }) };
  });
  const wired = new Set((flow.into.get(node.id) ?? []).map((wire) => wire.param?.id ?? wire.inlet?.id));
  const shown = kind?.params.filter((param) => !wired.has(param.id) && isShown(kind, param, node)) ?? [];
  const usual = shown.filter((param) => !param.advanced);
  const rest = shown.filter((param) => param.advanced);
  const running = nodeRuns.filter((nodeRun) => nodeRun.status === "RUNNING");
  const asking = nodeRuns.filter((nodeRun) => nodeRun.status === "WAITING");
  const draw = (param: Param) => kind && <Field key={param.id} node={node} kind={kind} param={param} />;
  return (
    <li className={`s-${status.tone}`} data-category={kind?.category ?? "unknown"}>
      <button type="button" className="entry" id={`entry-${node.id}`} aria-expanded={open} onClick={onOpen}>
        <i /><span>{name}<small>{[status.text, outlook && kind ? sayOutlook(outlook, kind) : "", ...errors.map(({ message }) => message)].filter(Boolean).join(" · ")}</small></span>
        {kind && !open && <Made node={node} kind={kind} nodeRuns={nodeRuns} />}
        <Icon name="down" size={13} />
      </button>
      {running.length > 0 && <Progress part={partOf(running)} />}
      {asking.length > 0 && <Decision id={node.id} asking={asking} />}
      {open && (
        <div className="entry-body">
          {needs.map(({ id, text }) => (
            <p key={id} className="needs">{text}{!readOnly && <button type="button" className="small" aria-label={t("Cut: {text}", { text })} onClick={() => document.edit(t("Cut wire"), remove(new Set(), new Set([id])))}>{t("Cut")}</button>}</p>
          ))}
          {!readOnly && <Name node={node} name={name} />}
          {!readOnly && <Connect node={node} doc={doc} flow={flow} name={name} />}
          {usual.map(draw)}
          {rest.length > 0 && <details><summary>{t("Advanced")}</summary>{rest.map(draw)}</details>}
          {errors.map(({ message, fix }) => <p key={message} className="card-note bad">{message}{fix && <small>{fix}</small>}</p>)}
          {kind && nodeRuns.length > 0 && <ResultTab node={node} kind={kind} onGo={(id) => goToEntry(canvas, id)} />}
          <div className="row">
            {mayRun && <button type="button" className="small" onClick={() => void startRun(canvas, startOf([node.id]))}>{t("Run this and what it needs")}</button>}
            {!readOnly && SWITCHES.map(action).map((item) => <Switch key={item.name} item={item} node={node} />)}
            {!readOnly && <button type="button" className="small" onClick={() => document.edit(t("Delete"), remove(new Set([node.id]), new Set()))}>{t("Delete")}</button>}
          </div>
        </div>
      )}
    </li>
  );
}

/** What a closed entry shows of what its node made. */
function Made({ node, kind, nodeRuns }: { readonly node: GraphNode; readonly kind: NodeKind; readonly nodeRuns: readonly NodeRun[] }) {
  const { items, index } = useResults(node, kind, nodeRuns);
  const item = items[index];
  if (item?.kind !== "media" || item.media.thumbnail === "" || (item.media.kind !== "image" && item.media.kind !== "video")) return null;
  if (item.media.kind === "video" && item.media.thumbnail === item.media.url) return null; // no still of it was made
  return <img className="made" src={item.media.thumbnail} alt="" loading="lazy" decoding="async" />;
}

/** Disables, bypasses or pins one node, and says whether it is. */
function Switch({ item, node }: { readonly item: CanvasAction; readonly node: GraphNode }) {
  const canvas = useCanvas();
  const [word, on] = item.name === "pin" ? [t("Pin result"), isPinned(node)] : item.name === "bypass" ? [t("Bypass"), modeOf(node) === "bypassed"] : [t("Disable"), modeOf(node) === "disabled"];
  const perform = () => {
    canvas.ui.select([node.id]);
    if (isApplicable(item, canvas)) item.perform(canvas);
  };
  if (item.name === "pin" && kindOf(canvas.catalog, node)?.execution === "source") return null;
  return <button type="button" className="small" aria-pressed={on} onClick={perform}>{word}</button>;
}

/** What the node is called; left empty it keeps the name it has. */
function Name({ node, name }: { readonly node: GraphNode; readonly name: string }) {
  const { document } = useCanvas();
  const [typed, setTyped] = useState<string | null>(null);
  const keep = () => {
    const label = typed?.trim() ?? "";
    if (label !== "" && label !== name) document.edit(t("Rename"), setData(node.id, { label }));
    setTyped(null);
  };
  return (
    <label className="connect">{t("Title")}
      <input
        value={typed ?? name} maxLength={120} autoComplete="off" onChange={(event) => setTyped(event.target.value)}
        onBlur={keep} onKeyDown={(event) => event.key === "Enter" && keep()}
      />
    </label>
  );
}

/** Every wire that fits at a node, to choose from. */
function Connect({ node, doc, flow, name }: { readonly node: GraphNode; readonly doc: Doc; readonly flow: Flow; readonly name: string }) {
  const canvas = useCanvas();
  const all = wirableAt(doc, canvas.catalog, flow, node.id);
  if (all.length === 0) return null;
  return (
    <label className="connect">{t("Connect {name}", { name })}
      <select
        value="" onChange={(event) => {
          const chosen = all[Number(event.target.value)];
          if (chosen) drawWire(canvas, chosen.link);
        }}
      >
        <option value="">{t("choose where to…")}</option>
        {all.map(({ own, other, side, replaces }, i) => (
          <option key={i} value={i}>{side === "out" ? t("{own} to {other}", { own, other }) : t("{own} from {other}", { own, other })}{replaces ? t(" (in place of its wire)") : ""}</option>
        ))}
      </select>
    </label>
  );
}
