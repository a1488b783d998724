import type { Wire } from "../api/call";
import { t } from "../language/speak";
import { nameOf } from "./catalog";
import type { Catalog, InputPort, NodeKind, Param } from "./catalog";
import type { Flow } from "./flow";
import { isPinned, switchOff } from "./modes";
import type { Switched } from "./modes";
import { effective, isEmpty, isFilled, isShown, whyBad } from "./params";
import { outerIds } from "./component";
import { kindOf } from "./ports";
import { migrationOf } from "./retired";
import { sameSignatures } from "./signature";
import { isRunnable, nodeTypeOf } from "./types";
import type { Doc, GraphNode } from "./types";
import { cyclic } from "./walk";

/** A violation as the server words it; what it says nothing about is an empty text. */
export type Problem = Required<Wire["Violation"]>;

/** Whether it is that something has to be filled in or wired in, here or inside a component. */
export function isMissing({ rule }: Problem): boolean {
  return rule.endsWith("required-input-missing");
}

export function isSame(one: Problem, other: Problem): boolean {
  return one.rule === other.rule && one.nodeId === other.nodeId && one.field === other.field;
}

/** Problems of nodes inside components, as those of the nodes that are there. What a run would be refused for is an error at once. */
export function brought({ nodes }: Pick<Doc, "nodes">, problems: readonly Problem[]): readonly Problem[] {
  const here = new Set(nodes.map(({ id }) => id));
  return problems.map((problem) => {
    const outer = here.has(problem.nodeId) ? undefined : outerIds(problem.nodeId).find((id) => here.has(id));
    if (outer === undefined) return problem;
    const { rule, severity } = problem;
    return { ...problem, rule: `inside-${rule}`, severity: rule === "required-input-missing" ? "error" : severity, nodeId: outer, field: "" };
  });
}

/** What still holds of the server's findings about a graph that was changed since: its errors are about nodes as they were. */
export function stillFound(found: readonly Problem[], before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): readonly Problem[] {
  return found.filter(({ nodeId, severity }) => severity !== "error" || before.get(nodeId) === now.get(nodeId));
}

/** What the server refused to run, and what it was that it refused: once that is another, the refusal is void. */
export interface Refusal {
  readonly problem: Problem;
  readonly signature: number | undefined;
}

/** Refusals of a graph, to be kept until the nodes that they are about, or what these need, are changed. */
export function refusalsOf(problems: readonly Problem[], made: ReadonlyMap<string, number>): readonly Refusal[] {
  return problems.filter(({ severity }) => severity === "error").map((problem) => ({ problem, signature: made.get(problem.nodeId) }));
}

/** Those that still hold for a graph with these signatures; one that is about no node holds until any is changed. */
export function stillRefused(refusals: readonly Refusal[], before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): readonly Refusal[] {
  const same = sameSignatures(before, now);
  const kept = refusals.filter(({ problem, signature }) => (problem.nodeId === "" ? same : now.get(problem.nodeId) === signature));
  return kept.length === refusals.length ? refusals : kept;
}

/** A problem in one sentence that can stand alone: which node, what, and what to do. */
export function sayProblem(doc: Doc, catalog: Catalog, { nodeId, message, fix }: Problem): string {
  const node = doc.nodes.find((candidate) => candidate.id === nodeId);
  const label = node ? labelOf(node, catalog) : "";
  const whose = label === "" || message.includes(label) ? "" : `${label}: `;
  return [`${whose}${message}`, fix].filter(Boolean).join(" ");
}

/** The rules that are checked here, at once; the server's word is taken for all others. */
const OWN_RULES: ReadonlySet<string> = new Set([
  "unknown-node-type", "dangling-edge", "bad-source-handle", "bad-target-handle", "type-mismatch", "cycle",
  "required-input-missing", "unsupported-node", "requirement-missing", "retired-model", "nothing-passes",
]);

export function labelOf(node: GraphNode, catalog: Catalog): string {
  return nameOf(node, kindOf(catalog, node));
}

/** Whether it is the text that a model is asked with. What becomes of it inside a component, only the server knows. */
function isPaidText(kind: NodeKind, { type }: InputPort): boolean {
  return type === "TEXT" && kind.execution === "remote" && kind.sources === undefined;
}

function isBlank(kind: NodeKind, id: string, node: GraphNode): boolean {
  const param = kind.params.find((candidate) => candidate.id === id);
  const value = param && effective(kind, param, node);
  return typeof value === "string" && value.trim() === "";
}

/** Whether a node gives a text that is known to be blank: what is wired into it is known only in the run. */
function isBlankText(node: GraphNode | undefined, catalog: Catalog, flow: Flow): boolean {
  const kind = node ? kindOf(catalog, node) : null;
  return node !== undefined && kind?.name === "input:text" && (flow.into.get(node.id) ?? []).length === 0 && isBlank(kind, "prompt", node);
}

/** The setting of a source of files or rows in which nothing was put. */
function unfilled(kind: NodeKind, node: GraphNode): Param | undefined {
  const [file, ...others] = kind.execution === "source" ? kind.params.filter(({ id, type }) => type.startsWith("asset") || id === "csv" || id === "rows") : [];
  return [file, ...others].every((param) => param && isEmpty(effective(kind, param, node))) ? file : undefined;
}

/** Everything that would keep the graph from running as it stands, and the server's findings about the rest. */
export function findProblems(doc: Doc, catalog: Catalog, flow: Flow, fromServer: readonly Problem[], refused: readonly Refusal[] = [], { off, stuck }: Switched = switchOff(doc, catalog, flow)): readonly Problem[] {
  const found: Problem[] = [];
  const add = (node: GraphNode | null, rule: string, message: string, more: Partial<Problem> = {}) =>
    found.push({ rule, severity: "error", message, fix: "", nodeId: node?.id ?? "", edgeId: "", field: "", ...more });

  for (const node of doc.nodes.filter(isRunnable)) {
    const kind = kindOf(catalog, node);
    if (kind === null) {
      add(node, "unknown-node-type", t("{type} is not a known node type.", { type: nodeTypeOf(node) || t("This node") }));
      continue;
    }
    const port = stuck.get(node.id);
    if (port) add(node, "nothing-passes", t("It is bypassed, and nothing wired into it can stand for its {port}.", { port: port.label }), { field: "runMode", fix: port.type === "ANY" ? t("Wire something into it, or run or disable it.") : t("Wire {type} into it, or run or disable it.", { type: port.type }) });
    if (off.has(node.id)) continue;
    if (!kind.runnable) add(node, "unsupported-node", kind.reason || t("{kind} cannot run here.", { kind: kind.title }), { severity: "warning" });
    const migration = migrationOf(catalog, node);
    if (migration) {
      const { from, to } = migration;
      add(node, "retired-model", t("{old} was retired by its maker; runs use {new} in its place.", { old: from, new: to.title }), { severity: "warning", fix: t("Move the node to {model}.", { model: to.title }) });
    }
    const wired = new Set((flow.into.get(node.id) ?? []).flatMap((wire) => wire.inlet?.id ?? []));
    for (const port of kind.inputs) {
      if (port.required && !isPinned(node) && !wired.has(port.id) && !isFilled(kind, node, port)) {
        if (kind.category === "output") add(node, "required-input-missing", t("Nothing is connected yet."), { field: port.id, fix: t("Wire a result in.") });
        else add(node, "required-input-missing", t("{port} is missing.", { port: port.label }), { field: port.id, fix: t("Wire something in or fill the field.") });
      } else if (port.required && !isPinned(node) && isPaidText(kind, port)) {
        const texts = (flow.into.get(node.id) ?? []).filter(({ inlet }) => inlet?.id === port.id).map(({ edge }) => doc.nodes.find(({ id }) => id === edge.source));
        const [text] = texts;
        if (text ? texts.every((one) => isBlankText(one, catalog, flow)) : isBlank(kind, port.id, node)) {
          add(node, "required-input-missing", t("{port} is empty.", { port: port.label }), { field: port.id, fix: text ? t("Write a text in {node}.", { node: labelOf(text, catalog) }) : t("Wire something in or fill the field.") });
        }
      }
    }
    const bare = unfilled(kind, node);
    if (bare && !isPinned(node) && (flow.from.get(node.id) ?? []).some(({ inlet }) => inlet?.required)) {
      add(node, "required-input-missing", t("{port} is missing.", { port: bare.label }), { field: bare.id, fix: t("Choose a file, or drop one on the card.") });
    }
    for (const param of kind.params) {
      const value = effective(kind, param, node);
      const why = wired.has(param.id) || !isShown(kind, param, node) ? null : whyBad(param, value);
      if (why !== null) add(node, "bad-param-value", `${param.label}: ${why}`, { field: param.id });
      if (param.required && !isPinned(node) && !wired.has(param.id) && isEmpty(value) && !kind.inputs.some((port) => port.id === param.id)) {
        add(node, "required-input-missing", t("{port} is missing.", { port: param.label }), { field: param.id });
      }
    }
  }
  for (const wire of flow.wires.values()) {
    if (wire.broken === "") continue;
    if (off.has(wire.edge.source) || off.has(wire.edge.target)) continue;
    const target = doc.nodes.find((node) => node.id === wire.edge.target) ?? doc.nodes.find((node) => node.id === wire.edge.source) ?? null;
    add(target, "type-mismatch", t("Broken wire. {reason}", { reason: wire.broken }), { edgeId: wire.edge.id, fix: t("Delete the wire or plug it elsewhere.") });
  }
  const circle = cyclic(doc);
  const first = doc.nodes.find((node) => circle.has(node.id));
  if (first) add(first, "cycle", t("These nodes wait for each other: take one of their wires away."));
  // Of values it knows more than is looked at here; what is seen here is said once, in our words.
  const isSaid = ({ rule, nodeId }: Problem) => rule === "bad-param-value" && found.some((other) => other.rule === rule && other.nodeId === nodeId);
  const known = [...found, ...fromServer.filter((problem) => !OWN_RULES.has(problem.rule) && !isSaid(problem))];
  const isKnown = (problem: Problem) => known.some((other) => isSame(problem, other));
  return [...known, ...refused.map(({ problem }) => problem).filter((problem) => !isKnown(problem))];
}
