/** Undo as a value: what there was before each gesture, and what was undone. */
interface Step<T> {
  readonly label: string;
  readonly value: T;
}

export interface History<T> {
  readonly past: readonly Step<T>[];
  readonly present: T;
  readonly future: readonly Step<T>[];
  /** The gesture that may still grow: typing in one field, or nothing. */
  readonly open: { readonly key: string; readonly at: number } | null;
}

/** What is the same in two steps is shared, so that many of them take little room. */
const KEPT = 5_000;
/** Typing in one field is one gesture as long as no pause is longer than this, in milliseconds. */
const PAUSE = 800;

export function startHistory<T>(present: T): History<T> {
  return { past: [], present, future: [], open: null };
}

/** Note a gesture. With the key of the gesture before it, and soon enough, both count as one. */
export function record<T>(history: History<T>, next: T, label: string, key: string | null, at: number): History<T> {
  if (next === history.present) return history;
  const open = key === null ? null : { key, at };
  const grows = key !== null && history.open?.key === key && at - history.open.at < PAUSE;
  if (grows) return { ...history, present: next, future: [], open };
  const past = [...history.past, { label, value: history.present }].slice(-KEPT);
  return { past, present: next, future: [], open };
}

export function undo<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    past: history.past.slice(0, -1),
    present: last.value,
    future: [{ label: last.label, value: history.present }, ...history.future],
    open: null,
  };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { past: [...history.past, { label: next.label, value: history.present }], present: next.value, future, open: null };
}
