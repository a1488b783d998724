import { asList, asNumber, asObject, asText, isObject } from "../graph/json";
import { send } from "./http";

/** A run as it stands in a list beside the canvas, in the words of the server. */
export interface ListedRun {
  readonly id: string;
  /** Empty where it is of an app that another team has. */
  readonly workflowId: string;
  readonly workflowName: string;
  readonly caption: string;
  readonly status: string;
  readonly word: string;
  /** Its place among the runs that wait for others to end, from 1. */
  readonly place: number | null;
  readonly isOver: boolean;
  readonly isGuest: boolean;
  readonly at: string;
  readonly took: string;
  readonly credits: number;
  readonly who: string;
  readonly trigger: string;
  readonly error: string;
  readonly picture: string;
}

export interface Queue {
  readonly runs: readonly ListedRun[];
  readonly hasMore: boolean;
}

export interface ListedWorkflow {
  readonly id: string;
  readonly name: string;
  readonly cover: string;
  readonly updatedAt: string;
  readonly lastExecutedAt: string;
}

export interface ListedTemplate {
  readonly title: string;
  readonly summary: string;
  readonly cover: string;
  readonly isOwn: boolean;
  /** What a form is posted to that makes a workflow of it. */
  readonly use: string;
}

function parseRuns(value: unknown): readonly ListedRun[] {
  return asList(value).filter(isObject).map((one) => ({
    id: asText(one.id), workflowId: asText(one.workflowId), workflowName: asText(one.workflowName), caption: asText(one.caption),
    status: asText(one.status), word: asText(one.word), place: asNumber(one.place), isOver: one.isOver === true, isGuest: one.isGuest === true,
    at: asText(one.at), took: asText(one.took), credits: asNumber(one.credits) ?? 0, who: asText(one.who), trigger: asText(one.trigger),
    error: asText(one.error), picture: asText(one.picture),
  }));
}

/** The last runs of a workflow, the newest first. Throws ApiError, as all of these do. */
export async function lastRuns(csrf: string, workflowId: string): Promise<Queue> {
  const answer = asObject(await send(csrf, "GET", `/beside/runs/${encodeURIComponent(workflowId)}`));
  return { runs: parseRuns(answer.runs), hasMore: false };
}

/** What runs in the team and what waits, in the order in which it will go. */
export async function runsUnderWay(csrf: string): Promise<Queue> {
  const answer = asObject(await send(csrf, "GET", "/beside/queue"));
  return { runs: parseRuns(answer.runs), hasMore: answer.hasMore === true };
}

export async function recentWorkflows(csrf: string, question: string): Promise<readonly ListedWorkflow[]> {
  const answer = asObject(await send(csrf, "GET", `/beside/workflows?q=${encodeURIComponent(question)}`));
  return asList(answer.workflows).filter(isObject).map((one) => ({
    id: asText(one.id), name: asText(one.name), cover: asText(one.cover), updatedAt: asText(one.updatedAt), lastExecutedAt: asText(one.lastExecutedAt),
  }));
}

export async function templatesFor(csrf: string, question: string): Promise<readonly ListedTemplate[]> {
  const answer = asObject(await send(csrf, "GET", `/beside/templates?q=${encodeURIComponent(question)}`));
  return asList(answer.templates).filter(isObject).map((one) => ({
    title: asText(one.title), summary: asText(one.summary), cover: asText(one.cover), isOwn: one.isOwn === true, use: asText(one.use),
  }));
}

/** A movement of credits: how it changes what is free to spend, and what is set aside. */
interface Movement {
  readonly id: number;
  readonly kind: string;
  readonly moment: string;
  readonly free: number;
  readonly held: number;
  readonly workflow: string;
  readonly what: string;
  readonly executionId: string;
}

interface Balance {
  readonly available: number;
  readonly held: number;
  readonly movements: readonly Movement[];
}

export async function movements(csrf: string): Promise<Balance> {
  const answer = asObject(await send(csrf, "GET", "/beside/credits"));
  return {
    available: asNumber(answer.available) ?? 0, held: asNumber(answer.held) ?? 0,
    movements: asList(answer.movements).filter(isObject).map((one) => ({
      id: asNumber(one.id) ?? 0, kind: asText(one.kind), moment: asText(one.at), free: asNumber(one.free) ?? 0, held: asNumber(one.held) ?? 0,
      workflow: asText(one.workflow), what: asText(one.what), executionId: asText(one.executionId),
    })),
  };
}
