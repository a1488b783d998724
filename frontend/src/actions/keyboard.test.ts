import { afterEach, expect, test, vi } from "vitest";

import { catalog, node } from "../testing/catalog";
import { USUAL } from "../store/bindings";
import { createDocument } from "../store/document";
import type { Canvas } from "../store/canvas";

afterEach(() => void vi.unstubAllGlobals());

/** A shape of a drawing: an element, and no HTML. */
class Shape extends EventTarget {
  constructor(private readonly fits: string) {
    super();
  }
  closest = (selector: string) => (selector.includes(this.fits) ? this : null);
  matches = () => false;
}

test.each([["past", 2], [null, 1]] as const)("with the panel %s open, Delete on a card leaves %i nodes", async (panel, left) => {
  const page = new EventTarget();
  vi.stubGlobal("navigator", { userAgent: "Linux" });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  vi.stubGlobal("Element", Shape);
  vi.stubGlobal("HTMLElement", class extends Shape {});
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", new EventTarget());
  const { listenToKeys } = await import("./keyboard");
  const document = createDocument({ name: "", nodes: [node("a", "input:text"), node("b", "input:text")], edges: [] }, "t0", catalog, false);
  const state = { nodes: new Set(["a"]), edges: new Set<string>(), panel, lightbox: null, bindings: USUAL };
  const ui = { get: () => state, select: () => undefined, patch: () => undefined, toast: () => undefined };
  const stop = listenToKeys({ document, ui, readOnly: false, catalog } as unknown as Canvas);
  const key = Object.assign(new Event("keydown", { cancelable: true }), { key: "Delete", code: "Delete", shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false });
  Object.defineProperty(key, "target", { value: new Shape("[role=button]") });
  page.dispatchEvent(key);
  expect(document.doc().nodes).toHaveLength(left);
  stop();
});
