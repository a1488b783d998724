import { useEffect, useMemo, useState } from "react";

import { explain } from "../actions/action";
import { placeAt } from "../actions/components";
import { readComponent } from "../actions/components-work";
import type { Known } from "../actions/components-work";
import { readUses, saveComponent } from "../actions/workbench-work";
import { benchContent, offers, sameInside } from "../graph/bench";
import type { Offer, Picked } from "../graph/bench";
import type { JsonObject } from "../graph/json";
import { componentData, whyNotPacked } from "../graph/pack";
import { parseEdges, parseNodes } from "../graph/parse";
import { kindOf } from "../graph/ports";
import { differences } from "../graph/update";
import { credits } from "../nodes/status";
import { useCanvas, useDocument } from "../store/canvas";
import { Dialog } from "./Dialog";
import { PortChanges } from "./UpdateComponent";
import { counted, t } from "../language/speak";

type UsesOf = Awaited<ReturnType<typeof readUses>>;

/** Make a version of the component whose inside is open: what it is reached by, what changes, and for whom. */
export function SaveComponent() {
  const canvas = useCanvas();
  const { bench, catalog, trail, ui } = canvas;
  const id = bench?.id ?? "";
  const doc = useDocument((state) => state.history.present);
  const flow = useDocument((state) => state.flow);
  const [known, setKnown] = useState<(Known & { readonly uses: UsesOf }) | null>(null);
  const [picked, setPicked] = useState<Picked>({ taken: {}, names: {} });
  const [busy, setBusy] = useState(false);
  const close = () => ui.patch({ panel: null });
  useEffect(() => {
    Promise.all([readComponent(canvas, id), readUses(canvas, id)]).then(([newest, uses]) => setKnown({ ...newest, uses })).catch((error: unknown) => {
      canvas.ui.patch({ panel: null });
      explain(canvas, error);
    });
  }, [canvas, id]);
  const why = useMemo(() => whyNotPacked(doc, new Set(doc.nodes.map((node) => node.id))), [doc]);
  const offered = useMemo(() => (known ? offers(doc, catalog, flow, known.carried) : null), [doc, catalog, flow, known]);
  const content = useMemo(() => (offered && why === "" ? benchContent(doc, catalog, flow, offered, picked) : null), [offered, why, doc, catalog, flow, picked]);
  const ports = known && content ? differences(known.carried, content) : [];
  const price = (carried: JsonObject) => kindOf(catalog, { id, type: "", position: { x: 0, y: 0 }, data: componentData(id, carried) })?.credits ?? 0;
  const [before, after] = known && content ? [price(known.carried), price({ ...content, name: doc.name })] : [0, 0];
  const same = known && content && sameInside(content, { nodes: parseNodes(known.carried.nodes), edges: parseEdges(known.carried.edges) });
  const nothing = same === true && ports.length === 0 && doc.name === known.carried.name;
  const save = () => {
    if (!known || !content || busy) return;
    setBusy(true);
    saveComponent(canvas, id, known, picked).then((version) => {
      if (version === null) {
        ui.toast(t("The workbench could not be saved yet, so no version was made."), { tone: "bad" });
        return;
      }
      const back = trail.at(-1);
      ui.patch({ panel: null });
      ui.toast(t("Saved as version {version}.", { version }), back ? { action: { label: t("Back to {name}", { name: back.name }), perform: () => location.assign(placeAt(trail, trail.length - 1)) } } : {});
    }).catch((error: unknown) => explain(canvas, error)).finally(() => setBusy(false));
  };
  return (
    <Dialog
      label={t("Save component")} title={known ? t("Save “{name}” as version {version}", { name: doc.name, version: known.version + 1 }) : t("Save component")}
      why={why} busy={known === null} onClose={close} onSubmit={save}
      foot={<><button type="button" onClick={close}>{t("Cancel")}</button><button type="submit" className="primary" disabled={content === null || nothing || busy}>{t("Save component")}</button></>}
    >
      {known && <Uses uses={known.uses} />}
      {nothing && <p className="making-line muted">{t("Nothing differs from version {version}.", { version: known.version })}</p>}
      {ports.length > 0 && <PortChanges ports={ports} />}
      {before !== after && <p className="making-line">{t("A run of it costs {after}, not {before} as in the version before.", { after: credits(after), before: credits(before) })}</p>}
      {offered && (
        <>
          <Choices title={t("Inputs")} all={offered.inputs} {...{ picked, setPicked }} />
          <Choices title={t("Outputs")} all={offered.outputs} {...{ picked, setPicked }} />
          <Choices title={t("Settings that each node of it has")} all={offered.settings} {...{ picked, setPicked }} />
        </>
      )}
    </Dialog>
  );
}

const MOST_NAMED = 5;

function Uses({ uses }: { readonly uses: UsesOf }) {
  if (uses.length === 0) return <p className="making-line muted">{t("No workflow has a node of it. Nodes inside other components are not counted.")}</p>;
  const rest = uses.length - MOST_NAMED;
  return (
    <p className="making-line">
      {counted(uses.length, "Used in {count} workflow: {names}", "Used in {count} workflows: {names}", { names: uses.slice(0, MOST_NAMED).map(({ name }) => name).join(", ") + (rest > 0 ? ", …" : "") })}
      <small>{t("They keep their version until somebody updates them.")}</small>
    </p>
  );
}

interface ChoicesProps<T> {
  readonly title: string;
  readonly all: readonly Offer<T>[];
  readonly picked: Picked;
  readonly setPicked: (picked: Picked) => void;
}

function Choices<T extends { readonly label: string; readonly type?: string; readonly required?: boolean }>({ title, all, picked: { taken, names }, setPicked }: ChoicesProps<T>) {
  return (
    <fieldset>
      <legend>{title}</legend>
      {all.map(({ key, port, of, chosen }) => (
        <div key={key} className="making-offer">
          <label>
            <input type="checkbox" checked={taken[key] ?? chosen} onChange={(event) => setPicked({ names, taken: { ...taken, [key]: event.target.checked } })} />
            <span className="sr">{t("Have {name} of {of}", { name: port.label, of })}</span>
          </label>
          <input value={names[key] ?? port.label} maxLength={200} aria-label={t("Name of {name}", { name: port.label })} disabled={!(taken[key] ?? chosen)} onChange={(event) => setPicked({ taken, names: { ...names, [key]: event.target.value } })} />
          <small>{of}{port.type && ` · ${port.type.toLowerCase()}`}{port.required && ` · ${t("needed")}`}</small>
        </div>
      ))}
      {all.length === 0 && <p className="nothing">{t("None.")}</p>}
    </fieldset>
  );
}
