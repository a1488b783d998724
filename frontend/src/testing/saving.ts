import { afterEach, beforeEach, vi } from "vitest";

import type { Api, Draft } from "../api/client";
import { parseEdits } from "../api/edits";
import { ApiError } from "../api/http";
import { setData } from "../graph/changes";
import type { JsonObject } from "../graph/json";
import { changesBetween, merge } from "../graph/merge";
import type { Changes } from "../graph/merge";
import type { Doc } from "../graph/types";
import type { Buffer, Unsaved } from "../store/buffer";
import { createDocument } from "../store/document";
import { createSaver } from "../store/saver";
import { catalog, node } from "./catalog";

/** In a test file: time stands still, and the window is one without a page. */
export function stopTheClock(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms) }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** Somebody writes in the workflow's one text. */
export const write = (text: string) => setData("text", { text });

const START: Doc = { name: "one", nodes: [node("text", "input:text")], edges: [] };

const NEVER: Doc = { name: "", nodes: [], edges: [] };

/** A server that puts edits into one workflow as the real one does, each once, and tells what they changed. */
function createServer() {
  let stored: { doc: Doc; at: string } = { doc: START, at: "t0" };
  const log: { opId: string; before: string; updatedAt: string; changes: Changes }[] = [];
  const server = {
    writes: [] as Draft[],
    reads: 0,
    /** What happens to the next calls: the write arrives and its answer is lost, or nothing arrives at all. */
    faults: [] as ("lost" | "down" | "signed out" | "broken")[],
    /** What it never takes. */
    isBad: (doc: Doc) => doc === NEVER,
    refusals: 0,
    doc: () => stored.doc,
    /** An hour has gone by. */
    forget: () => void log.splice(0),
    name: () => stored.doc.name,
    /** Somebody stores something, over the canvas and told as an edit, or over REST. */
    store: (change: (doc: Doc) => Doc, opId: string | null = null) => {
      const before = stored;
      stored = { doc: change(before.doc), at: `t${Number(before.at.slice(1)) + 1}` };
      if (opId !== null) log.push({ opId, before: before.at, updatedAt: stored.at, changes: changesBetween(before.doc, stored.doc) });
    },
    news: (since: string) => [stored.at, parseEdits(JSON.parse(JSON.stringify(log.filter(({ updatedAt }) => updatedAt > since))))] as const,
    save: (body: Draft): Promise<JsonObject> => {
      const fault = server.faults.shift();
      if (fault === "broken") return Promise.reject(new TypeError("answer.edits is undefined"));
      if (fault === "down") return Promise.reject(new ApiError(0, "The server cannot be reached."));
      if (fault === "signed out") return Promise.reject(new ApiError(401, "You are signed out."));
      const { opId, name, changes } = JSON.parse(JSON.stringify(body)) as Draft;
      const put = (doc: Doc) => merge(doc, { ...changes, ...(name === undefined ? {} : { name }) });
      if (server.isBad(put(stored.doc))) {
        server.refusals++;
        return Promise.reject(new ApiError(400, "That cannot be kept."));
      }
      server.writes.push(body);
      if (!log.some((edit) => edit.opId === opId)) server.store(put, opId);
      if (fault === "lost") return Promise.reject(new ApiError(0, "The server cannot be reached."));
      const edits = log.filter(({ updatedAt }) => updatedAt > body.baseUpdatedAt);
      return Promise.resolve(JSON.parse(JSON.stringify({ updatedAt: stored.at, warnings: [], edits })) as JsonObject);
    },
    workflow: () => {
      server.reads++;
      return Promise.resolve({ doc: stored.doc, updatedAt: stored.at });
    },
  };
  return server;
}

export function open(server = createServer()) {
  const kept: Unsaved[] = [];
  const told: string[][] = [];
  const buffer: Buffer = {
    keep: (unsaved) => {
      kept.push(unsaved);
      return true;
    },
    clear: () => void kept.splice(0),
    left: () => Promise.resolve([]),
  };
  const api: Pick<Api, "saveDraft" | "workflow"> = { saveDraft: server.save, workflow: server.workflow };
  const document = createDocument(START, "t0", catalog, false);
  const saver = createSaver("cm1", document, api as Api, buffer, () => true, (pieces) => void told.push(pieces.map(({ piece }) => piece.key)));
  const say = () => document.get().save.kind;
  const text = () => document.doc().nodes[0]?.data.text;
  const hear = () => saver.heard(...server.news(document.get().base));
  return { server, kept, told, document, saver, say, text, hear };
}
