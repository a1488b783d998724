import { carry, shared } from "../graph/merge";
import type { Doc } from "../graph/types";
import { t } from "../language/speak";
import type { DocumentStore } from "./document";

/**
 * What takes back the gesture that has just made the document of `before`, and nothing else: what was done since, here or
 * by others, stays. While it is the last gesture it is undone, so that it can be done again.
 */
export function takeBack(document: DocumentStore, label: string, before: Doc): () => void {
  const after = document.doc();
  return () => {
    if (after === before) return;
    if (document.doc() === after) document.undo();
    else document.edit(t("Take back: {label}", { label }), (doc) => shared(doc, carry(doc, after, before, "theirs")));
  };
}

/** The action of a toast that speaks of the gesture. */
export function undoing(document: DocumentStore, label: string, before: Doc): { readonly label: string; readonly perform: () => void; readonly isDone: (doc: Doc) => boolean } {
  const after = document.doc();
  // By what it would change, not by the drawing of then: news from the server make another of the same.
  const isDone = (doc: Doc) => doc !== after && shared(doc, carry(doc, after, before, "theirs")) === doc;
  return { label: t("Undo"), perform: takeBack(document, label, before), isDone };
}
