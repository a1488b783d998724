import { afterEach, expect, test, vi } from "vitest";

import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import { setData } from "../graph/changes";
import type { Canvas } from "../store/canvas";
import { createDocument } from "../store/document";
import { createSaver } from "../store/saver";
import { catalog, node } from "../testing/catalog";
import { keepDraft, putVersion } from "./versions-work";

afterEach(() => vi.unstubAllGlobals());

const start = { name: "Boats", nodes: [node("draw", "generate:nano_banana_2")], edges: [] };
const version = { id: "7", number: 7, automatic: "", name: "", at: "", by: "", kept: true, current: false, nodes: 0, graph: { nodes: [], edges: [] } } as const;

/** A canvas whose draft the server takes, or not; with the calls about versions that were made. */
function drawn(saveDraft: Api["saveDraft"]) {
  vi.stubGlobal("window", Object.assign(new EventTarget(), { setTimeout }));
  const asked: string[] = [];
  vi.stubGlobal("fetch", (address: string, { method }: { readonly method: string }) => {
    asked.push(`${method} ${address}`);
    return Promise.resolve(new Response("{}"));
  });
  const document = createDocument(start, "t0", catalog, false, true);
  const buffer = { keep: () => true, clear: () => undefined, left: () => Promise.resolve([]) };
  const saver = createSaver("cm1", document, { saveDraft } as Api, buffer, () => true, () => undefined);
  const said: string[] = [];
  document.edit("Change", setData("draw", { label: "Painter" }));
  return { asked, document, said, canvas: { csrf: "", workflowId: "cm1", catalog, document, saver, ui: { toast: (text: string) => said.push(text) } } as unknown as Canvas };
}

const refuse: Api["saveDraft"] = () => Promise.reject(new ApiError(400, "Too long."));

test("nothing takes the place of a draft that the server does not have", async () => {
  const { asked, canvas, document, said } = drawn(refuse);
  const mine = document.doc();
  await expect(putVersion(canvas, version, "restored")).rejects.toThrow("nothing was replaced");
  await expect(putVersion(canvas, version, "discarded")).rejects.toThrow("nothing was replaced");
  await expect(keepDraft(canvas, "loaded")).rejects.toThrow(ApiError);
  expect([document.doc(), asked, said]).toEqual([mine, [], []]);
});

test("what is imported only adds to the draft, so that goes on", async () => {
  const { asked, canvas } = drawn(refuse);
  await keepDraft(canvas, "imported");
  expect(asked).toHaveLength(1);
});

test("a draft that was saved and kept makes room for a version", async () => {
  const { asked, canvas, document, said } = drawn(({ opId, changes }) => Promise.resolve({ updatedAt: "t1", warnings: [], edits: [{ opId, before: "t0", updatedAt: "t1", changes }] }));
  await putVersion(canvas, version, "discarded");
  expect([document.doc().nodes, asked.length, said]).toEqual([[], 1, ["The draft is as v7 again. What it was is among the versions."]]);
});
