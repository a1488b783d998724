"""What becomes of a text that two changed at once: both changes, word by word.

`frontend/src/graph/texts.ts` does the same in the browser; `tests/workflows/texts.json` holds both to it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

#: A word of a script that parts words, else one character: the same ranges as in the browser, whatever its Unicode.
_TOKEN = re.compile("[0-9A-Za-z_\u00aa-\u0dff\u1100-\u11ff\u1e00-\u1fff\uac00-\ud7af]+|.", re.DOTALL)
#: What comparing the texts of one edit may cost together, in steps: each text some, each word one at least.
STEPS = 400_000
_STEPS_A_TEXT = 100
#: What of it may be spent on how one text became another: so many, and so many more for each word.
_STEPS_AT_ONCE = 20_000
_STEPS_A_WORD = 8
#: So many words in a row are looked for where no single one stands once.
_RUN = 4


@dataclass(slots=True)
class Steps:
    """What comparing texts may still cost."""

    left: int = STEPS

    def take(self, many: int) -> bool:
        """Spend so many. Where there are not as many, nothing is left, so that nobody begins what cannot be ended."""
        enough = many <= self.left
        self.left = self.left - many if enough else 0
        return enough


@dataclass(frozen=True, slots=True)
class Splice:
    """Where a text was changed, how much was taken out there and what was put in."""

    at: int
    cut: int
    put: str

    @property
    def end(self) -> int:
        return self.at + self.cut


def merge_text(was: str, mine: str, theirs: str, steps: Steps) -> str:
    """The text with both changes. Where they overlap mine is taken, and nothing else of theirs is lost.

    Where ``steps`` do not do, a text is taken to be changed from the first difference to the last.
    """
    if theirs in (was, mine):
        return mine
    if mine == was:
        return theirs
    a, b = splice(was, mine), splice(was, theirs)
    if a.end < b.at or a.at > b.end:
        return _with(was, [(a, True), (b, False)])
    ours = splices(was, mine, steps)
    others = _beside(splices(was, theirs, steps), ours)
    return _with(was, [(one, True) for one in ours] + [(one, False) for one in others])


def splice(was: str, now: str) -> Splice:
    """The one change that makes the second text of the first."""
    start = _alike(was, now)
    end = _alike(was[start:][::-1], now[start:][::-1])
    return Splice(start, len(was) - start - end, now[start : len(now) - end])


def _alike(a: str, b: str) -> int:
    """How many characters two texts begin with that are the same. Halves are compared, as that is quick."""
    same, most = 0, min(len(a), len(b))
    while same < most:
        middle = (same + most + 1) // 2
        if a[same:middle] == b[same:middle]:
            same = middle
        else:
            most = middle - 1
    return same


def splices(was: str, now: str, steps: Steps) -> list[Splice]:
    """The changes that make the second text of the first, word by word."""
    if not steps.take(_STEPS_A_TEXT):
        return [splice(was, now)]
    a, b = _TOKEN.findall(was), _TOKEN.findall(now)
    if not steps.take(len(a) + len(b)):
        return [splice(was, now)]
    starts, ends = list(accumulate(map(len, a), initial=0)), list(accumulate(map(len, b), initial=0))
    found = []
    for a0, a1, b0, b1 in _gaps(a, b, steps):
        at = starts[a0]
        one = splice(was[at : starts[a1]], now[ends[b0] : ends[b1]])
        found.append(Splice(at + one.at, one.cut, one.put))
    return found


def _with(text: str, changes: list[tuple[Splice, bool]]) -> str:
    """The text with splices that do not overlap, each mine or not. Of two at one place theirs comes first."""
    changes.sort(key=lambda one: (one[0].at, one[0].cut > 0, one[1]))
    pieces, here = [], 0
    for one, _ in changes:
        pieces += [text[here : one.at], one.put]
        here = one.end
    return "".join([*pieces, text[here:]])


def _beside(theirs: Sequence[Splice], mine: Sequence[Splice]) -> Iterator[Splice]:
    """Of their splices those that overlap none of mine, and are not the same."""
    i = 0
    for one in theirs:
        is_mine = False
        while i < len(mine) and mine[i].end <= one.at:
            is_mine = mine[i] == one
            i += 1
        if not is_mine and (i == len(mine) or mine[i].at >= one.end):
            yield one


def _gaps(a: Sequence[str], b: Sequence[str], budget: Steps) -> Iterator[tuple[int, int, int, int]]:
    """Where two lists differ, from the front: from and to in the one, from and to in the other.

    They are held together at words that each has once, then between these in the same way; what has no such word is
    compared in full, or where that is too much, held together at rows of a few words.
    """
    most = steps = min(_STEPS_AT_ONCE + _STEPS_A_WORD * (len(a) + len(b)), budget.left)
    left = [(0, len(a), 0, len(b))]
    while left:
        a0, a1, b0, b1 = left.pop()
        while a0 < a1 and b0 < b1 and a[a0] == b[b0]:
            a0, b0 = a0 + 1, b0 + 1
        while a0 < a1 and b0 < b1 and a[a1 - 1] == b[b1 - 1]:
            a1, b1 = a1 - 1, b1 - 1
        wide, high = a1 - a0, b1 - b0
        if not wide and not high:
            continue
        same: list[tuple[int, int]] = []
        if wide and high and wide + high <= steps:
            steps -= wide + high
            ours, theirs = a[a0:a1], b[b0:b1]
            same = _rising(_once_in_both(ours, theirs))
            if not same and wide * high <= steps:
                steps -= wide * high
                same = _longest(ours, theirs)
            elif not same:
                same = _rising(_once_in_both(_runs(ours), _runs(theirs)))
        if not same:
            yield a0, a1, b0, b1
            continue
        held = [(a0 + i, b0 + j) for i, j in same]
        left += reversed(
            [(i + 1, k, j + 1, m) for (i, j), (k, m) in pairwise(chain([(a0 - 1, b0 - 1)], held, [(a1, b1)]))]
        )
    budget.take(most - steps)


def _runs(words: Sequence[str]) -> list[str]:
    return ["".join(words[i : i + _RUN]) for i in range(len(words))]


def _once_in_both(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    counts, there = Counter(a), Counter(b)
    places = {word: j for j, word in enumerate(b) if there[word] == 1}
    return [(i, places[word]) for i, word in enumerate(a) if counts[word] == 1 and word in places]


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of the pairs that come in the same order in both."""
    tails: list[int] = []  # of each length, where the row that ends lowest ends
    chains: list[int] = []  # the pair that does
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        tails[length : length + 1] = [j]
        chains[length : length + 1] = [n]
        before.append(chains[length - 1] if length else -1)
    found = []
    n = chains[-1] if chains else -1
    while n >= 0:
        found.append(pairs[n])
        n = before[n]
    return found[::-1]


def _longest(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The longest row of words that stand in both in the same order."""
    lengths = [[0] * (len(b) + 1)]  # of what follows in both, the last row first
    for word in reversed(a):
        below = lengths[-1]
        row = [0]
        for j in range(len(b) - 1, -1, -1):
            row.append(below[j + 1] + 1 if b[j] == word else max(below[j], row[-1]))
        lengths.append(row[::-1])
    lengths.reverse()
    found = []
    i = j = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found
