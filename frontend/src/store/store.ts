import { useRef, useSyncExternalStore } from "react";

/** A value that can be watched. Setting it to itself is silent. */
export interface Store<T> {
  readonly get: () => T;
  readonly set: (next: T | ((now: T) => T)) => void;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const after = typeof next === "function" ? next(value) : next;
      if (after === value) return;
      value = after;
      listeners.forEach((listener) => listener());
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Watch one slice; the component is drawn again only when the slice is no longer the same. */
export function useSlice<T, S>(store: Store<T>, select: (value: T) => S, same: (a: S, b: S) => boolean = Object.is): S {
  const last = useRef<{ slice: S } | null>(null);
  return useSyncExternalStore(store.subscribe, () => {
    const slice = select(store.get());
    if (last.current === null || !same(last.current.slice, slice)) last.current = { slice };
    return last.current.slice;
  });
}

export function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
}
