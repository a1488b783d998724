/** Where a text was changed, how much was taken out there and what was put in. */
export interface Splice {
  readonly at: number;
  readonly cut: number;
  readonly put: string;
}

type Pair = readonly [number, number];

/** A word of a script that parts words, else one character: the same ranges as in `workflows/texts.py`. */
const TOKEN = /[0-9A-Za-z_\u00aa-\u0dff\u1100-\u11ff\u1e00-\u1fff\uac00-\ud7af]+|./gsu;
/** What comparing the texts of one edit may cost together, in steps: each text some, each word one at least. */
const STEPS = 400_000;
const STEPS_A_TEXT = 100;
/** What of it may be spent on how one text became another: so many, and so many more for each word. */
const STEPS_AT_ONCE = 20_000;
const STEPS_A_WORD = 8;
/** So many words in a row are looked for where no single one stands once. */
const RUN = 4;

/** What comparing texts may still cost. */
export class Steps {
  constructor(public left = STEPS) {}

  /** Spend so many. Where there are not as many, nothing is left, so that nobody begins what cannot be ended. */
  take(many: number): boolean {
    const enough = many <= this.left;
    this.left = enough ? this.left - many : 0;
    return enough;
  }
}

/**
 * What became of a text that two changed at once: both changes, word by word. Where they overlap mine is taken, and
 * nothing else of theirs is lost; where the steps do not do, a text is taken to be changed from the first difference to the
 * last. The server does the same, and `tests/workflows/texts.json` holds both to it.
 */
export function mergeText(was: string, mine: string, theirs: string, steps: Steps): string {
  if (theirs === was || theirs === mine) return mine;
  if (mine === was) return theirs;
  const [a, b] = [splice(was, mine), splice(was, theirs)];
  if (a.at + a.cut < b.at || a.at > b.at + b.cut) return put(was, [a], [b]);
  const ours = splices(was, mine, steps);
  return put(was, ours, beside(splices(was, theirs, steps), ours));
}

/** The one change that makes the second text of the first; no character is cut in two. */
export function splice(was: string, now: string): Splice {
  const shorter = Math.min(was.length, now.length);
  let at = 0;
  while (at < shorter && was[at] === now[at]) at++;
  if (isLow(was, at) || isLow(now, at)) at--;
  let end = 0;
  while (end < shorter - at && was.at(-1 - end) === now.at(-1 - end)) end++;
  if (end > 0 && (isLow(was, was.length - end) || isLow(now, now.length - end))) end--;
  return { at, cut: was.length - at - end, put: now.slice(at, now.length - end) };
}

/** Whether the second half of a character stands here. */
function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

/** The changes that make the second text of the first, word by word. */
function splices(was: string, now: string, steps: Steps): readonly Splice[] {
  if (!steps.take(STEPS_A_TEXT)) return [splice(was, now)];
  const [a, b] = [was.match(TOKEN) ?? [], now.match(TOKEN) ?? []];
  if (!steps.take(a.length + b.length)) return [splice(was, now)];
  const [here, there] = [placesOf(a), placesOf(b)];
  return gaps(a, b, steps).map(([a0, a1, b0, b1]) => {
    const at = here[a0] ?? 0;
    const one = splice(was.slice(at, here[a1]), now.slice(there[b0], there[b1]));
    return { ...one, at: at + one.at };
  });
}

function placesOf(tokens: readonly string[]): readonly number[] {
  let at = 0;
  return [0, ...tokens.map((token) => (at += token.length))];
}

/** The text with splices that do not overlap. Of two at one place theirs comes first. */
function put(text: string, mine: readonly Splice[], theirs: readonly Splice[]): string {
  let here = 0;
  let made = "";
  const all = [...theirs, ...mine].sort((a, b) => a.at - b.at || Number(a.cut > 0) - Number(b.cut > 0));
  for (const one of all) {
    made += text.slice(here, one.at) + one.put;
    here = one.at + one.cut;
  }
  return made + text.slice(here);
}

/** Of their splices those that overlap none of mine, and are not the same. */
function beside(theirs: readonly Splice[], mine: readonly Splice[]): readonly Splice[] {
  let i = 0;
  return theirs.filter((one) => {
    let isMine = false;
    let next = mine[i];
    for (; next && next.at + next.cut <= one.at; next = mine[++i]) isMine = next.at === one.at && one.cut === 0 && next.put === one.put;
    return !isMine && (!next || next.at >= one.at + one.cut);
  });
}

/** Where a place in the one text is in the other: what was put in there comes behind it. */
export function placeIn(was: string, now: string, place: number): number {
  let moved = place;
  for (const { at, cut, put: words } of splices(was, now, new Steps())) {
    if (at + cut <= place && at < place) moved += words.length - cut;
    else if (at < place) return moved - place + at + words.length;
  }
  return moved;
}

/**
 * Where two lists differ, from the front: from and to in the one, from and to in the other. They are held together at
 * words that each has once, then between these in the same way; what has no such word is compared in full, or where that
 * is too much, held together at rows of a few words.
 */
function gaps(a: readonly string[], b: readonly string[], budget: Steps): readonly (readonly [number, number, number, number])[] {
  const most = Math.min(STEPS_AT_ONCE + STEPS_A_WORD * (a.length + b.length), budget.left);
  let steps = most;
  const found: [number, number, number, number][] = [];
  const left: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let next = left.pop(); next; next = left.pop()) {
    let [a0, a1, b0, b1] = next;
    while (a0 < a1 && b0 < b1 && a[a0] === b[b0]) [a0, b0] = [a0 + 1, b0 + 1];
    while (a0 < a1 && b0 < b1 && a[a1 - 1] === b[b1 - 1]) [a1, b1] = [a1 - 1, b1 - 1];
    const [wide, high] = [a1 - a0, b1 - b0];
    let same: readonly Pair[] = [];
    if (wide > 0 && high > 0 && wide + high <= steps) {
      steps -= wide + high;
      const [ours, theirs] = [a.slice(a0, a1), b.slice(b0, b1)];
      same = rising(onceInBoth(ours, theirs));
      if (same.length === 0 && wide * high <= steps) {
        steps -= wide * high;
        same = longest(ours, theirs);
      } else if (same.length === 0) same = rising(onceInBoth(runs(ours), runs(theirs)));
    }
    if (same.length > 0) {
      const between = [...same, [wide, high] as const].map(([i, j], n): [number, number, number, number] => {
        const [k, m] = same[n - 1] ?? [-1, -1];
        return [a0 + k + 1, a0 + i, b0 + m + 1, b0 + j];
      });
      left.push(...between.reverse());
    } else if (wide + high > 0) found.push([a0, a1, b0, b1]);
  }
  budget.take(most - steps);
  return found;
}

function runs(words: readonly string[]): readonly string[] {
  return words.map((_, i) => words.slice(i, i + RUN).join(""));
}

function onceInBoth(a: readonly string[], b: readonly string[]): readonly Pair[] {
  const there = onceIn(b);
  return [...onceIn(a)].flatMap(([word, i]): readonly Pair[] => {
    const j = there.get(word) ?? -1;
    return i < 0 || j < 0 ? [] : [[i, j]];
  });
}

/** Where each word stands; of those that come again, -1. */
function onceIn(words: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  words.forEach((word, i) => found.set(word, found.has(word) ? -1 : i));
  return found;
}

/** The most of the pairs that come in the same order in both. */
function rising(pairs: readonly Pair[]): readonly Pair[] {
  interface Row { readonly pair: Pair; readonly before: Row | undefined }
  const rows: Row[] = []; // of each length, the one that ends lowest
  for (const pair of pairs) {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((rows[middle]?.pair[1] ?? 0) < pair[1]) low = middle + 1;
      else high = middle;
    }
    rows[low] = { pair, before: rows[low - 1] };
  }
  const found: Pair[] = [];
  for (let row = rows.at(-1); row; row = row.before) found.push(row.pair);
  return found.reverse();
}

/** The longest row of words that stand in both in the same order. */
function longest(a: readonly string[], b: readonly string[]): readonly Pair[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width); // of what follows in both
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const found: Pair[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) found.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return found;
}
