import type { NodeRun, Run } from "../live/run";
import { isByHand, isOver, runsAt } from "../live/run";
import { asList, asObject } from "../graph/json";
import { parse } from "../api/http";
import { remember, remembered } from "./ui";
import { createStore } from "./store";
import type { Store } from "./store";

export interface RunState {
  /** Newest first. */
  readonly runs: readonly Run[];
  /** Those that came in by another door, or beside a run of one's own: no card shows them unless somebody asks. Newest first. */
  readonly aside: readonly Run[];
  readonly current: string | null;
  /** What was shown before one of those aside was asked for. */
  readonly before: string | null;
  /** What each node's result depends on, by executions, as far as it is known. */
  readonly made: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The components of the graph as it is now: nodes that were in another one stand by themselves by now. */
  readonly components: ReadonlySet<string>;
  /** A start was asked for and is not yet answered. */
  readonly starting: boolean;
}

export type RunStore = Store<RunState>;

/** A start that this person asked for: of what, told by a number, and when it was taken. */
export interface Asked {
  readonly id: string;
  readonly what: number;
  readonly at: number;
}

/** Starts this close to each other are one press that came twice, in milliseconds. */
const ONE_PRESS = 700;
/** So long nothing may have been heard of a start yet, in milliseconds. */
const UNHEARD = 10_000;
const LAST_ASKED = 5;

/** The last starts, also those of other tabs and from before a reload, the newest first. */
export function recallAsked(workflowId: string): readonly Asked[] {
  return asList(parse(remembered(`asked:${workflowId}`) ?? "")).flatMap((one) => {
    const { id, what, at } = asObject(one);
    return typeof id === "string" && typeof what === "number" && typeof at === "number" ? [{ id, what, at }] : [];
  });
}

export function rememberAsked(workflowId: string, asked: Asked): void {
  remember(`asked:${workflowId}`, JSON.stringify([asked, ...recallAsked(workflowId)].slice(0, LAST_ASKED)));
}

/** Whether the same would be paid for twice: the same press once more, or a run of it that goes on, which somebody may want. */
export function isTwice(state: Pick<RunState, "aside" | "runs">, asked: readonly Asked[], what: number, now: number): "press" | "run" | null {
  const same = asked.filter((one) => one.what === what);
  if (same.some(({ at }) => now - at < ONE_PRESS)) return "press";
  const goesOn = ({ id, at }: Asked) => {
    const run = allRuns(state).find((one) => one.id === id);
    return run ? !isOver(run) : now - at < UNHEARD;
  };
  return same.some(goesOn) ? "run" : null;
}

const KEPT = 8;
/** A table starts many at once. */
const KEPT_ASIDE = 50;
const NONE: readonly NodeRun[] = [];

export function createRuns(): RunStore {
  return createStore<RunState>({ runs: [], aside: [], current: null, before: null, made: new Map(), components: new Set(), starting: false });
}

/** What an execution was made from, which its results are out of date by. */
export function noteMade(store: RunStore, id: string, made: ReadonlyMap<string, number>): void {
  store.set((state) => ({ ...state, made: new Map([...state.made].filter(([known]) => allRuns(state).some((run) => run.id === known))).set(id, made) }));
}

/**
 * Put an execution's newest state in its place. One that was not known becomes the one that is shown, unless it came in by
 * another door, this person has a run of their own going, or it began before the one that is shown: then it stands
 * aside, and the cards stay as they are.
 */
export function putRun(store: RunStore, run: Run, isMine: (id: string) => boolean): void {
  store.set((state) => {
    const put = (list: readonly Run[]) => (list.some(({ id }) => id === run.id) ? list.map((other) => (other.id === run.id ? run : other)) : null);
    const [runs, aside] = [put(state.runs), put(state.aside)];
    if (runs || aside) return { ...state, runs: runs ?? state.runs, aside: aside ?? state.aside };
    const shown = currentRun(state);
    const isBusy = shown !== null && !isOver(shown) && (isMine(shown.id) || isAside(state, shown.id));
    const isOlder = shown !== null && (run.startTime ?? Infinity) < (shown.startTime ?? 0);
    const isTaken = state.runs.length === 0 || run.id === state.current || isMine(run.id) || (isByHand(run) && !isBusy && !isOlder);
    if (isTaken && isOlder) return { ...state, runs: [...state.runs, run].slice(0, KEPT) };
    if (!isTaken) return { ...state, aside: [run, ...state.aside].slice(0, KEPT_ASIDE) };
    return { ...state, runs: [run, ...state.runs].slice(0, KEPT), current: run.id, before: null };
  });
}

/** Show an earlier run, of whichever door: what the graph is now that is loaded from it. */
export function showEarlier(store: RunStore, run: Run, made: ReadonlyMap<string, number>): void {
  store.set((state) => {
    const others = state.runs.filter(({ id }) => id !== run.id);
    const place = state.runs.findIndex(({ id }) => id === run.id);
    const at = place < 0 ? Math.min(others.length, KEPT - 1) : place;
    return { ...state, runs: [...others.slice(0, at), run, ...others.slice(at)].slice(0, KEPT), aside: state.aside.filter(({ id }) => id !== run.id), current: run.id, before: null };
  });
  noteMade(store, run.id, made);
}

/** Tell no more of those aside, but for the one that is shown. */
export function dropAside(store: RunStore): void {
  store.set((state) => ({ ...state, aside: state.aside.filter((run) => run.id === state.current) }));
}

function isAside({ aside }: RunState, id: string | null): boolean {
  return aside.some((run) => run.id === id);
}

/** The run that somebody here has just started is the one that is shown, whether it was heard of already or not. */
export function showOwn(store: RunStore, id: string): void {
  store.set((state) => {
    const heard = state.aside.filter((run) => run.id === id);
    return { ...state, runs: [...heard, ...state.runs].slice(0, KEPT), aside: state.aside.filter((run) => run.id !== id), current: id, before: null };
  });
}

/** Show one of those aside, or go back to what was shown before it; what has ended then is told of no more. */
export function turnAside(store: RunStore): void {
  store.set((state) => {
    if (isAside(state, state.current)) {
      return { ...state, aside: state.aside.filter((run) => run.id !== state.current || !isOver(run)), current: state.before, before: null };
    }
    const next = state.aside.find((run) => !isOver(run)) ?? state.aside[0];
    return next ? { ...state, current: next.id, before: state.current } : state;
  });
}

/** Take note of which components there are, so that what was unpacked shows what was made of it inside. */
export function noteComponents(store: RunStore, ids: readonly string[]): void {
  const { components } = store.get();
  if (ids.length !== components.size || ids.some((id) => !components.has(id))) store.set((state) => ({ ...state, components: new Set(ids) }));
}

/** Put executions that ended before behind the others. */
export function addOlder(store: RunStore, older: readonly Run[]): void {
  store.set((state) => {
    const known = new Set(allRuns(state).map((run) => run.id));
    return { ...state, runs: [...state.runs, ...older.filter((run) => !known.has(run.id))].slice(0, KEPT) };
  });
}

export function allRuns({ aside, runs }: Pick<RunState, "aside" | "runs">): readonly Run[] {
  return [...aside, ...runs];
}

export function currentRun(state: RunState): Run | null {
  const isShown = ({ id }: Run) => id === state.current;
  return state.runs.find(isShown) ?? state.aside.find(isShown) ?? null;
}

/** Those that cards may show, newest first: of those aside only the one that somebody asked for. */
export function shownRuns(state: RunState): readonly Run[] {
  const asked = state.aside.filter((run) => run.id === state.current);
  return asked.length === 0 ? state.runs : [...asked, ...state.runs];
}

export function activeRuns(state: RunState): readonly Run[] {
  return shownRuns(state).filter((run) => !isOver(run));
}

/** The execution whose results a node shows: the chosen one, or the last that touched the node. */
export function runShownOn(state: RunState, nodeId: string): Run | null {
  const current = currentRun(state);
  if (current && runsAt(current, nodeId, state.components)) return current;
  return state.runs.find((run) => runsAt(run, nodeId, state.components) !== undefined) ?? null;
}

export function nodeRunsOf(state: RunState, nodeId: string): readonly NodeRun[] {
  return madeIn(state, runShownOn(state, nodeId) ?? undefined, nodeId);
}

function madeIn({ components }: RunState, run: Run | undefined, nodeId: string): readonly NodeRun[] {
  return run ? (runsAt(run, nodeId, components) ?? NONE) : NONE;
}

/** What the newest execution made at a node, from the one that is shown on. */
export function madeAt(state: RunState, nodeId: string): readonly NodeRun[] {
  return madeIn(state, runMadeAt(state, nodeId) ?? undefined, nodeId);
}

/** The newest execution that made something at a node, from the one that is shown on. */
export function runMadeAt(state: RunState, nodeId: string): Run | null {
  const shown = runShownOn(state, nodeId);
  const all = shownRuns(state);
  const from = shown ? all.indexOf(shown) : 0;
  const hasMade = (run: Run) => madeIn(state, run, nodeId).some((nodeRun) => nodeRun.output !== null);
  return all.slice(from).find(hasMade) ?? null;
}

/** What the newest execution before the shown one made at a node. */
export function madeBefore(state: RunState, nodeId: string): readonly NodeRun[] {
  const now = madeAt(state, nodeId);
  const all = shownRuns(state);
  const later = all.findIndex((run) => madeIn(state, run, nodeId) === now);
  const hasMade = (run: Run) => madeIn(state, run, nodeId).some((nodeRun) => nodeRun.output !== null && !nodeRun.cached);
  return madeIn(state, all.slice(later + 1).find(hasMade), nodeId);
}

/** Whether the node or something it needs was changed since the execution whose result it shows. */
export function isStale(state: RunState, nodeId: string, now: ReadonlyMap<string, number>): boolean {
  const run = runShownOn(state, nodeId);
  const made = run ? state.made.get(run.id) : undefined;
  return made?.has(nodeId) === true && made.get(nodeId) !== now.get(nodeId); // of one that was in a component then nothing is known
}
