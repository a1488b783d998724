import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { insertCopies, setData } from "../graph/changes";
import { asList, asObject } from "../graph/json";
import { changesBetween } from "../graph/merge";
import type { Canvas } from "../store/canvas";
import { createDocument } from "../store/document";
import { createSaver } from "../store/saver";
import { createStore } from "../store/store";
import { catalog, node } from "../testing/catalog";
import { leaveTo, saveComponent } from "./workbench-work";

afterEach(() => vi.unstubAllGlobals());

test("what others drew on the workbench meanwhile is in the version that says it holds all", async () => {
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout }));
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", (_: string, { body }: { readonly body: string }) => {
    sent.push(JSON.parse(body));
    return Promise.resolve(new Response('{"version":2}'));
  });
  const start = { name: "Part", nodes: [node("draw", "generate:nano_banana_2")], edges: [] };
  const theirs = insertCopies(start, [node("small", "utility:image_resize")], [], { x: 0, y: 0 }).doc;
  const document = createDocument(start, "t0", catalog, false, true);
  // Another person drew a node a moment before: the answer to the next write tells of both edits.
  const saveDraft: Api["saveDraft"] = ({ opId, changes }) => {
    const edits = [
      { opId: "theirs", before: "t0", updatedAt: "t1", changes: changesBetween(start, theirs) },
      { opId, before: "t1", updatedAt: "t2", changes },
    ];
    return Promise.resolve(JSON.parse(JSON.stringify({ updatedAt: "t2", warnings: [], edits })) as Awaited<ReturnType<Api["saveDraft"]>>);
  };
  const buffer = { keep: () => true, clear: () => undefined, left: () => Promise.resolve([]) };
  const saver = createSaver("cm1", document, { saveDraft } as Api, buffer, () => true, () => undefined);
  const bench = { id: "cp1", saved: createStore({ at: "t0" }) };
  document.edit("Change", setData("draw", { label: "Painter" }));

  const canvas = { csrf: "", catalog, document, saver, bench } as unknown as Canvas;
  expect(await saveComponent(canvas, "cp1", { version: 1, carried: {} }, { taken: {}, names: {} })).toBe(2);
  expect(sent).toMatchObject([{ baseVersion: 1, workbenchUpdatedAt: "t2" }]);
  expect(asList(asObject(sent[0]).nodes).map((one) => asObject(asObject(one).data))).toMatchObject([{ label: "Painter" }, { nodeType: "utility:image_resize" }]);
  expect(bench.saved.get().at).toBe("t2");
});

test.each([["", [], 1], ["The file is too large.", ["/"], 0]] as const)("with an upload that says “%s”, leaving goes to %j and asks %i times", async (error, gone, asked) => {
  const went: string[] = [];
  const toasts: { readonly perform?: () => void }[] = [];
  vi.stubGlobal("location", { assign: (address: string) => void went.push(address) });
  const uploads = new Map([["image", { name: "boat.png", part: 0.4, error }]]);
  const ui = { get: () => ({ uploads }), toast: (_: string, { action }: { readonly action: { readonly perform: () => void } }) => void toasts.push(action) };
  await leaveTo({ bench: null, ui } as unknown as Canvas, "/");
  expect([went, toasts.length]).toEqual([gone, asked]);
  toasts[0]?.perform?.();
  expect(went).toEqual(["/"]);
});
