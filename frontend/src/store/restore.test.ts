import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Api, Draft } from "../api/client";
import { parseEdits } from "../api/edits";
import { ApiError } from "../api/http";
import { setData } from "../graph/changes";
import type { JsonObject } from "../graph/json";
import { changesBetween, merge } from "../graph/merge";
import type { Changes } from "../graph/merge";
import type { Doc } from "../graph/types";
import { catalog, node } from "../testing/catalog";
import { openBuffer } from "./buffer";
import { createDocument } from "./document";
import { restore } from "./restore";
import { createSaver } from "./saver";
import type { UiStore } from "./ui";

const HOUR = 3_600_000;
const write = (text: string) => setData("text", { text });

/** A server that puts each edit into one workflow once, and forgets it after an hour; and a browser with its pages. */
function createWorld() {
  let stored: { doc: Doc; at: string } = { doc: write("a")({ name: "one", nodes: [node("text", "input:text")], edges: [] }), at: "t0" };
  let log: { opId: string; before: string; updatedAt: string; changes: Changes; when: number }[] = [];
  const store = (change: (doc: Doc) => Doc, opId: string) => {
    const before = stored;
    stored = { doc: change(before.doc), at: `t${Number(before.at.slice(1)) + 1}` };
    log = log.filter(({ when }) => Date.now() - when < HOUR);
    log.push({ opId, before: before.at, updatedAt: stored.at, changes: changesBetween(before.doc, stored.doc), when: Date.now() });
  };
  const items = new Map<string, string>();
  const locks = new Set<string>();
  const line = { isCut: false, losesAnswers: false };

  function open() {
    const own = Object.assign(new EventTarget(), { setTimeout: (run: () => void, ms: number) => setTimeout(() => isDead || run(), ms) });
    const held: string[] = [];
    let isDead = false;
    vi.stubGlobal("window", own);
    vi.stubGlobal("navigator", { locks: { request: (name: string, _: object, take: (lock: object | null) => unknown) => {
      if (locks.has(name)) return Promise.resolve(take(null));
      locks.add(name);
      held.push(name);
      return Promise.resolve(take({}));
    } } });
    const api: Pick<Api, "saveDraft" | "workflow"> = {
      saveDraft: (body: Draft) => {
        if (line.isCut || isDead) return Promise.reject(new ApiError(0, "The server cannot be reached."));
        const { opId, changes } = JSON.parse(JSON.stringify(body)) as Draft;
        if (JSON.stringify(changes).includes("!!")) return Promise.reject(new ApiError(400, "That cannot be kept."));
        if (!log.some((edit) => edit.opId === opId)) store((doc) => merge(doc, changes), opId);
        if (line.losesAnswers) return Promise.reject(new ApiError(0, "The server cannot be reached."));
        return Promise.resolve(JSON.parse(JSON.stringify({ updatedAt: stored.at, edits: log.filter(({ updatedAt }) => updatedAt > body.baseUpdatedAt) })) as JsonObject);
      },
      workflow: () => Promise.resolve({ doc: stored.doc, updatedAt: stored.at }),
    };
    const buffer = openBuffer("cm1");
    const document = createDocument(stored.doc, stored.at, catalog, false);
    const saver = createSaver("cm1", document, api as Api, buffer, () => true, () => undefined);
    const toasts: Parameters<UiStore["toast"]>[] = [];
    const restored = restore({ document, saver, ui: { toast: (...toast) => void toasts.push(toast) } }, buffer);
    const text = () => document.doc().nodes[0]?.data.text;
    /** The page ends: a closed tab says so, a crashed one does not. */
    const end = (how: "closed" | "crashed") => {
      if (how === "closed") own.dispatchEvent(new Event("pagehide"));
      isDead = true;
      held.forEach((name) => locks.delete(name));
    };
    return { document, saver, toasts, restored, text, end, hear: () => saver.heard(stored.at, parseEdits([])) };
  }

  vi.stubGlobal("localStorage", new Proxy({}, {
    get: (_, name) => ({ getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => items.set(key, value), removeItem: (key: string) => items.delete(key) })[String(name)],
    ownKeys: () => [...items.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  }));
  return { open, store, line, items, text: () => stored.doc.nodes[0]?.data.text, good: () => stored.doc.nodes[0]?.data.good };
}

beforeEach(() => void vi.useFakeTimers());

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("what a closing tab sent is not put in again over what others wrote since", async () => {
  const world = createWorld();
  const first = world.open();
  first.document.edit("Write", write("a foo"));
  first.end("closed");
  expect(world.text()).toBe("a foo");
  world.store(write("the a foo bar"), "other");
  const again = world.open();
  await pass(1_000);
  expect([again.text(), world.text(), again.toasts, world.items.size]).toEqual(["the a foo bar", "the a foo bar", [], 0]);
  expect(again.document.get().save.kind).toBe("saved");
});

test("what was under way when the tab ended is known again, and what was changed after it follows once", async () => {
  const world = createWorld();
  const first = world.open();
  world.line.losesAnswers = true;
  first.document.edit("Write", write("a foo"));
  await pass(600);
  first.document.edit("Write", write("a foo!"));
  world.line.losesAnswers = false;
  first.end("crashed");
  world.store(write("the a foo"), "other");
  const again = world.open();
  await pass(1_000);
  expect([again.text(), world.text(), world.items.size]).toEqual(["the a foo!", "the a foo!", 0]);
  expect(again.toasts).toMatchObject([["Unsaved changes were restored from this browser.", { action: { label: "Undo" } }]]);
  again.toasts[0]?.[1]?.action?.perform();
  expect(again.text()).toBe("the a foo");
});

test.each([["closed"], ["crashed"]] as const)("what a page that %s could not send is put over what others stored", async (how) => {
  const world = createWorld();
  const first = world.open();
  world.line.isCut = true;
  first.document.edit("Write", write("a foo"));
  await pass(600);
  first.end(how);
  world.line.isCut = false;
  world.store((doc) => ({ ...doc, name: "theirs" }), "other");
  const again = world.open();
  await pass(1_000);
  expect([again.text(), again.document.doc().name, world.text(), world.items.size]).toEqual(["a foo", "theirs", "a foo", 0]);
});

test("where nobody can tell any more whether it was stored, and others have stored something, it is offered", async () => {
  const world = createWorld();
  const first = world.open();
  first.document.edit("Write", write("a foo"));
  first.end("closed");
  world.store(write("nothing of that"), "other");
  await pass(2 * HOUR);
  const again = world.open();
  await pass(1_000);
  expect([again.text(), world.text(), world.items.size]).toEqual(["nothing of that", "nothing of that", 1]);
  const [, options] = again.toasts[0] ?? [];
  options?.action?.perform();
  options?.answered?.();
  expect(again.text()).toContain("foo");
  await pass(1_000);
  expect(world.items.size).toBe(0);
});

test("old changes that nothing was stored over are brought back at once", async () => {
  const world = createWorld();
  const first = world.open();
  world.line.isCut = true;
  first.document.edit("Write", write("a foo"));
  await pass(600);
  first.end("crashed");
  world.line.isCut = false;
  await pass(24 * HOUR);
  const again = world.open();
  await pass(1_000);
  expect([again.text(), world.text(), world.items.size]).toEqual(["a foo", "a foo", 0]);
});

test("a second tab leaves alone what one that lives has not saved", async () => {
  const world = createWorld();
  const first = world.open();
  world.line.isCut = true;
  first.document.edit("Write", write("a foo"));
  await pass(600);
  const second = world.open();
  await pass(1_000);
  expect([second.text(), second.toasts, world.items.size]).toEqual(["a", [], 1]);
  world.line.isCut = false;
  first.saver.retry();
  await pass(1_000);
  expect([first.text(), world.text(), world.items.size]).toEqual(["a foo", "a foo", 0]);
});

test.each([["closed"], ["crashed"]] as const)("what the server will not take is still there after its page %s, and all else is saved", async (how) => {
  const world = createWorld();
  const first = world.open();
  first.document.edit("Write", write("a foo!!"));
  await pass(600);
  first.end(how);
  for (const good of ["one", "two"]) {
    const page = world.open();
    await pass(1_000);
    expect([page.text(), world.text(), page.document.get().save.kind]).toEqual(["a foo!!", "a", "aside"]);
    page.document.edit("Write", setData("text", { good }));
    await pass(600);
    expect([world.good(), page.document.get().save.kind]).toEqual([good, "aside"]);
    page.end(how);
  }
});

test("a page that ends before it heard that its change is refused leaves it to the next one", async () => {
  const world = createWorld();
  const first = world.open();
  world.line.isCut = true;
  first.document.edit("Write", setData("text", { text: "a foo!!", good: "yes" }));
  await pass(600);
  first.end("crashed");
  world.line.isCut = false;
  const again = world.open();
  await pass(1_000);
  expect([again.text(), world.text(), world.good(), again.document.get().save.kind]).toEqual(["a foo!!", "a", "yes", "aside"]);
  expect(again.toasts).toMatchObject([["Unsaved changes were restored from this browser.", {}]]);
});
