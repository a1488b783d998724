import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api, Draft } from "../api/client";
import { parseEdits } from "../api/edits";
import { ApiError } from "../api/http";
import { addNode, connect, freshId, markIds, move, remove, rename, setData } from "../graph/changes";
import { changesBetween, merge } from "../graph/merge";
import type { Changes } from "../graph/merge";
import type { Doc } from "../graph/types";
import { catalog, node } from "../testing/catalog";
import { createDocument } from "./document";
import { createSaver } from "./saver";

const START: Doc = { name: "one", nodes: ["a", "b", "c"].map((id) => node(id, "input:text")), edges: [] };
const TABS = 3;

const sent = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;

/** A server that puts edits into one workflow as the real one does, each once, over lines that break. */
function createServer() {
  let stored = { doc: START, at: "t100000" };
  const log: { opId: string; before: string; updatedAt: string; changes: Changes }[] = [];
  const store = (change: (doc: Doc) => Doc, opId: string | null) => {
    const before = stored;
    stored = { doc: change(before.doc), at: `t${Number(before.at.slice(1)) + 1}` };
    if (opId !== null) log.push({ opId, before: before.at, updatedAt: stored.at, changes: changesBetween(before.doc, stored.doc) });
  };
  const since = (at: string) => sent(log.filter(({ updatedAt }) => updatedAt > at));
  return { stored: () => stored, store, since, knows: (opId: string) => log.some((edit) => edit.opId === opId) };
}

type Server = ReturnType<typeof createServer>;

function openTab(server: Server, name: string) {
  const document = createDocument(START, "t100000", catalog, false);
  /** What becomes of the next call: it takes so long, and then its answer, or the call itself, is lost. */
  const line = { faults: [] as ("lost" | "down")[], isCut: false };
  const travel = async () => {
    await new Promise((done) => setTimeout(done, 40));
    if (line.isCut) throw new ApiError(0, "The server cannot be reached.");
  };
  const api: Pick<Api, "saveDraft" | "workflow"> = {
    saveDraft: async (body: Draft) => {
      const fault = line.faults.shift();
      await travel();
      if (fault === "down") throw new ApiError(0, "The server cannot be reached.");
      const { opId, baseUpdatedAt, name: title, changes } = sent(body);
      if (!server.knows(opId)) server.store((doc) => merge(doc, { ...changes, ...(title === undefined ? {} : { name: title }) }), opId);
      const answer = sent({ updatedAt: server.stored().at, edits: server.since(baseUpdatedAt) });
      await travel();
      if (fault === "lost") throw new ApiError(0, "The server cannot be reached.");
      return answer;
    },
    workflow: async () => {
      await travel();
      const { doc, at } = sent(server.stored());
      await travel();
      return { doc, updatedAt: at };
    },
  };
  const saver = createSaver("cm1", document, api as Api, { keep: () => true, clear: () => undefined, left: () => Promise.resolve([]) }, () => false, () => undefined);
  let told = "t100000";
  /** The socket says what was saved since it last said something. */
  const hear = () => {
    if (line.isCut) return;
    const since = told;
    told = server.stored().at;
    if (told > since) void saver.heard(told, parseEdits(server.since(since)));
  };
  return { name, document, saver, line, hear };
}

type Tab = ReturnType<typeof openTab>;

const steps = fc.array(fc.record({
  tab: fc.nat(TABS - 1),
  kind: fc.constantFrom("write", "write", "move", "add", "remove", "wire", "undo", "redo", "cut", "mend", "lost", "down", "rest"),
  one: fc.nat(20), other: fc.nat(20), wait: fc.nat(400),
}), { minLength: 20, maxLength: 60 });

function act(tab: Tab, server: Server, { kind, one, other }: { kind: string; one: number; other: number }): void {
  const { document, line, name } = tab;
  const { nodes } = document.doc();
  const [a, b] = [nodes[one % nodes.length], nodes[other % nodes.length]];
  markIds(name);
  if (kind === "cut" || kind === "mend") line.isCut = kind === "cut";
  if (kind === "lost" || kind === "down") line.faults.push(kind);
  if (kind === "undo") document.undo();
  if (kind === "redo") document.redo();
  if (kind === "rest") server.store((doc) => ({ ...doc, name: `${doc.name}.` }), null);
  if (kind === "add") document.edit("Add", (doc) => addNode(node(freshId(doc.nodes.map(({ id }) => id), "input:text"), "input:text"))(doc));
  if (!a || !b) return;
  if (kind === "write") {
    const text = typeof a.data.text === "string" ? a.data.text : "";
    const at = other % (text.length + 1);
    const ends = one % 3 === 0 ? ["", ""] : [`${name} `, ` ${name}`];
    document.edit("Write", setData(a.id, { text: ends.join(`${text.slice(0, at)}${name}${text.slice(at + (one % 2))}`) }), a.id);
  }
  if (kind === "move") document.edit("Move", move(new Map([[a.id, { x: one * 10, y: other * 10 }]])));
  if (kind === "remove") document.edit("Delete", remove(new Set([a.id]), new Set()));
  if (kind === "wire") document.edit("Connect", connect({ source: a.id, sourceHandle: "out-text", target: b.id, targetHandle: "in-text" }, null));
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  markIds("");
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function stubWindow(): void {
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms) }));
}

test("being told to try again while a write is under way does not keep later changes from being saved", async () => {
  stubWindow();
  const server = createServer();
  const { document } = openTab(server, "x");
  document.edit("Rename", rename("two"));
  await vi.advanceTimersByTimeAsync(140);
  expect(document.get().save.kind).toBe("saving");
  window.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(1_000);
  document.edit("Rename", rename("three"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([server.stored().doc.name, document.get().save.kind]).toEqual(["three", "saved"]);
});

test("a read that failed and was made good does not keep later changes from being saved", async () => {
  stubWindow();
  const server = createServer();
  const { document, line, hear } = openTab(server, "x");
  server.store(rename("from REST"), null);
  hear();
  line.isCut = true;
  await vi.advanceTimersByTimeAsync(500);
  expect(document.get().save.kind).toBe("offline");
  line.isCut = false;
  await vi.advanceTimersByTimeAsync(1_500);
  expect([document.doc().name, document.get().save.kind]).toEqual(["from REST", "saved"]);
  document.edit("Rename", rename("three"));
  await vi.advanceTimersByTimeAsync(1_000);
  expect([server.stored().doc.name, document.get().save.kind]).toEqual(["three", "saved"]);
});

test("tabs that edit at random, cut off now and then, end equal to each other and to the server", async () => {
  await fc.assert(fc.asyncProperty(steps, async (walk) => {
    stubWindow();
    const server = createServer();
    const tabs = ["x", "y", "z"].slice(0, TABS).map((name) => openTab(server, name));
    for (const step of walk) {
      const tab = tabs[step.tab];
      if (tab) act(tab, server, step);
      await vi.advanceTimersByTimeAsync(step.wait);
      tabs.forEach(({ hear }) => hear());
    }
    for (const { line, saver } of tabs) {
      line.isCut = false;
      line.faults = [];
      saver.retry();
    }
    for (let i = 0; i < 40; i++) {
      await vi.advanceTimersByTimeAsync(1_000);
      tabs.forEach(({ hear }) => hear());
    }
    const { doc } = server.stored();
    const ids = new Set(doc.nodes.map(({ id }) => id));
    for (const { source, target } of doc.edges) expect(ids.has(source) && ids.has(target)).toBe(true);
    for (const { document } of tabs) {
      expect(document.get().save.kind).toBe("saved");
      expect(document.doc()).toEqual(doc);
      expect(document.isDirty()).toBe(false);
    }
  }), { numRuns: 60 });
}, 60_000);
