import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";

import { pasteText } from "../actions/clipboard-text";
import { removeSelection } from "../actions/editing";
import { addNode, remove, rename, setData } from "../graph/changes";
import { clipText } from "../graph/clipboard";
import type { Doc } from "../graph/types";
import { catalog, edge, node } from "../testing/catalog";
import type { Canvas } from "./canvas";
import { createDocument } from "./document";
import { takeBack } from "./take-back";
import type { UiStore } from "./ui";

const START: Doc = { name: "one", nodes: [node("a", "input:text"), node("b", "llm:gemini"), node("c", "llm:gemini")], edges: [edge("a.out-prompt > b.in-prompt"), edge("b.out-text > c.in-prompt")] };

function open() {
  const document = createDocument(START, "t0", catalog, false);
  const toasts: Parameters<UiStore["toast"]>[] = [];
  const ui = {
    get: () => ({ nodes: new Set(["b", "c"]), edges: new Set() }), select: () => undefined,
    toast: (...toast: Parameters<UiStore["toast"]>) => void toasts.push(toast),
  };
  return { document, toasts, canvas: { document, ui, catalog, readOnly: false } as unknown as Canvas };
}

afterEach(() => void vi.unstubAllGlobals());

test("the toast of a deletion brings back what was deleted, and leaves what was done since", () => {
  const { canvas, document, toasts } = open();
  removeSelection(canvas, false);
  expect(document.doc().nodes.map(({ id }) => id)).toEqual(["a"]);
  document.edit("Rename", rename("two"));
  toasts[0]?.[1]?.action?.perform();
  expect(document.doc()).toEqual({ ...START, name: "two" });
});

test("what a toast offers to take back is known to be done by a key meanwhile", () => {
  const { canvas, document, toasts } = open();
  removeSelection(canvas, false);
  const isDone = () => toasts[0]?.[1]?.action?.isDone?.(document.doc());
  expect(isDone()).toBe(false);
  document.undo();
  expect(isDone()).toBe(true);
});

test("also where news from elsewhere came before it was undone", () => {
  const { canvas, document, toasts } = open();
  removeSelection(canvas, false);
  const news = { ...document.doc(), name: "of another" };
  document.receive(news, "t1", news);
  const isDone = () => toasts[0]?.[1]?.action?.isDone?.(document.doc());
  expect(isDone()).toBe(false);
  document.undo();
  expect(document.doc().name).toBe("of another");
  expect(isDone()).toBe(true);
});

test("the toast of a paste takes away what was pasted, and leaves what was done since", () => {
  const { canvas, document, toasts } = open();
  pasteText(canvas, clipText({ nodes: START.nodes.slice(1), edges: START.edges.slice(1) }), null, false);
  document.edit("Write", setData("a", { text: "x" }));
  toasts[0]?.[1]?.action?.perform();
  expect(document.doc()).toEqual(setData("a", { text: "x" })(START));
});

test("the last gesture is undone, so that it can be done again", () => {
  const { document } = open();
  const before = document.doc();
  document.edit("Delete", remove(new Set(["b"]), new Set()));
  takeBack(document, "Delete", before)();
  expect(document.doc()).toBe(START);
  expect(document.redo()).toBe("Delete");
});

test("what was undone already, or changed nothing, is not taken back again", () => {
  const { document } = open();
  document.edit("Rename", rename("two"));
  const before = document.doc();
  document.edit("Delete", remove(new Set(["gone"]), new Set()));
  const nothing = takeBack(document, "Delete", document.doc());
  document.edit("Delete", remove(new Set(["b"]), new Set()));
  const back = takeBack(document, "Delete", before);
  document.undo();
  const undone = document.doc();
  back();
  nothing();
  expect(document.doc()).toEqual(undone);
  expect(document.doc().name).toBe("two");
});

test("whatever is done since, only the one gesture is taken back", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("name", "text", "add", "undo"), { maxLength: 8 }), (since) => {
    const { document } = open();
    const before = document.doc();
    document.edit("Delete", remove(new Set(["c"]), new Set()));
    const back = takeBack(document, "Delete", before);
    const other = createDocument(START, "t0", catalog, false);
    let depth = 0;
    for (const [i, what] of since.entries()) {
      if (what === "undo" && depth === 0) continue;
      depth += what === "undo" ? -1 : 1;
      for (const one of [document, other]) {
        if (what === "name") one.edit("Rename", rename(`${i}`));
        else if (what === "text") one.edit("Write", setData("a", { text: `${i}` }));
        else if (what === "add") one.edit("Add", addNode(node(`new-${i}`, "input:text")));
        else one.undo();
      }
    }
    back();
    const sorted = ({ name, nodes, edges }: Doc) => ({ name, nodes: nodes.toSorted((a, b) => (a.id < b.id ? -1 : 1)), edges });
    expect(sorted(document.doc())).toEqual(sorted(other.doc()));
  }));
});
