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

/** Press a key on a page with the nodes a, which is chosen, and b. Gives what the workflow is then, and whether the browser's own answer is left to it. */
async function press(key: string, part: Readonly<Record<string, unknown>>, on = "[role=button]") {
  const page = new EventTarget();
  vi.stubGlobal("navigator", { userAgent: "Linux" });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  vi.stubGlobal("Element", Shape);
  vi.stubGlobal("HTMLElement", class extends Shape {});
  vi.stubGlobal("window", page);
  vi.stubGlobal("document", new EventTarget());
  const { listenToKeys } = await import("./keyboard");
  const document = createDocument({ name: "", nodes: [node("a", "input:text"), node("b", "input:text")], edges: [] }, "t0", catalog, false);
  const state = { nodes: new Set(["a"]), edges: new Set<string>(), panel: null, editor: null, lightbox: null, bindings: USUAL, ...part };
  const ui = { get: () => state, select: () => undefined, patch: () => undefined, toast: () => undefined };
  const stop = listenToKeys({ document, ui, readOnly: false, catalog, stage: { current: null } } as unknown as Canvas);
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, code: key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, isComposing: false });
  Object.defineProperty(event, "target", { value: new Shape(on) });
  page.dispatchEvent(event);
  stop();
  return { ...document.doc(), isLeft: !event.defaultPrevented };
}

test.each([["past", 2], [null, 1]] as const)("with the panel %s open, Delete on a card leaves %i nodes", async (panel, left) => {
  expect((await press("Delete", { panel })).nodes).toHaveLength(left);
});

test.each(["Tab", "ArrowDown", "F2"])("where forms stand in place of the canvas, %s is the browser's", async (key) => {
  expect((await press(key, { editor: "outline" }, "body")).isLeft).toBe(true);
  expect((await press(key, {}, "body")).isLeft).toBe(false);
});

test("there, too, Delete is for what is chosen", async () => {
  expect((await press("Delete", { editor: "outline" })).nodes.map(({ id }) => id)).toEqual(["b"]);
});
