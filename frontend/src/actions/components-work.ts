import { explain } from "./action";
import { clearSpot, cornerAt, putNode } from "./editing";
import { t } from "../language/speak";
import { callWith } from "../api/call";
import type { Wire } from "../api/call";
import type { End } from "../graph/connect";
import { freshId, group, insertCopies, setData } from "../graph/changes";
import { asObject, asText } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { componentData, putPacked, unpack } from "../graph/pack";
import type { Content, Packing } from "../graph/pack";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Doc, GraphNode, Point } from "../graph/types";
import type { Canvas } from "../store/canvas";
import { createStore } from "../store/store";
import type { Store } from "../store/store";

export type Listed = Wire["Components"]["components"][number];

/** The team's components; null until they were asked for. */
export const library: Store<{ readonly listed: readonly Listed[] | null }> = createStore<{ readonly listed: readonly Listed[] | null }>({ listed: null });

async function readLibrary({ csrf }: Canvas): Promise<void> {
  const { components } = await callWith(csrf)("get", "/api/v1/components");
  library.set(() => ({ listed: components }));
}

let watching = false;

/** Read the library, and again whenever somebody comes back to this tab: components are changed elsewhere. */
export function watchLibrary(canvas: Canvas): void {
  if (watching) return;
  watching = true;
  const read = () => {
    readLibrary(canvas).catch((error: unknown) => explain(canvas, error));
  };
  read();
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && read());
}

/** One version of a component, and what a node of it carries. */
export interface Known {
  readonly version: number;
  readonly carried: JsonObject;
}

/** The newest version of a component. */
export async function readComponent({ csrf }: Canvas, id: string): Promise<Known> {
  const { version, component } = await callWith(csrf)("get", "/api/v1/components/{componentId}", { path: { componentId: id } });
  return { version, carried: asObject(component) };
}

const NEW_CARD = { width: 280, height: 300 };

function nodeOf(doc: Doc, id: string, carried: JsonObject, at: Point): GraphNode {
  const slug = asText(carried.name).toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").slice(0, 40);
  const taken = doc.nodes.map((node) => node.id);
  return { id: freshId(taken, slug || "component"), type: "basedNode", position: { x: Math.round(at.x), y: Math.round(at.y) }, data: componentData(id, carried) };
}

/** Keep the nodes as a component of the team; `linked`, one node of it takes their place here. */
export async function makeComponent(canvas: Canvas, packed: Packing, content: Content, name: string, linked: boolean): Promise<void> {
  const { csrf, document, ui } = canvas;
  const before = document.doc();
  const { nodes, edges, inputs, outputs, settings } = content;
  const made = await callWith(csrf)("post", "/api/v1/components", {
    // What is sent is our own JSON, whose read-only lists the generated types do not know.
    body: structuredClone({ name, nodes, edges, inputs, outputs, settings }) as unknown as Wire["ComponentInput"],
  });
  void readLibrary(canvas);
  const now = document.doc();
  if (!linked) {
    ui.toast(t("“{name}” is in the library now, under Components. Nothing changed here.", { name }));
    return;
  }
  if (now.nodes !== before.nodes || now.edges !== before.edges) {
    ui.toast(t("“{name}” is in the library. The workflow changed meanwhile, so its nodes were left here as they are.", { name }));
    return;
  }
  const node = nodeOf(now, made.id, asObject(made.component), packed.corner);
  document.edit(t("Make a component"), (doc) => putPacked(doc, packed, node));
  ui.select([node.id]);
}

/** Put a component onto the plane: one node that stays linked, or a copy of its nodes as a group. Gives what is to be seen. */
export async function placeComponent(canvas: Canvas, id: string, at: Point, linked: boolean, end: End | null = null, onto: string | null = null): Promise<string> {
  const { document, sizes, ui } = canvas;
  const { carried } = await readComponent(canvas, id);
  const label = t("Add {kind}", { kind: asText(carried.name) });
  if (linked) {
    const node = nodeOf(document.doc(), id, carried, clearSpot(canvas, cornerAt(at, end), NEW_CARD));
    putNode(canvas, label, node, end, onto);
    ui.select([node.id]);
    return node.id;
  }
  let box = "";
  document.edit(label, (doc) => {
    const copied = insertCopies(doc, parseNodes(carried.nodes), parseEdges(carried.edges), at);
    const grouped = group([...copied.ids.values()], sizes)(copied.doc);
    box = grouped.nodes[0]?.id ?? "";
    return setData(box, { name: asText(carried.name) })(grouped);
  });
  ui.select([box]);
  return box;
}

/** The inner nodes in the place of a component. */
export function unpackNode({ document, ui }: Canvas, id: string): void {
  let ids: readonly string[] = [];
  document.edit(t("Unpack"), (doc) => {
    const done = unpack(doc, id);
    ids = done.ids;
    return done.doc;
  });
  ui.select(ids);
}
