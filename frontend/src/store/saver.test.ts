import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api, Draft } from "../api/client";
import { ApiError } from "../api/http";
import type { JsonObject } from "../graph/json";
import { rename } from "../graph/changes";
import type { Doc } from "../graph/types";
import { catalog, node } from "../testing/catalog";
import type { Buffer } from "./buffer";
import { createDocument } from "./document";
import { createSaver } from "./saver";

const START: Doc = { name: "one", nodes: [node("text", "input:text")], edges: [] };

/** A server that stores one workflow as the real one does: compare, swap, and know a repeated write again. */
function createServer() {
  let stored: { doc: Doc; at: string } = { doc: START, at: "t0" };
  const done = new Map<string, string>();
  const server = {
    writes: [] as Draft[],
    /** What happens to the next calls: the write arrives and its answer is lost, or nothing arrives at all. */
    faults: [] as ("lost" | "down" | "refused")[],
    name: () => stored.doc.name,
    store: (name: string) => {
      stored = { doc: { ...stored.doc, name }, at: `t${Number(stored.at.slice(1)) + 1}` };
    },
    save: (body: Draft): Promise<JsonObject> => {
      const fault = server.faults.shift();
      if (fault === "down") return Promise.reject(new ApiError(0, "The server cannot be reached."));
      if (fault === "refused") return Promise.reject(new ApiError(413, "The workflow is too large."));
      server.writes.push(body);
      const { opId } = body;
      if (!done.has(opId)) {
        if (body.baseUpdatedAt !== stored.at) {
          return Promise.reject(new ApiError(409, "It was changed.", { current: { ...stored.doc, updatedAt: stored.at } }));
        }
        server.store(body.name);
        done.set(opId, stored.at);
      }
      if (fault === "lost") return Promise.reject(new ApiError(0, "The server cannot be reached."));
      return Promise.resolve({ updatedAt: done.get(opId) ?? "", warnings: [] });
    },
    workflow: () => Promise.resolve({ doc: stored.doc, updatedAt: stored.at }),
    copies: [] as string[],
  };
  return server;
}

function open() {
  const server = createServer();
  const kept: string[] = [];
  const buffer: Buffer = {
    keep: ({ doc }) => {
      kept.push(doc.name);
      return true;
    },
    clear: () => void kept.splice(0),
    restore: () => null,
  };
  const api: Pick<Api, "saveDraft" | "workflow" | "createCopy"> = {
    saveDraft: server.save,
    workflow: server.workflow,
    createCopy: (doc) => {
      server.copies.push(doc.name);
      return Promise.resolve("cm-copy");
    },
  };
  const document = createDocument(START, "t0", catalog, false);
  const saver = createSaver("cm1", document, api as Api, buffer);
  const say = () => document.get().save.kind;
  return { server, kept, document, saver, say };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout: (run: () => void, ms: number) => setTimeout(run, ms) }));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("several changes in quick succession are one write", async () => {
  const { server, document, say } = open();
  document.edit("Rename", rename("two"));
  await pass(300);
  document.edit("Rename", rename("three"));
  expect(say()).toBe("waiting");
  await pass(600);
  expect(server.writes).toMatchObject([{ id: "cm1", name: "three", baseUpdatedAt: "t0" }]);
  expect(say()).toBe("saved");
  expect(document.isDirty()).toBe(false);
});

test("a change during a write is stored by the next one, on top of it", async () => {
  const { server, document, saver } = open();
  document.edit("Rename", rename("two"));
  const flushed = saver.flush();
  document.edit("Rename", rename("three"));
  expect(await flushed).toBe(true);
  expect(server.writes).toMatchObject([{ name: "two", baseUpdatedAt: "t0" }, { name: "three", baseUpdatedAt: "t1" }]);
});

test("a write whose answer is lost is repeated as it is, and what was changed meanwhile follows", async () => {
  const { server, document, say } = open();
  server.faults = ["lost"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(say()).toBe("offline");
  document.edit("Rename", rename("three"));
  await pass(1_000);
  const [first, again, next] = server.writes;
  expect(again).toEqual(first);
  expect(next).toMatchObject({ name: "three", baseUpdatedAt: "t1" });
  expect(next?.opId).not.toBe(first?.opId);
  expect(say()).toBe("saved");
  expect(server.name()).toBe("three");
});

test("offline, changes are kept in the browser and tried again ever later, at once when the browser is back", async () => {
  const { server, kept, document, say } = open();
  server.faults = ["down", "down", "down", "down"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(kept.at(-1)).toBe("two");
  await pass(1_000);
  await pass(2_000);
  expect(server.faults).toHaveLength(1);
  await pass(3_999);
  expect(server.faults).toHaveLength(1);
  window.dispatchEvent(new Event("online"));
  await pass(0);
  expect(server.faults).toHaveLength(0);
  expect(say()).toBe("offline");
  await pass(8_000);
  expect(say()).toBe("saved");
  expect(kept).toEqual([]);
  expect(server.writes).toHaveLength(1);
});

test("over somebody else's version nothing is stored before a person has chosen", async () => {
  const { server, document, say } = open();
  server.store("theirs");
  document.edit("Rename", rename("mine"));
  await pass(600);
  expect(say()).toBe("conflict");
  document.edit("Rename", rename("mine again"));
  await pass(60_000);
  expect(server.name()).toBe("theirs");
  expect(server.writes).toHaveLength(1);
  expect(document.doc().name).toBe("mine again");
});

test.each([
  ["keepMine", "mine", "mine"],
  ["keepTheirs", "theirs", "theirs"],
] as const)("%s ends a conflict with %s on both sides", async (way, here, there) => {
  const { server, document, saver, say } = open();
  server.store("theirs");
  document.edit("Rename", rename("mine"));
  await pass(600);
  saver[way]();
  await pass(0);
  expect([document.doc().name, server.name(), say()]).toEqual([here, there, "saved"]);
  if (way === "keepTheirs") {
    document.undo();
    await pass(600);
    expect([document.doc().name, server.name()]).toEqual(["mine", "mine"]);
  }
});

test("keeping both stores mine as a copy and takes theirs here", async () => {
  const { server, document, saver } = open();
  server.store("theirs");
  document.edit("Rename", rename("mine"));
  await pass(600);
  expect(await saver.keepBoth()).toBe("cm-copy");
  expect([server.copies, document.doc().name, server.name()]).toEqual([["mine"], "theirs", "theirs"]);
});

test("the same change made on both sides is no conflict", async () => {
  const { server, document, say } = open();
  server.store("same");
  document.edit("Rename", rename("same"));
  await pass(600);
  expect(say()).toBe("saved");
  expect(document.get().base).toBe("t1");
});

test("what others store is taken over where nothing was changed, and can be undone", async () => {
  const { server, document, saver } = open();
  server.store("theirs");
  await saver.heard("t1");
  expect(document.doc().name).toBe("theirs");
  expect(document.isDirty()).toBe(false);
  document.undo();
  expect(document.doc().name).toBe("one");
});

test("news of one's own write changes nothing", async () => {
  const { document, saver, server } = open();
  document.edit("Rename", rename("two"));
  await saver.flush();
  const before = document.get();
  await saver.heard("t1");
  expect(document.get()).toBe(before);
  expect(server.writes).toHaveLength(1);
});

test("a refusal is said and not repeated; the next change tries again", async () => {
  const { server, document, say } = open();
  server.faults = ["refused"];
  document.edit("Rename", rename("two"));
  await pass(600);
  expect(document.get().save).toEqual({ kind: "refused", sentence: "The workflow is too large." });
  await pass(60_000);
  expect(server.writes).toEqual([]);
  document.edit("Rename", rename("three"));
  await pass(600);
  expect([say(), server.name()]).toEqual(["saved", "three"]);
});

test("an emptied canvas says that it means it", async () => {
  const { server, document } = open();
  document.edit("Delete", (doc) => ({ ...doc, nodes: [] }));
  await pass(600);
  expect(server.writes).toMatchObject([{ nodes: [], confirmEmpty: true }]);
});
