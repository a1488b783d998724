import { t } from "../language/speak";
import type { Catalog, NodeKind } from "./catalog";
import { freshId, remove, replug, setData, setParam, takeData, connect } from "./changes";
import type { Change } from "./changes";
import { isComponent } from "./component";
import { judge } from "./connect";
import type { Flow } from "./flow";
import { asObject, isObject, without } from "./json";
import { whyBad } from "./params";
import { kindOf, outputsOf } from "./ports";
import { spread } from "./piled";
import { labelOf } from "./problems";
import type { Problem } from "./problems";
import { isRunnable } from "./types";
import type { Doc, GraphEdge, GraphNode, Link } from "./types";

/** What can be done about a problem at a press: a change that mends it, or the place where a person fills in what is missing. */
export type Mend =
  | { readonly label: string; readonly change: Change }
  | { readonly label: string; readonly open: "writing" | "choosing"; readonly nodeId: string; readonly paramId: string };

interface Case {
  readonly doc: Doc;
  readonly catalog: Catalog;
  readonly flow: Flow;
  readonly problem: Problem;
  readonly node: GraphNode | null;
  readonly kind: NodeKind | null;
  readonly edge: GraphEdge | null;
}

type Find = (given: Case) => Mend | null;

/** What nodes carry beside their settings, and what they are without it. */
const BESIDE: ReadonlySet<string> = new Set(["onError", "timeLimit", "fallback", "runMode", "pinned"]);

const cutWire: Find = ({ edge }) => edge && { label: t("Remove the wire"), change: remove(new Set(), new Set([edge.id])) };

/** The only other end at the same two nodes that the wire fits. */
const plugElsewhere: Find = ({ doc, catalog, flow, edge }) => {
  const [source, target] = [doc.nodes.find(({ id }) => id === edge?.source), doc.nodes.find(({ id }) => id === edge?.target)];
  const [from, to] = [source && kindOf(catalog, source), target && kindOf(catalog, target)];
  if (!edge || !source || !from || !to) return null;
  const wire = flow.wires.get(edge.id);
  const outs = wire?.outlet ? [edge.sourceHandle] : outputsOf(from, source).map(({ id }) => `out-${id}`);
  const ins = wire?.outlet || !wire?.inlet ? to.inputs.map(({ id }) => `in-${id}`) : [edge.targetHandle];
  const fitting = outs.flatMap((sourceHandle) => ins.flatMap((targetHandle) => {
    const link: Link = { source: edge.source, sourceHandle, target: edge.target, targetHandle };
    const verdict = judge(doc, catalog, flow, link, edge.id);
    return verdict.ok && verdict.replaces === null ? [{ link, port: wire?.outlet ? to.inputs.find(({ id }) => `in-${id}` === targetHandle) : from.outputs.find(({ id }) => `out-${id}` === sourceHandle) }] : [];
  }));
  const [only] = fitting;
  return only?.port && fitting.length === 1 ? { label: t("Connect it to {port}", { port: only.port.label }), change: replug(edge.id, only.link, null) } : null;
};

/** The only output of all that gives just what the input takes. */
const wireIn: Find = ({ doc, catalog, flow, problem: { field }, node, kind }) => {
  const port = kind?.inputs.find(({ id }) => id === field);
  if (!node || !port || (flow.into.get(node.id) ?? []).some(({ inlet }) => inlet?.id === port.id)) return null;
  const fitting = doc.nodes.filter(isRunnable).flatMap((source) => {
    const from = kindOf(catalog, source);
    return (from ? outputsOf(from, source) : []).flatMap((outlet) => {
      const link: Link = { source: source.id, sourceHandle: `out-${outlet.id}`, target: node.id, targetHandle: `in-${port.id}` };
      const verdict = judge(doc, catalog, flow, link);
      return verdict.ok && verdict.how === "same" && (port.role === "mask") === (outlet.role === "mask") ? [{ source, link }] : [];
    });
  });
  const [only] = fitting;
  return only && fitting.length === 1 ? { label: t("Connect “{node}”", { node: labelOf(only.source, catalog) }), change: connect(only.link, null) } : null;
};

/** The text or the file that is missing, here or in the text that is wired in. */
const fillIn: Find = ({ doc, catalog, flow, problem, node, kind }) => {
  const { nodeId, paramId } = placeOf(doc, flow, problem);
  const at = nodeId === node?.id ? kind : kindOf(catalog, doc.nodes.find(({ id }) => id === nodeId) ?? { id: "", type: "", position: { x: 0, y: 0 }, data: {} });
  const param = at?.params.find(({ id }) => id === paramId);
  if (param?.type === "text") return { label: t("Write it…"), open: "writing", nodeId, paramId };
  if (param?.type === "asset" || param?.type === "asset_list") return { label: t("Choose a file…"), open: "choosing", nodeId, paramId };
  return null;
};

const backToDefault: Find = ({ problem: { field }, node, kind }) => {
  const param = kind?.params.find(({ id }) => id === field);
  if (!node || !param || whyBad(param, param.default) !== null || (param.required && (param.default === null || param.default === ""))) return null;
  return { label: t("Back to the default"), change: setParam(node.id, param, undefined) };
};

const take = (label: string, ...keys: readonly string[]): Find => ({ node }) =>
  node && { label, change: (doc) => keys.reduce((now, key) => takeData(node.id, key)(now), doc) };

const backBeside: Find = (given) => (BESIDE.has(given.problem.field) ? take(t("Back to the default"), given.problem.field)(given) : null);

/** A setting that the node does not have, wherever it is written. */
const takeSetting: Find = ({ problem: { field }, node, kind }) => {
  if (!node || kind?.params.some(({ id }) => id === field) !== false) return null;
  const data = Object.fromEntries(["params", "config"].flatMap((bag) => (isObject(node.data[bag]) ? [[bag, without(asObject(node.data[bag]), field)]] : [])));
  return { label: t("Remove the setting"), change: (doc) => takeData(node.id, field)(setData(node.id, data)(doc)) };
};

const disable: Find = ({ node }) => (node && !isComponent(node) ? { label: t("Disable the node"), change: setData(node.id, { runMode: "disabled" }) } : null);
const removeNode: Find = ({ node }) => node && { label: t("Remove the node"), change: remove(new Set([node.id]), new Set()) };

/** Of what has the same id, all but the first get one of their own. */
function distinct<T extends { readonly id: string }>(items: readonly T[]): readonly T[] {
  const taken = new Set(items.map(({ id }) => id));
  const seen = new Set<string>();
  return items.map((item) => {
    const id = seen.has(item.id) ? freshId(taken, item.id) : item.id;
    taken.add(id);
    seen.add(id);
    return { ...item, id };
  });
}
const ownIds: Find = () => ({ label: t("Give each an id of its own"), change: (doc) => ({ ...doc, nodes: distinct(doc.nodes), edges: distinct(doc.edges) }) });

const moveApart: Find = ({ doc, problem }) => {
  const change = spread(doc, problem.nodeId);
  return change && { label: t("Move apart"), change };
};

const WIRES: readonly Find[] = [plugElsewhere, cutWire];

/** The sure ways to mend what a rule finds, the best first. */
const MENDS: Readonly<Record<string, readonly Find[]>> = {
  "type-mismatch": WIRES,
  "bad-source-handle": WIRES,
  "bad-target-handle": WIRES,
  "dangling-edge": [cutWire],
  "input-already-wired": [cutWire],
  "cycle": [cutWire],
  "duplicate-node-id": [ownIds],
  "duplicate-edge-id": [ownIds],
  "required-input-missing": [wireIn, fillIn],
  "bad-param-value": [backToDefault, backBeside],
  "unknown-param": [takeSetting],
  "nothing-passes": [take(t("Take out of bypass"), "runMode")],
  "bad-fallback": [take(t("Stop where it fails"), "fallback", "onError")],
  "pinned-result-gone": [take(t("Unpin"), "pinned")],
  "pinned-in-app": [take(t("Unpin"), "pinned")],
  "unsupported-node": [disable],
  "requirement-missing": [disable],
  "unknown-node-type": [removeNode],
  "unknown-component": [removeNode],
  "nodes-piled-up": [moveApart],
};

/** Rules for which there is no one sure way: a person is led to the place and decides. A retired model's move is shown before it is made. */
const DECIDED: readonly string[] = [
  "retired-model", "deprecated-import-node", "unsupported-import", "too-many-items", "too-many-iterates", "collect-without-iterate",
  "list-length-mismatch", "list-into-single", "image-into-mask", "components-too-deep", "id-too-long", "missing-secret", "max-nodes",
  "max-edges", "webhook-id-ignored",
];

/** Every rule that is known here. */
export const RULES: ReadonlySet<string> = new Set([...Object.keys(MENDS), ...DECIDED]);

/** What mends a problem for sure; null where a person has to decide. What is wrong inside a component is mended there. */
export function mendOf(doc: Doc, catalog: Catalog, flow: Flow, problem: Problem): Mend | null {
  const node = doc.nodes.find(({ id }) => id === problem.nodeId) ?? null;
  const edge = problem.edgeId === "" ? null : (doc.edges.find(({ id }) => id === problem.edgeId) ?? null);
  const given: Case = { doc, catalog, flow, problem, node, kind: node && kindOf(catalog, node), edge };
  for (const find of MENDS[problem.rule] ?? []) {
    const mend = find(given);
    if (mend) return mend;
  }
  return null;
}

/** Where a problem is to be mended by hand: of an empty text that is wired in, in the node that gives it. */
export function placeOf(doc: Pick<Doc, "nodes">, flow: Flow, { rule, nodeId, field }: Problem): { readonly nodeId: string; readonly paramId: string } {
  const wire = rule === "required-input-missing" ? flow.into.get(nodeId)?.find(({ inlet }) => inlet?.id === field) : undefined;
  const source = doc.nodes.find(({ id }) => id === wire?.edge.source);
  return wire && source ? { nodeId: source.id, paramId: wire.outlet?.id ?? "" } : { nodeId, paramId: field };
}
