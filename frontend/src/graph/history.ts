/** Undo as a value: what each gesture made of what there was before, and what was undone. */
interface Step<T> {
  readonly label: string;
  readonly before: T;
  readonly after: T;
}

export interface History<T> {
  readonly past: readonly Step<T>[];
  readonly present: T;
  readonly future: readonly Step<T>[];
  /** The gesture that may still grow: typing in one field, or nothing. */
  readonly open: { readonly key: string; readonly at: number } | null;
}

/** Do to what there is now what makes `to` of `from`. */
type Carry<T> = (now: T, from: T, to: T) => T;

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
  const last = history.past.at(-1);
  const grows = key !== null && history.open?.key === key && at - history.open.at < PAUSE;
  if (grows && last) return { past: history.past.with(-1, { ...last, after: next }), present: next, future: [], open };
  const past = [...history.past, { label, before: history.present, after: next }].slice(-KEPT);
  return { past, present: next, future: [], open };
}

/** What others changed: it is no gesture of one's own, and stays when those are undone. */
export function receive<T>(history: History<T>, next: T, carry: Carry<T>): History<T> {
  const last = history.past.at(-1);
  if (next === history.present) return history;
  if (history.open === null || last?.after !== history.present) return { ...history, present: next };
  return { ...history, past: history.past.with(-1, { ...last, before: carry(last.before, last.after, next), after: next }), present: next };
}

export function undo<T>(history: History<T>, carry: Carry<T>): History<T> {
  const last = history.past.at(-1);
  if (!last) return history;
  return {
    past: history.past.slice(0, -1),
    present: carry(history.present, last.after, last.before),
    future: [last, ...history.future],
    open: null,
  };
}

export function redo<T>(history: History<T>, carry: Carry<T>): History<T> {
  const [next, ...future] = history.future;
  if (!next) return history;
  return { past: [...history.past, next], present: carry(history.present, next.before, next.after), future, open: null };
}
