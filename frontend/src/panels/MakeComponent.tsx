import { useEffect, useMemo, useRef, useState } from "react";

import { explain } from "../actions/action";
import { makeComponent } from "../actions/components-work";
import { withGroups } from "../graph/changes";
import { asText } from "../graph/json";
import { packing, whyNotPacked } from "../graph/pack";
import type { Setting } from "../graph/pack";
import { isShown } from "../graph/params";
import { kindOf } from "../graph/ports";
import { labelOf } from "../graph/problems";
import { isGroup, isRunnable } from "../graph/types";
import { t } from "../language/speak";
import { useCanvas, useDocument, useUi } from "../store/canvas";
import { Dialog } from "./Dialog";

interface Choice extends Setting {
  readonly of: string;
  readonly source: boolean;
}

/** Make a component of what is selected: its name, what goes in and comes out, and which settings it has. */
export function MakeComponent() {
  const canvas = useCanvas();
  const { catalog, ui } = canvas;
  const doc = useDocument((state) => state.history.present);
  const flow = useDocument((state) => state.flow);
  const selected = useUi((state) => state.nodes);
  const why = useMemo(() => whyNotPacked(doc, selected), [doc, selected]);
  const choices = useMemo(() => {
    const ids = withGroups(doc, selected);
    return doc.nodes.filter((node) => ids.has(node.id) && isRunnable(node)).flatMap((node): readonly Choice[] => {
      const kind = kindOf(catalog, node);
      const wired = new Set((flow.into.get(node.id) ?? []).map((wire) => wire.param?.id ?? wire.inlet?.id));
      const shown = kind?.params.filter((param) => !param.advanced && !wired.has(param.id) && isShown(kind, param, node)) ?? [];
      return shown.map((param) => ({ id: param.id, label: param.label, node: node.id, param: param.id, of: labelOf(node, catalog), source: kind?.execution === "source" }));
    });
  }, [doc, flow, catalog, selected]);
  const named = doc.nodes.find((node) => isGroup(node) && selected.has(node.id));
  const [name, setName] = useState(named ? asText(named.data.name) : "");
  const [linked, setLinked] = useState(true);
  const [picked, setPicked] = useState<ReadonlySet<Choice> | null>(null);
  const [labels, setLabels] = useState<Readonly<Record<string, string>>>({});
  const [busy, setBusy] = useState(false);
  const chosen = useMemo(() => picked ?? new Set(choices.filter(({ source }) => source)), [picked, choices]);
  const packed = useMemo(() => packing(doc, catalog, flow, selected, distinct([...chosen])), [doc, catalog, flow, selected, chosen]);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  const close = () => ui.patch({ panel: null });
  const { content } = packed;
  const relabelled = <T extends { readonly id: string; readonly label: string }>(side: string, ports: readonly T[]) =>
    ports.map((port) => ({ ...port, label: renamed(labels[`${side} ${port.id}`], port.label) }));
  const make = () => {
    if (name.trim() === "" || why !== "" || busy) return;
    setBusy(true);
    makeComponent(canvas, packed, { ...content, inputs: relabelled("in", content.inputs), outputs: relabelled("out", content.outputs) }, name.trim(), linked)
      .then(close)
      .catch((error: unknown) => explain(canvas, error))
      .finally(() => setBusy(false));
  };
  const ports = (title: string, side: string, all: readonly { readonly id: string; readonly label: string; readonly type: string }[]) => (
    <fieldset>
      <legend>{title}</legend>
      {all.map(({ id, label, type }) => (
        <label key={id} className="making-port">
          <span>{type.toLowerCase()}</span>
          <input value={labels[`${side} ${id}`] ?? label} maxLength={200} aria-label={side === "in" ? t("Name of input {label}", { label }) : t("Name of output {label}", { label })} onChange={(event) => setLabels({ ...labels, [`${side} ${id}`]: event.target.value })} />
        </label>
      ))}
      {all.length === 0 && <p className="nothing">{t("None.")}</p>}
    </fieldset>
  );
  return (
    <Dialog
      label={t("Make a component")} why={why} onClose={close} onSubmit={make}
      foot={<><button type="button" onClick={close}>{t("Cancel")}</button><button type="submit" className="primary" disabled={why !== "" || name.trim() === "" || busy}>{t("Make it")}</button></>}
    >
      <label className="making-name">{t("Name")}<input ref={field} value={name} maxLength={200} required autoComplete="off" onChange={(event) => setName(event.target.value)} /></label>
      <fieldset>
        <legend>{t("In this workflow")}</legend>
        <label><input type="radio" name="linked" checked={linked} onChange={() => setLinked(true)} /><span>{t("One node in their place, linked to the library")}</span></label>
        <label><input type="radio" name="linked" checked={!linked} onChange={() => setLinked(false)} /><span>{t("Leave the nodes as they are, and copy them into the library")}</span></label>
      </fieldset>
      {ports(t("Inputs"), "in", content.inputs)}
      {ports(t("Outputs"), "out", content.outputs)}
      <fieldset>
        <legend>{t("Settings that each node of it has")}</legend>
        {choices.map((one) => (
          <label key={`${one.node} ${one.param}`}>
            <input
              type="checkbox" checked={chosen.has(one)} onChange={(event) => {
                const { checked } = event.target;
                setPicked(new Set(choices.filter((other) => (other === one ? checked : chosen.has(other)))));
              }}
            /><span>{one.label}<small>{one.of}</small></span>
          </label>
        ))}
        {choices.length === 0 && <p className="nothing">{t("The nodes have none.")}</p>}
      </fieldset>
    </Dialog>
  );
}

/** A name left empty stays as it was. */
function renamed(typed: string | undefined, label: string): string {
  const name = typed?.trim() ?? "";
  return name === "" ? label : name;
}

/** Settings with ids and labels of their own: those of two nodes may be called alike. */
function distinct(chosen: readonly Choice[]): readonly Setting[] {
  const ids = new Set<string>();
  return chosen.map(({ id, label, node, param, of }) => {
    let own = id.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 56);
    for (let n = 2; ids.has(own); n++) own = `${id}_${n}`;
    ids.add(own);
    const alike = chosen.filter((other) => other.label === label).length > 1;
    return { id: own, label: alike ? `${label} (${of})` : label, node, param };
  });
}
