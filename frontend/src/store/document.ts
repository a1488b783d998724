import type { Catalog } from "../graph/catalog";
import type { Change } from "../graph/changes";
import { readFlow } from "../graph/flow";
import type { Flow } from "../graph/flow";
import { receive, record, redo, startHistory, undo } from "../graph/history";
import type { History } from "../graph/history";
import { sameJson } from "../graph/json";
import { carry } from "../graph/merge";
import { switchOff } from "../graph/modes";
import type { Switched } from "../graph/modes";
import { piledUp } from "../graph/piled";
import { brought, findProblems, isMissing, isSame, refusalsOf, stillFound, stillRefused } from "../graph/problems";
import type { Piece } from "../graph/pieces";
import type { Problem, Refusal } from "../graph/problems";
import { signatures } from "../graph/signature";
import type { Doc } from "../graph/types";
import { createStore } from "./store";
import type { Store } from "./store";

export type SaveState =
  | { readonly kind: "saved"; readonly at: number | null }
  | { readonly kind: "waiting" | "saving" | "readonly" }
  | { readonly kind: "offline" | "refused"; readonly sentence: string }
  | { readonly kind: "aside"; readonly pieces: readonly Aside[] };

/** What the server will not take as it is; the reason is empty where it only waits for another such piece. */
export interface Aside {
  readonly piece: Piece;
  readonly reason: string;
}

export interface DocumentState {
  readonly history: History<Doc>;
  readonly flow: Flow;
  readonly signatures: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
  /** What is missing inside a component and comes from outside: no fault of its, but nothing to run without. */
  readonly outside: readonly Problem[];
  /** What does not run, and why. */
  readonly switched: Switched;
  readonly fromServer: readonly Problem[];
  /** Why the last start was refused, as far as that still holds. */
  readonly refused: readonly Refusal[];
  /** What the server stores, as far as it was heard, and when it says it stored that. */
  readonly saved: Doc;
  readonly base: string;
  readonly save: SaveState;
}

export interface DocumentStore extends Store<DocumentState> {
  readonly doc: () => Doc;
  /** One gesture. Changes with the same key in quick succession count as one. */
  readonly edit: (label: string, change: Change, key?: string) => void;
  readonly undo: () => string | null;
  readonly redo: () => string | null;
  /** The server holds `saved` now, over which the document here is `doc`; none of that is a gesture of one's own. */
  readonly receive: (saved: Doc, base: string, doc: Doc) => void;
  /** What the server found wrong with the document: all of it, or what can be said without planning a run. */
  readonly judge: (found: readonly Problem[], isAll: boolean) => void;
  /** The server would not run the document as it stands. */
  readonly refuse: (found: readonly Problem[]) => void;
  readonly isDirty: () => boolean;
}

function sameDoc(a: Doc, b: Doc): boolean {
  return a === b || (a.name === b.name && sameJson(a.nodes, b.nodes) && sameJson(a.edges, b.edges));
}

/** One's own gesture taken back or done again: what others set since stays. */
const gently = (now: Doc, from: Doc, to: Doc) => carry(now, from, to, "theirs");
const firmly = (now: Doc, from: Doc, to: Doc) => carry(now, from, to, "mine");

export function createDocument(doc: Doc, base: string, catalog: Catalog, readOnly: boolean, isBench = false): DocumentStore {
  const find = (...asked: Parameters<typeof findProblems>) => {
    const found = [...findProblems(...asked), ...piledUp(asked[0], catalog)];
    const outside = isBench ? found.filter(isMissing) : [];
    return { problems: found.filter((problem) => !outside.includes(problem)), outside };
  };
  const derive = (now: Doc, before?: DocumentState) => {
    const flow = readFlow(now, catalog);
    const made = signatures(now, catalog);
    const refused = before ? stillRefused(before.refused, before.signatures, made) : [];
    const fromServer = before ? stillFound(before.fromServer, before.signatures, made) : [];
    const switched = switchOff(now, catalog, flow);
    return { flow, signatures: made, refused, fromServer, switched, ...find(now, catalog, flow, fromServer, refused, switched) };
  };
  const store = createStore<DocumentState>({
    history: startHistory(doc),
    ...derive(doc),
    saved: doc,
    base,
    save: readOnly ? { kind: "readonly" } : { kind: "saved", at: Date.parse(base) || null },
  });
  const put = (history: History<Doc>, more: Partial<DocumentState> = {}) =>
    store.set((state) => {
      const now = history.present;
      const before = state.history.present;
      const same = now.nodes === before.nodes && now.edges === before.edges;
      return { ...state, history, ...(same ? {} : derive(now, state)), ...more };
    });

  return {
    ...store,
    doc: () => store.get().history.present,
    edit: (label, change, key) => {
      if (readOnly) return;
      const { history } = store.get();
      put(record(history, change(history.present), label, key ?? null, Date.now()));
    },
    undo: () => {
      const { history } = store.get();
      put(undo(history, gently));
      return history.past.at(-1)?.label ?? null;
    },
    redo: () => {
      const { history } = store.get();
      put(redo(history, gently));
      return history.future[0]?.label ?? null;
    },
    receive: (saved, base, doc) => put(receive(store.get().history, doc, firmly), { saved, base }),
    judge: (found, isAll) =>
      store.set((state) => {
        const heard = brought(state.history.present, found);
        const fromServer = isAll ? heard : [...heard, ...state.fromServer.filter((one) => one.severity === "error" && !heard.some((other) => isSame(one, other)))];
        return { ...state, fromServer, ...find(state.history.present, catalog, state.flow, fromServer, state.refused, state.switched) };
      }),
    refuse: (found) =>
      store.set((state) => {
        const refused = refusalsOf(brought(state.history.present, found), state.signatures);
        return { ...state, refused, ...find(state.history.present, catalog, state.flow, state.fromServer, refused, state.switched) };
      }),
    isDirty: () => !sameDoc(store.get().history.present, store.get().saved),
  };
}
