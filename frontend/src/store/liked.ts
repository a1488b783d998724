import { createStore } from "./store";
import { remember, remembered } from "./ui";

/** The node types that a person has put among the favourites, and those they placed last, the newest first; kept in this browser. */
export interface Liked {
  readonly favourites: readonly string[];
  readonly used: readonly string[];
}

const USED = 8;
const read = (name: keyof Liked) => (remembered(name) ?? "").split(" ").filter(Boolean);

export const liked = createStore<Liked>({ favourites: read("favourites"), used: read("used") });

function keep(name: keyof Liked, kinds: readonly string[]): void {
  remember(name, kinds.join(" "));
  liked.set((now) => ({ ...now, [name]: kinds }));
}

export function noteUsed(kind: string): void {
  keep("used", [kind, ...liked.get().used.filter((name) => name !== kind)].slice(0, USED));
}

/** Put it among the favourites, or take it out again. */
export function star(kind: string): void {
  const { favourites } = liked.get();
  keep("favourites", favourites.includes(kind) ? favourites.filter((name) => name !== kind) : [...favourites, kind]);
}
