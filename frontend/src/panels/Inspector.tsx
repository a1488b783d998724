import { useEffect, useState } from "react";

import { copyForPeople } from "../actions/system-clipboard";
import { uncover } from "../actions/view";
import { Field } from "../fields/Field";
import type { NodeKind, Param } from "../graph/catalog";
import { setData } from "../graph/changes";
import { asTexts } from "../graph/json";
import { isShown } from "../graph/params";
import { kindOf, paramPort } from "../graph/ports";
import { isGroup, isNote, nodeTypeOf } from "../graph/types";
import type { GraphNode } from "../graph/types";
import { t } from "../language/speak";
import { Fed } from "../nodes/CardFields";
import { nameOf } from "../graph/catalog";
import { useErrors, useNodeRuns, useStatus, useTakes, useWires } from "../nodes/use-node";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import type { Canvas } from "../store/canvas";
import { Icon, categoryIcon } from "./icons";
import { Policies } from "./Policies";
import { ResultTab } from "./ResultTab";
import { Retired } from "./Retired";
import { RunsTab } from "./RunsTab";
import { ServedBy } from "./ServedBy";

type Tab = "settings" | "result" | "runs" | "help";
const TABS: readonly (readonly [Tab, string])[] = [["settings", t("Settings")], ["result", t("Result")], ["runs", t("Runs")], ["help", t("Help")]];

/** Everything about the selected node. */
export function Inspector() {
  const canvas = useCanvas();
  const { ui } = canvas;
  const open = useUi((state) => state.inspector);
  const id = useUi(({ nodes }) => (nodes.size === 1 ? ([...nodes][0] ?? null) : null));
  useEffect(() => (open && id !== null ? uncoverLater(canvas, id) : undefined), [canvas, open, id]);
  return open && id !== null && <NodeSheet id={id} closing={t("Close (I)")} onClose={() => ui.patch({ inspector: false })} />;
}

/** The view may just glide to the card, in milliseconds. */
const GLIDING = 300;

/** However the card was chosen and the settings opened: let them not lie over it. One that is dragged stays under the hand. */
function uncoverLater(canvas: Canvas, id: string): () => void {
  const { document, ui } = canvas;
  const placeOf = () => document.doc().nodes.find((node) => node.id === id)?.position;
  const before = placeOf();
  const timer = window.setTimeout(() => ui.get().moving === null && placeOf() === before && uncover(canvas, id), GLIDING);
  return () => clearTimeout(timer);
}

/** Everything about a node of the canvas around it, which may be that of an earlier run. */
export function NodeSheet({ id, closing, onClose }: { readonly id: string; readonly closing: string; readonly onClose: () => void }) {
  const { catalog } = useCanvas();
  const node = useDocument((state) => state.history.present.nodes.find((candidate) => candidate.id === id) ?? null);
  const [tab, setTab] = useState<Tab>("settings");
  if (!node || isNote(node) || isGroup(node)) return null;
  const kind = kindOf(catalog, node);
  return (
    <aside className="panel inspector" aria-label={t("Settings of the node")}>
      <div className="panel-head" data-category={kind?.category ?? "unknown"}>
        <span className="kind-icon"><Icon name={kind ? categoryIcon(kind.category) : "warning"} /></span>
        <h2>{nameOf(node, kind)}<small>{kind?.title ?? nodeTypeOf(node)}</small></h2>
        <button type="button" className="quiet square" aria-label={t("Close")} title={closing} onClick={onClose}><Icon name="close" size={15} /></button>
      </div>
      <div className="tabs" role="tablist">
        {TABS.map(([name, label]) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>{label}</button>
        ))}
      </div>
      <div className="panel-body">
        {kind === null && <p className="nothing">{t("This node type is not known here. Its settings and wires are kept as they are.")}</p>}
        {kind && tab === "settings" && <Settings node={node} kind={kind} />}
        {kind && tab === "result" && <ResultTab node={node} kind={kind} />}
        {kind && tab === "runs" && <RunsTab key={id} node={node} kind={kind} />}
        {kind && tab === "help" && <Help node={node} kind={kind} />}
      </div>
    </aside>
  );
}

function Settings({ node, kind }: { readonly node: GraphNode; readonly kind: NodeKind }) {
  const [advanced, setAdvanced] = useState(false);
  const { into } = useWires(node.id);
  const errors = useErrors(node.id);
  const status = useStatus(node.id, kind, useNodeRuns(node.id), useTakes(node.id, kind));
  const shown = kind.params.filter((param) => isShown(kind, param, node));
  const usual = shown.filter((param) => !param.advanced);
  const rest = shown.filter((param) => param.advanced);
  const draw = (param: Param) => {
    const wire = into.find((candidate) => (candidate.param ? candidate.param === param : candidate.inlet?.id === param.id));
    return (
      <div className="setting" key={param.id}>
        {wire ? <Fed label={param.label} from={wire.edge.source} /> : <Field node={node} kind={kind} param={param} />}
        <OnCard node={node} kind={kind} param={param} />
      </div>
    );
  };
  return (
    <>
      {status.tone !== "idle" && <p className={`badge wide ${status.tone}`}>{status.icon && <Icon name={status.icon} size={14} />}<span>{status.text}</span></p>}
      <Retired node={node} />
      {errors.map(({ message, fix }) => <p key={message} className="card-note bad">{message}{fix && <small>{fix}</small>}</p>)}
      {usual.map(draw)}
      {rest.length > 0 && (
        <button type="button" className="fold" aria-expanded={advanced} onClick={() => setAdvanced(!advanced)}><Icon name="down" size={13} />{t("Advanced")}<span>{rest.length}</span></button>
      )}
      {advanced && rest.map(draw)}
      {kind.execution === "remote" && <ServedBy id={node.id} />}
      {kind.sources ? null : <Policies key={node.id} node={node} kind={kind} />}
      {shown.length === 0 && <p className="nothing">{t("This node has no settings.")}</p>}
    </>
  );
}

/** Puts a setting on the card, where a wire can reach it, or takes it off again. */
function OnCard({ node, kind, param }: { readonly node: GraphNode; readonly kind: NodeKind; readonly param: Param }) {
  const { document, readOnly } = useCanvas();
  if (readOnly || kind.inputs.some((port) => port.id === param.id)) return null;
  const pinned = asTexts(node.data.cardParams);
  const on = pinned.includes(param.id);
  const wirable = paramPort(kind, param) !== null;
  const label = on ? t("Take it off the card") : wirable ? t("Show on the card, with a socket for a wire") : t("Show on the card");
  return (
    <button
      type="button" className={`on-card${on ? " on" : ""}`} aria-pressed={on} aria-label={label} title={label}
      onClick={() => document.edit(label, setData(node.id, { cardParams: on ? pinned.filter((id) => id !== param.id) : [...pinned, param.id] }))}
    ><Icon name="socket" size={14} /></button>
  );
}

function Help({ node, kind }: { readonly node: GraphNode; readonly kind: NodeKind }) {
  const canvas = useCanvas();
  return (
    <div className="help">
      <p>{kind.summary}</p>
      {kind.inputs.length > 0 && <h3>{t("Takes")}</h3>}
      <ul>{kind.inputs.map((port) => <li key={port.id}><strong>{port.label}</strong> {port.type.toLowerCase()}{port.multiple ? t(", several") : ""}{port.required ? t(", required") : ""}{port.note && <small>{port.note}</small>}</li>)}</ul>
      {kind.outputs.length > 0 && <h3>{t("Gives")}</h3>}
      <ul>{kind.outputs.map((port) => <li key={port.id}><strong>{port.label}</strong> {port.type.toLowerCase()}{port.multiple ? t(", a list") : ""}</li>)}</ul>
      <h3>{t("Names")}</h3>
      <p className="ids">
        {[kind.name, node.id].map((id) => (
          <span key={id}><code>{id}</code><button type="button" className="quiet square" aria-label={t("Copy {what}", { what: id })} title={t("Copy {what}", { what: id })} onClick={() => void copyForPeople(canvas, id, t("Copied."))}><Icon name="copy" size={13} /></button></span>
        ))}
      </p>
    </div>
  );
}
