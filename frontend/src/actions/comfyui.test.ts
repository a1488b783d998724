import { afterEach, expect, test, vi } from "vitest";

import { rename } from "../graph/changes";
import type { Canvas } from "../store/canvas";
import { createDocument } from "../store/document";
import type { UiStore } from "../store/ui";
import { catalog, node } from "../testing/catalog";
import { insertComfyUI } from "./comfyui";

afterEach(() => void vi.unstubAllGlobals());

test("what was done after an import stays when the import is kept as one node instead", async () => {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify({ nodes: [node("text", "input:text")], edges: [], report: [] }))));
  const document = createDocument({ name: "one", nodes: [], edges: [] }, "t0", catalog, false);
  const toasts: Parameters<UiStore["toast"]>[] = [];
  const ui = { select: () => undefined, toast: (...toast: Parameters<UiStore["toast"]>) => void toasts.push(toast) };
  insertComfyUI({ csrf: "", document, ui } as unknown as Canvas, {}, null);
  await vi.waitFor(() => expect(toasts).toHaveLength(1));
  document.edit("Rename", rename("two"));
  toasts[0]?.[1]?.action?.perform();
  await vi.waitFor(() => expect(toasts).toHaveLength(2));
  expect([document.doc().name, document.doc().nodes.length]).toEqual(["two", 1]);
});
