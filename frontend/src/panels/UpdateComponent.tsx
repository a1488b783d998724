import { useEffect, useMemo, useState } from "react";

import { explain, onlyNode } from "../actions/action";
import { library, readComponent, watchLibrary } from "../actions/components-work";
import { setData } from "../graph/changes";
import type { JsonObject } from "../graph/json";
import { labelOf } from "../graph/problems";
import { nodeTypeOf } from "../graph/types";
import type { GraphEdge, GraphNode } from "../graph/types";
import { outdated, update, versionOf } from "../graph/update";
import type { Difference } from "../graph/update";
import { credits } from "../nodes/status";
import { useCanvas, useDocument } from "../store/canvas";
import { useSlice } from "../store/store";
import { Dialog } from "./Dialog";
import { Icon } from "./icons";
import { t } from "../language/speak";

/** On the card of a component: that the library has a newer version of it. */
export function UpdateNote({ node }: { readonly node: GraphNode }) {
  const canvas = useCanvas();
  const newest = useSlice(library, ({ listed }) => listed?.find(({ nodeType }) => nodeType === nodeTypeOf(node))?.version ?? 0);
  useEffect(() => watchLibrary(canvas), [canvas]);
  const own = versionOf(node);
  if (canvas.readOnly || own === null || own >= newest) return null;
  const keeps = node.data.keepsVersion === true;
  const open = () => {
    canvas.ui.select([node.id]);
    canvas.ui.patch({ panel: "update" });
  };
  return (
    <button type="button" className={`update-note nodrag${keeps ? " quiet" : ""}`} onClick={open}>
      <Icon name={keeps ? "pin" : "refresh"} size={13} /><span>{keeps ? t("Stays on version {own}", { own }) : t("Update available")}</span><small>{t("version {newest}", { newest })}</small>
    </button>
  );
}

const SAID = {
  inputs: (name: string) => t("Input “{name}”", { name }), outputs: (name: string) => t("Output “{name}”", { name }), settings: (name: string) => t("Setting “{name}”", { name }),
};
const HOW = { new: t("new"), gone: t("gone"), changed: t("changed") };

export function PortChanges({ ports }: { readonly ports: readonly Difference[] }) {
  return (
    <ul className="port-changes">
      {ports.map(({ side, label, how }) => <li key={`${side} ${label} ${how}`} className={how}><b>{HOW[how]}</b><span>{SAID[side](label)}</span></li>)}
    </ul>
  );
}

/** What another version of a component would change here, and the way to it. */
export function UpdateComponent() {
  const canvas = useCanvas();
  const { catalog, document, ui } = canvas;
  const [id] = useState(() => onlyNode(canvas));
  const doc = useDocument((state) => state.history.present);
  const node = doc.nodes.find((one) => one.id === id);
  const nodeType = node ? nodeTypeOf(node) : "";
  const [newest, setNewest] = useState<{ readonly version: number; readonly carried: JsonObject } | null>(null);
  const close = () => ui.patch({ panel: null });
  useEffect(() => {
    if (nodeType === "") return;
    readComponent(canvas, nodeType.replace("component:", "")).then(setNewest).catch((error: unknown) => {
      canvas.ui.patch({ panel: null });
      explain(canvas, error);
    });
  }, [canvas, nodeType]);
  const older = newest && nodeType !== "" ? outdated(doc, nodeType, newest.version).map((other) => other.id) : [];
  const all = new Set(id === null ? older : [...older, id]);
  const every = newest && all.size > 1 ? update(doc, catalog, all, newest.carried) : null;
  const one = useMemo(() => (newest && id !== null ? update(doc, catalog, new Set([id]), newest.carried) : null), [doc, catalog, newest, id]);
  if (!node || id === null) return null;
  const perform = (ids: ReadonlySet<string>) => {
    if (newest) document.edit(ids.size === 1 ? t("Update component") : t("Update components"), (now) => update(now, catalog, ids, newest.carried).doc);
    close();
  };
  const keep = () => {
    document.edit(t("Keep the version"), setData(id, { keepsVersion: true }));
    close();
  };
  const ends = ({ source, target }: GraphEdge) => [source, target].map((end) => doc.nodes.find((other) => other.id === end)).map((other) => (other ? labelOf(other, catalog) : "?")).join(" → ");
  const [before, after] = one?.credits ?? [0, 0];
  const calm = one !== null && one.ports.length === 0 && before === after;
  return (
    <Dialog
      label={t("Update the component")} title={t("Update “{name}”", { name: labelOf(node, catalog) })} busy={newest === null} onClose={close}
      foot={(
        <>
          {node.data.keepsVersion !== true && <button type="button" className="quiet" title={t("No update is offered for this one; it goes on running as it is")} onClick={keep}>{t("Keep version {own}", { own: versionOf(node) ?? "…" })}</button>}
          <span className="grow" />
          {all.size > 1 && <button type="button" disabled={!newest} onClick={() => perform(all)}>{t("Update all {number} here", { number: all.size })}</button>}
          <button type="button" className="primary" disabled={!newest} ref={focusOn} onClick={() => perform(new Set([id]))}>{t("Update")}</button>
        </>
      )}
    >
      <p className="making-line">{t("Version {own} is here; the library has version {newest}.", { own: versionOf(node) ?? "…", newest: newest?.version ?? "…" })}</p>
      {one && calm && <p className="making-line muted">{t("Nodes inside changed. Inputs, outputs, settings and price stay the same.")}</p>}
      {one && one.ports.length > 0 && <PortChanges ports={one.ports} />}
      {one && before !== after && <p className="making-line">{t("A run of it costs {after}, not {before} as now.", { after: credits(after), before: credits(before) })}</p>}
      {one && <Wires title={t("Wires that come loose")} wires={one.loose.map(ends)} />}
      {one && <Wires title={t("Wires that fit no longer, and stay for you to see")} wires={one.unfit.map(ends)} />}
      {one && every && <Wires title={t("Wires that come loose as well when all {number} are updated", { number: all.size })} wires={beside(every.loose, one.loose).map(ends)} />}
      {one && every && <Wires title={t("Wires that fit no longer as well when all {number} are updated", { number: all.size })} wires={beside(every.unfit, one.unfit).map(ends)} />}
    </Dialog>
  );
}

/** Those that are not among the others. */
function beside(wires: readonly GraphEdge[], others: readonly GraphEdge[]): readonly GraphEdge[] {
  const known = new Set(others.map(({ id }) => id));
  return wires.filter(({ id }) => !known.has(id));
}

function Wires({ title, wires }: { readonly title: string; readonly wires: readonly string[] }) {
  if (wires.length === 0) return null;
  return <div className="loose-wires"><h3>{title}</h3><ul>{wires.map((text, i) => <li key={`${i} ${text}`}>{text}</li>)}</ul></div>;
}

function focusOn(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true });
}
