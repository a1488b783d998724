import { asList, asNumber, asObject, asText, asTexts, isObject } from "../graph/json";
import { parseEdges, parseNodes } from "../graph/parse";
import type { Problem } from "../graph/problems";
import type { Doc } from "../graph/types";
import { t } from "../language/speak";

/** A stored graph and the moment it was stored, by which stale writes are told. */
export interface Stored {
  readonly doc: Doc;
  readonly updatedAt: string;
}

export function parseStored(value: unknown): Stored {
  const body = asObject(value);
  return {
    doc: { name: asText(body.name, t("Untitled")), nodes: parseNodes(body.nodes), edges: parseEdges(body.edges) },
    updatedAt: asText(body.updatedAt),
  };
}

export interface Place {
  readonly id: string;
  readonly name: string;
}

export interface Boot {
  readonly workflowId: string;
  readonly stored: Stored;
  readonly lastExecution: unknown;
  /** Other executions that go on, by their ids. */
  readonly underWay: readonly string[];
  readonly credits: number | null;
  readonly csrf: string;
  readonly role: string;
  readonly owners: readonly string[];
  /** How many notices wait to be read. */
  readonly unread: number;
  /** The keys this person set, on whatever machine; null where they are the usual ones. */
  readonly keys: unknown;
  readonly urls: Readonly<Record<string, string>>;
  /** The component that the workflow is the workbench of, and its state that is a version; null for all others. */
  readonly component: { readonly id: string; readonly savedAt: string } | null;
  readonly trail: readonly Place[];
}

/** The page's own data; throws when the page is not a canvas page. */
export function parseBoot(value: unknown): Boot {
  const body = asObject(value);
  const workflow = asObject(body.workflow);
  const component = asObject(body.component);
  if (typeof workflow.id !== "string") throw new Error("The page holds no workflow.");
  return {
    workflowId: workflow.id,
    stored: parseStored(workflow),
    lastExecution: body.lastExecution ?? null,
    underWay: asTexts(body.underWay),
    credits: asNumber(asObject(body.credits).available),
    csrf: asText(body.csrfToken),
    role: asText(asObject(body.user).role, "owner"),
    owners: asTexts(asObject(body.user).owners),
    unread: asNumber(asObject(body.user).unread) ?? 0,
    keys: asObject(body.user).keys ?? null,
    urls: Object.fromEntries(Object.entries(asObject(body.urls)).map(([name, url]) => [name, asText(url)])),
    component: typeof component.id === "string" ? { id: component.id, savedAt: asText(component.savedAt) } : null,
    trail: asList(body.trail).map(asObject).map(({ id, name }) => ({ id: asText(id), name: asText(name) })),
  };
}

function parseProblems(value: unknown, severity: "error" | "warning"): readonly Problem[] {
  return asList(value).filter(isObject).map((item) => ({
    rule: asText(item.rule),
    severity: item.severity === "warning" || item.severity === "error" ? item.severity : severity,
    message: asText(item.message),
    fix: asText(item.fix),
    nodeId: asText(item.nodeId),
    edgeId: asText(item.edgeId),
    field: asText(item.field),
  }));
}

/** What a call about a graph found wrong, whichever way the answer spells it. */
export function problemsIn(body: unknown): readonly Problem[] {
  const answer = asObject(body);
  return [...parseProblems(answer.violations, "error"), ...parseProblems(answer.warnings, "warning")];
}
