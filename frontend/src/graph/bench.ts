import type { Catalog } from "./catalog";
import { shapeKey } from "./flow";
import type { Flow } from "./flow";
import { asList, asText, isObject, sameJson, without } from "./json";
import type { JsonObject } from "./json";
import { isEmpty, isFilled, isShown } from "./params";
import { packing, portLabel, portName } from "./pack";
import type { Content, Inlet, Outlet, Setting } from "./pack";
import { bare, findInlet, findOutlet, kindOf, outputsOf } from "./ports";
import { labelOf } from "./problems";
import { isRunnable, nodesById } from "./types";
import type { Doc, GraphNode } from "./types";

/** Something that a component may have as its own, and whether it has unless somebody says otherwise. */
export interface Offer<T> {
  readonly key: string;
  readonly port: T;
  /** The node inside that it belongs to, by its label. */
  readonly of: string;
  readonly chosen: boolean;
}

/** All that the inside of a component could be reached by. */
export interface Offers {
  readonly inputs: readonly Offer<Inlet>[];
  readonly outputs: readonly Offer<Outlet>[];
  readonly settings: readonly Offer<Setting>[];
}

function objects(value: unknown): readonly JsonObject[] {
  return asList(value).filter(isObject);
}

/**
 * What may be ports and settings of a component whose inside is drawn on a canvas. Those that it had stay as they were,
 * as far as what they lead to is there and open; beside them, what has to be filled from outside and what ends here.
 */
export function offers(doc: Doc, catalog: Catalog, flow: Flow, before: JsonObject): Offers {
  const byId = nodesById(doc.nodes);
  const nodes = doc.nodes.filter(isRunnable);
  const had = new Set(objects(before.nodes).map(({ id }) => asText(id)));
  const wiredAt = (id: string) => new Set((flow.into.get(id) ?? []).flatMap((wire) => wire.param?.id ?? wire.inlet?.id ?? []));
  const inletAt = (id: string, handle: string) => {
    const node = byId.get(id);
    const kind = node ? kindOf(catalog, node) : null;
    return kind ? findInlet(kind, handle) : null;
  };
  const nameOf = (id: string) => {
    const node = byId.get(id);
    return node ? labelOf(node, catalog) : id;
  };

  const settings: Offer<Setting>[] = objects(before.settings).flatMap((one) => {
    const [id, node, param] = [asText(one.id), asText(one.node), asText(one.param)];
    const inner = byId.get(node);
    const kind = inner ? kindOf(catalog, inner) : null;
    if (!kind?.params.some((candidate) => candidate.id === param) || wiredAt(node).has(param)) return [];
    return [{ key: `${node} ${param}`, port: { id, label: asText(one.label), node, param }, of: nameOf(node), chosen: true }];
  });
  const inputs: Offer<Inlet>[] = objects(before.inputs).flatMap((one) => {
    const to = objects(one.to).flatMap(({ node, handle, place }) => {
      const inlet = inletAt(asText(node), asText(handle));
      const open = inlet && (inlet.port.multiple || !wiredAt(asText(node)).has(inlet.param?.id ?? inlet.port.id));
      return open ? [{ node: asText(node), handle: asText(handle), place: typeof place === "number" ? place : 0 }] : [];
    });
    const [first] = to;
    if (!first) return [];
    const port = { id: asText(one.id), label: asText(one.label), type: asText(one.type, "ANY"), multiple: one.multiple === true, required: one.required === true, to };
    return [{ key: `in ${port.id}`, port, of: nameOf(first.node), chosen: true }];
  });
  const outputs: Offer<Outlet>[] = objects(before.outputs).flatMap((one) => {
    const [id, node, handle] = [asText(one.id), asText(one.node), asText(one.handle)];
    const inner = byId.get(node);
    const kind = inner ? kindOf(catalog, inner) : null;
    const outlet = inner && kind ? findOutlet(kind, inner, handle) : null;
    if (!outlet) return [];
    const shape = flow.shapes.get(shapeKey(node, outlet.id));
    return [{ key: `out ${node} ${outlet.id}`, port: { id, label: asText(one.label), type: shape?.type ?? outlet.type, multiple: shape?.list ?? outlet.multiple, node, handle }, of: nameOf(node), chosen: true }];
  });

  const ids = new Set([...inputs, ...settings].map(({ port }) => port.id));
  const labels = new Set([...inputs, ...settings].map(({ port }) => port.label));
  const outIds = new Set(outputs.map(({ port }) => port.id));
  const outLabels = new Set(outputs.map(({ port }) => port.label));
  const reached = new Set(inputs.flatMap(({ port }) => port.to.map((end) => `${end.node} ${bare(end.handle)}`)));
  const shown = new Set([...settings, ...outputs].map(({ key }) => key));
  for (const node of nodes) {
    const kind = kindOf(catalog, node);
    if (!kind) continue;
    const [wired, of] = [wiredAt(node.id), labelOf(node, catalog)];
    for (const port of kind.inputs) {
      if ((wired.has(port.id) && !port.multiple) || reached.has(`${node.id} ${port.id}`)) continue;
      const required = port.required && !wired.has(port.id) && !isFilled(kind, node, port);
      const inlet = { id: portName(ids, port.id), label: portLabel(labels, port.label), type: port.type, multiple: port.multiple, required, to: [{ node: node.id, handle: `in-${port.id}`, place: (flow.into.get(node.id) ?? []).filter((wire) => wire.inlet?.id === port.id).length }] };
      inputs.push({ key: `in ${node.id} ${port.id}`, port: inlet, of, chosen: required });
    }
    for (const port of outputsOf(kind, node)) {
      const key = `out ${node.id} ${port.id}`;
      if (shown.has(key)) continue;
      const shape = flow.shapes.get(shapeKey(node.id, port.id)) ?? { type: port.type, list: port.multiple };
      const outlet = { id: portName(outIds, port.id), label: portLabel(outLabels, port.label), type: shape.type, multiple: shape.list, node: node.id, handle: `out-${port.id}` };
      outputs.push({ key, port: outlet, of, chosen: !had.has(node.id) && (flow.from.get(node.id) ?? []).length === 0 });
    }
    for (const param of kind.params) {
      const key = `${node.id} ${param.id}`;
      if (param.advanced || wired.has(param.id) || shown.has(key) || reached.has(key) || !isShown(kind, param, node)) continue;
      const isNew = !had.has(node.id) && kind.execution === "source";
      settings.push({ key, port: { id: portName(ids, param.id), label: portLabel(labels, param.label), node: node.id, param: param.id }, of, chosen: isNew });
    }
  }
  return { inputs, outputs, settings };
}

/** What somebody takes of the offers, and calls them, by their keys; of the others what is chosen already, under its label. */
export interface Picked {
  readonly taken: Readonly<Record<string, boolean>>;
  readonly names: Readonly<Record<string, string>>;
}

/** What a component becomes: everything on the canvas, with those ports and settings that somebody picked. */
export function benchContent(doc: Doc, catalog: Catalog, flow: Flow, offered: Offers, { taken, names }: Picked): Content {
  const { content } = packing(doc, catalog, flow, new Set(doc.nodes.map(({ id }) => id)), []);
  const picked = <T extends { readonly label: string }>(all: readonly Offer<T>[]) =>
    all.filter(({ key, chosen }) => taken[key] ?? chosen).map(({ key, port }) => {
      const name = names[key]?.trim() ?? "";
      return name === "" ? port : { ...port, label: name };
    });
  return { nodes: content.nodes, edges: content.edges, inputs: picked(offered.inputs), outputs: picked(offered.outputs), settings: picked(offered.settings) };
}

/** What a node says that is drawn from its type or left there by runs. */
const NOT_SAID = ["inputs", "outputs", "category", "dims", "output", "result", "selectedOutput", "isExecuting"];

function said(nodes: readonly GraphNode[]): JsonObject {
  const left = Math.min(...nodes.map(({ position }) => position.x));
  const top = Math.min(...nodes.map(({ position }) => position.y));
  return Object.fromEntries(nodes.map(({ id, type, position, data }) => {
    const own = Object.fromEntries(Object.entries(NOT_SAID.reduce(without, data)).filter(([, value]) => !isEmpty(value)));
    return [id, { type, x: position.x - left, y: position.y - top, data: own }];
  }));
}

/** Whether two insides are the same, wherever they stand on the plane. */
export function sameInside(a: Pick<Doc, "nodes" | "edges">, b: Pick<Doc, "nodes" | "edges">): boolean {
  const wires = ({ edges }: Pick<Doc, "edges">) => edges.map(({ source, sourceHandle, target, targetHandle }) => [source, sourceHandle, target, targetHandle]);
  return sameJson(said(a.nodes), said(b.nodes)) && sameJson(wires(a), wires(b));
}
