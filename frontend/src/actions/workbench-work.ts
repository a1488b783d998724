import { flowAddress } from "./components";
import { readComponent } from "./components-work";
import type { Known } from "./components-work";
import { callWith } from "../api/call";
import type { Wire } from "../api/call";
import { benchContent, offers, sameInside } from "../graph/bench";
import type { Picked } from "../graph/bench";
import { asNumber } from "../graph/json";
import { parseEdges, parseNodes } from "../graph/parse";
import { t } from "../language/speak";
import type { Canvas } from "../store/canvas";

/** The workflows that have nodes of a component. */
export async function readUses({ csrf }: Canvas, id: string): Promise<Wire["ComponentUses"]["workflows"]> {
  return (await callWith(csrf)("get", "/api/v1/components/{componentId}/workflows", { path: { componentId: id } })).workflows;
}

/** Go to another page; where a file is on its way, which that would cut off, ask first. */
export function go({ ui }: Canvas, address: string): void {
  const perform = () => location.assign(address);
  const isSending = [...ui.get().uploads.values()].some(({ error }) => error === "");
  if (isSending) ui.toast(t("A file is still being sent. Leaving now would cut it off."), { tone: "bad", action: { label: t("Leave anyway"), perform } });
  else perform();
}

/** The inside of a component, on its workbench. What is drawn here is saved first. */
export async function openComponent(canvas: Canvas, id: string): Promise<void> {
  const { csrf, saver, trail, ui, workflowId, document } = canvas;
  if (!(await saver.flush())) {
    ui.toast(t("The draft could not be saved yet. Open the component once it is."), { tone: "bad" });
    return;
  }
  const { workflowId: bench } = await callWith(csrf)("post", "/api/v1/components/{componentId}/workbench", { path: { componentId: id } });
  go(canvas, flowAddress(bench, [...trail, { id: workflowId, name: document.doc().name }]));
}

/** Go elsewhere, or ask first where the component that is open is not as its newest version. */
export async function leaveTo(canvas: Canvas, address: string): Promise<void> {
  const { bench, document, readOnly, saver, ui } = canvas;
  if (bench && !readOnly) {
    if (!(await saver.flush())) {
      ui.toast(t("What you changed could not be saved yet. Leave once it is."), { tone: "bad" });
      return;
    }
    if (document.get().base !== bench.saved.get().at) {
      const { carried } = await readComponent(canvas, bench.id);
      const { name, nodes, edges } = document.doc();
      if (name !== carried.name || !sameInside({ nodes, edges }, { nodes: parseNodes(carried.nodes), edges: parseEdges(carried.edges) })) {
        ui.patch({ panel: "leave", leaving: address });
        return;
      }
    }
  }
  go(canvas, address);
}

/**
 * Make a version of what is on the workbench, with the ports and settings that somebody picked. Gives its number; null where
 * the workbench could not be saved. What others drew comes with that answer, so what is sent is read from the canvas after it.
 */
export async function saveComponent(canvas: Canvas, id: string, before: Known, picked: Picked): Promise<number | null> {
  const { bench, catalog, csrf, document, saver } = canvas;
  if (!(await saver.flush())) return null;
  const { base, flow, history: { present: doc } } = document.get();
  const { nodes, edges, inputs, outputs, settings } = benchContent(doc, catalog, flow, offers(doc, catalog, flow, before.carried), picked);
  const sent = { baseVersion: before.version, name: doc.name, nodes, edges, inputs, outputs, settings, workbenchUpdatedAt: base };
  const { version } = await callWith(csrf)("put", "/api/v1/components/{componentId}", {
    path: { componentId: id }, body: structuredClone(sent) as unknown as Wire["VersionInput"],
  });
  bench?.saved.set(() => ({ at: base }));
  return asNumber(version);
}

/** Take the workbench back to the newest version; what it held is among its versions. */
export async function clearBench({ bench, csrf }: Canvas): Promise<void> {
  if (bench) await callWith(csrf)("delete", "/api/v1/components/{componentId}/workbench", { path: { componentId: bench.id } });
}
