import { isOver, tally } from "./run";
import type { Run } from "./run";
import type { RunStore } from "../store/run";
import { currentRun } from "../store/run";
import type { DocumentStore } from "../store/document";

export interface Tab {
  readonly title: string;
  /** The dot on the icon. */
  readonly dot: "running" | "done" | "failed" | null;
}

/** What the browser's tab says: how far a run is, and how it ended as long as nobody has looked since. */
export function tabOf(name: string, run: Run | null, unseen: boolean): Tab {
  if (run && !isOver(run)) return { title: `▶ ${Math.round(tally(run).part * 100)} % · ${name}`, dot: "running" };
  if (run?.status === "COMPLETED" && unseen) return { title: `✓ ${name} · Wireflow UI`, dot: "done" };
  if (run?.status === "FAILED" && unseen) return { title: `✗ ${name} · Wireflow UI`, dot: "failed" };
  return { title: `${name} · Wireflow UI`, dot: null };
}

/** Keep title and icon of the tab as the runs are. */
export function watchTab(store: DocumentStore, runs: RunStore): void {
  let unseen = false;
  let going = false;
  let last: Tab | null = null;
  const write = () => {
    const run = currentRun(runs.get());
    const goes = run !== null && !isOver(run);
    if (going && !goes && document.hidden) unseen = true;
    if (goes) unseen = false;
    going = goes;
    const tab = tabOf(store.doc().name, run, unseen);
    if (document.title !== tab.title) document.title = tab.title;
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon && tab.dot !== (last?.dot ?? null)) icon.href = `/static/img/favicon${tab.dot ? `-${tab.dot}` : ""}.svg`;
    last = tab;
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !unseen) return;
    unseen = false;
    write();
  });
  store.subscribe(write);
  runs.subscribe(write);
  write();
}
