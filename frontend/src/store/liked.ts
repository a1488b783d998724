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

/** Take over what other tabs write. */
export function followLiked(): () => void {
  const take = () => liked.set(() => ({ favourites: read("favourites"), used: read("used") }));
  window.addEventListener("storage", take);
  return () => window.removeEventListener("storage", take);
}

/** As any tab wrote it last; where the browser keeps nothing, as it is on this page. */
const now = (name: keyof Liked) => (remembered(name) === null ? liked.get()[name] : read(name));

function keep(name: keyof Liked, kinds: readonly string[]): void {
  remember(name, kinds.join(" "));
  liked.set((before) => ({ ...before, [name]: kinds }));
}

export function noteUsed(kind: string): void {
  keep("used", [kind, ...now("used").filter((name) => name !== kind)].slice(0, USED));
}

/** Put it among the favourites, or take it out again. */
export function star(kind: string): void {
  const favourites = now("favourites");
  keep("favourites", favourites.includes(kind) ? favourites.filter((name) => name !== kind) : [...favourites, kind]);
}
