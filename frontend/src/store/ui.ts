import type { Brought } from "../graph/brought";
import type { End } from "../graph/connect";
import type { Doc, Point } from "../graph/types";
import type { Media } from "../graph/media";
import { readBindings } from "./bindings";
import type { Bindings } from "./bindings";
import { parse } from "../api/http";
import { createStore } from "./store";
import type { Store } from "./store";

/** A wire in the making: where it starts, which ends could take it, and why the others cannot. */
export interface Wiring {
  readonly from: End;
  readonly fits: ReadonlySet<string>;
  readonly reasons: ReadonlyMap<string, string>;
  /** Nothing is dragged: the next tap says where the wire goes. */
  readonly tapping: boolean;
}

export type Menu =
  | { readonly kind: "add"; readonly screen: Point; readonly at: Point; readonly end: End | null; readonly onto: string | null; readonly only?: "components" }
  | { readonly kind: "context"; readonly screen: Point; readonly at: Point; readonly on: "pane" | "node" | "edge" }
  | { readonly kind: "brought"; readonly screen: Point; readonly at: Point; readonly file: File; readonly brought: Brought }
  | { readonly kind: "ports"; readonly screen: Point; readonly end: End; readonly nodeId: string; readonly handles: readonly string[] };

interface ToastAction {
  readonly label: string;
  readonly perform: () => void;
  /** Whether it was done by another way meanwhile. */
  readonly isDone?: (doc: Doc) => boolean;
}

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "plain" | "bad";
  /** A wire or a start that was refused: only the last one is told of, until something was changed. */
  readonly refusal: boolean;
  readonly action: ToastAction | null;
  /** What can be done instead. */
  readonly other: ToastAction | null;
  /** It stays until somebody acts on it or sends it away; this is called then. */
  readonly answered: (() => void) | null;
}

export interface Upload {
  readonly name: string;
  readonly part: number;
  readonly error: string;
}

/** What stands at the left beside the canvas, one at a time. */
export type Side = "nodes" | "templates" | "assets" | "workflows" | "history";
/** What a phone shows the workflow as. */
export type Editor = "outline" | "canvas";
export type Panel = "share" | "versions" | "past" | "outline" | "problems" | "shortcuts" | "commands" | "find" | "wire" | "component" | "update" | "save-component" | "leave";

export interface UiState {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
  /** Places of cards that are being dragged right now. */
  readonly moving: ReadonlyMap<string, Point> | null;
  readonly wiring: Wiring | null;
  readonly menu: Menu | null;
  readonly panel: Panel | null;
  /** Null where there is room for the canvas and all that stands beside it. */
  readonly editor: Editor | null;
  /** The node or folded group whose entry in the outline is open. */
  readonly entry: string | null;
  /** Whether a large graph is looked at from afar, and so drawn as one. */
  readonly afar: boolean;
  /** The card or wire that is pointed at meanwhile, which stands there as ever. */
  readonly awake: string | null;
  /** Cards and wires that fingers lie on. They stay: of a touch that loses its element nothing more is heard. */
  readonly held: ReadonlySet<string>;
  readonly side: Side | null;
  /** The run that the time machine opens at; empty: the newest. */
  readonly looking: string;
  readonly inspector: boolean;
  readonly minimap: boolean;
  readonly tool: "select" | "hand";
  readonly wheel: "pan" | "zoom";
  readonly bindings: Bindings;
  /** The text that is written in the large editor. */
  readonly writing: { readonly nodeId: string; readonly paramId: string } | null;
  /** The place that a file is chosen for from the library. */
  readonly choosing: { readonly nodeId: string; readonly paramId: string } | null;
  readonly renaming: string | null;
  /** Where somebody wants to go who has not saved the component that is open. */
  readonly leaving: string;
  /** The node whose first field gets the caret as soon as the card is there. */
  readonly entering: string | null;
  /** A new card that is to be seen whole once it is measured. */
  readonly revealing: string | null;
  readonly lightbox: { readonly items: readonly Media[]; readonly index: number; readonly title: string } | null;
  readonly uploads: ReadonlyMap<string, Upload>;
  /** Which of several results a card shows. */
  readonly shown: ReadonlyMap<string, number>;
  readonly toasts: readonly Toast[];
}

export interface UiStore extends Store<UiState> {
  readonly patch: (part: Partial<UiState>) => void;
  readonly select: (nodes: Iterable<string>, edges?: Iterable<string>) => void;
  /** Let go of what is selected and no longer there. */
  readonly keep: (doc: Doc) => void;
  readonly toast: (text: string, options?: Partial<Pick<Toast, "tone" | "action" | "other" | "answered">>) => void;
  /** Say why a wire does not go where it was led, or why nothing was started. */
  readonly refuse: (reason: string, ways?: Partial<Pick<Toast, "action" | "other">>) => void;
  /** What was refused is past: something else was done. */
  readonly forgetRefusal: () => void;
  readonly dismiss: (id: number) => void;
}

const LASTS = 6_000;

function sideOf(kept: string): Side | null {
  return kept === "closed" ? null : kept === "templates" || kept === "assets" || kept === "workflows" || kept === "history" ? kept : "nodes";
}

/** Those of the ids that the items have: the same set when all are there. */
function there(ids: ReadonlySet<string>, items: readonly { readonly id: string }[]): ReadonlySet<string> {
  if (ids.size === 0) return ids;
  const known = new Set(items.map(({ id }) => id));
  return [...ids].every((id) => known.has(id)) ? ids : new Set([...ids].filter((id) => known.has(id)));
}

/** `keys` are those that the server keeps for this person; before it did, browsers kept them. */
export function createUi(keys: unknown): UiStore {
  const narrow = matchMedia(NARROW);
  const phone = narrow.matches;
  const store = createStore<UiState>({
    nodes: new Set(), edges: new Set(), moving: null, wiring: null, menu: null, panel: null, editor: editorOf(phone), entry: null, afar: false, awake: null, held: new Set(),
    side: phone ? null : sideOf(remembered("palette") ?? ""), looking: "", inspector: !phone, minimap: remembered("minimap") !== "closed",
    tool: "select", wheel: remembered("wheel") === "zoom" ? "zoom" : "pan",
    bindings: readBindings(keys ?? parse(remembered("keys") ?? "")), writing: null, choosing: null, renaming: null, leaving: "/", entering: null, revealing: null, lightbox: null, uploads: new Map(), shown: new Map(), toasts: [],
  });
  narrow.addEventListener("change", ({ matches }) => store.set((state) => ({ ...state, editor: editorOf(matches), ...(matches
    ? { side: null, inspector: false, panel: state.panel === "outline" ? null : state.panel }
    : { side: sideOf(remembered("palette") ?? ""), inspector: true }) })));
  let count = 0;
  const dismiss = (id: number) => {
    store.get().toasts.find((toast) => toast.id === id)?.answered?.();
    store.set((state) => ({ ...state, toasts: state.toasts.filter((toast) => toast.id !== id) }));
  };
  const toast = (text: string, { tone = "plain", action = null, other = null, answered = null, refusal = false }: Partial<Omit<Toast, "id" | "text">> = {}) => {
    const id = ++count;
    store.set((state) => ({
      ...state,
      toasts: [...state.toasts.filter((one) => one.text !== text && !(refusal && one.refusal)), { id, text, tone, action, other, answered, refusal }].slice(-3),
    }));
    if (answered === null) window.setTimeout(() => dismiss(id), tone === "bad" ? LASTS * 2 : LASTS);
  };
  return {
    ...store,
    patch: (part) => store.set((state) => ({ ...state, ...part })),
    select: (nodes, edges = []) => store.set((state) => ({ ...state, nodes: new Set(nodes), edges: new Set(edges) })),
    keep: ({ nodes, edges }) => {
      const now = store.get();
      const [cards, wires] = [there(now.nodes, nodes), there(now.edges, edges)];
      if (cards !== now.nodes || wires !== now.edges) store.set((state) => ({ ...state, nodes: cards, edges: wires }));
    },
    toast,
    refuse: (reason, ways = {}) => toast(reason, { ...ways, tone: "bad", refusal: true }),
    forgetRefusal: () => {
      if (store.get().toasts.some(({ refusal }) => refusal)) store.set((state) => ({ ...state, toasts: state.toasts.filter(({ refusal }) => !refusal) }));
    },
    dismiss,
  };
}

const NARROW = "(max-width: 720px)";

/** Where panels come as sheets from below. */
export function isPhone(): boolean {
  return matchMedia(NARROW).matches;
}

/** A canvas of a phone's size shows too little to begin with: it is there for those who chose it. */
function editorOf(phone: boolean): Editor | null {
  return phone ? (remembered("editor") === "canvas" ? "canvas" : "outline") : null;
}

/** Show the workflow as forms or drawn, here and whenever one is opened in this browser. */
export function showAs(ui: UiStore, editor: Editor): void {
  remember("editor", editor);
  ui.patch({ editor, panel: null, inspector: false, side: null, wiring: null });
}

/** A choice this browser keeps; nothing breaks where it keeps none. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(`wireflow:${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`wireflow:${name}`, value);
  } catch {
    // kept for this page only
  }
}
