"""Captions: which words are shown when, and how they are broken into lines."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.base import Value
from providers.errors import InvalidInput
from providers.local.limits import check_items
from providers.local.values import is_empty, number_of, text_of

Fits = Callable[[str], bool]

_MOST_STAMPS = 20_000
#: A longer silence between two words ends a caption.
_PAUSE_SECONDS = 1.0
#: Names that services give a list of timed words, and the words in it.
_LISTS = ("chunks", "words", "segments", "word_timestamps", "captions")
_WORDS = ("text", "word", "punctuated_word")


@dataclass(frozen=True, slots=True)
class Cue:
    """Lines shown from one moment to another, in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stamp:
    text: str
    start: float
    end: float


def spread(text: str, seconds: float, fits: Fits, most_lines: int) -> list[Cue]:
    """The text over the whole time, each caption for a time according to its length."""
    pages = list(_pages(broken(text, fits), most_lines))
    return _one_after_another(pages, 0.0, seconds)


def timed(stamps: Value, seconds: float, fits: Fits, most_lines: int) -> list[Cue]:
    """Words or sentences with their times: words that are close to one another share captions."""
    cues: list[Cue] = []
    for group in _groups(_stamps(stamps, seconds), fits, most_lines):
        pages = list(_pages(broken(" ".join(stamp.text for stamp in group), fits), most_lines))
        cues += _one_after_another(pages, group[0].start, group[-1].end)
    followed = [*(cue.start for cue in cues[1:]), seconds]
    ended = (
        Cue(cue.start, min(cue.end, after), cue.lines) for cue, after in zip(cues, followed, strict=False)
    )
    return [cue for cue in ended if cue.end > cue.start]


def broken(text: str, fits: Fits) -> list[str]:
    """Lines that fit. Breaks stand between words, beside signs that stand for words, and else where they must."""
    lines: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for piece, gap in _pieces(paragraph):
            joined = f"{line}{' ' if gap and line else ''}{piece}"
            if fits(joined):
                line = joined
                continue
            if line:
                lines.append(line)
            *whole, line = _cut(piece, fits)
            lines += whole
        if line:
            lines.append(line)
    return lines


def _groups(stamps: Sequence[_Stamp], fits: Fits, most_lines: int) -> Iterator[list[_Stamp]]:
    group: list[_Stamp] = []
    for stamp in stamps:
        together = " ".join(one.text for one in [*group, stamp])
        if group and (
            stamp.start - group[-1].end > _PAUSE_SECONDS or len(broken(together, fits)) > most_lines
        ):
            yield group
            group = []
        group.append(stamp)
    if group:
        yield group


def _pages(lines: Sequence[str], most_lines: int) -> Iterator[tuple[str, ...]]:
    for first in range(0, len(lines), most_lines):
        yield tuple(lines[first : first + most_lines])


def _one_after_another(pages: Sequence[tuple[str, ...]], start: float, end: float) -> list[Cue]:
    sizes = [sum(len(line) for line in page) for page in pages]
    total, passed, cues = sum(sizes), 0, []
    for page, size in zip(pages, sizes, strict=True):
        begins = start + (end - start) * passed / total
        passed += size
        cues.append(Cue(begins, start + (end - start) * passed / total, page))
    return cues


def _pieces(paragraph: str) -> Iterator[tuple[str, bool]]:
    """Parts between which a line may break, and whether a gap stands before each."""
    for word in paragraph.split():
        piece, gap = "", True
        for letter in word:
            # Chinese and Japanese put no gaps: a line may break beside each sign, but not before marks and stops.
            beside = piece and (_is_wide(letter) or _is_wide(piece[-1]))
            if beside and not _joins(letter) and unicodedata.category(letter) not in ("Po", "Pe", "Pf"):
                yield piece, gap
                piece, gap = "", False
            piece += letter
        yield piece, gap


def _cut(piece: str, fits: Fits) -> list[str]:
    """A word too long for a line, cut where it must be, never between a letter and its marks."""
    parts = [""]
    for number, letter in enumerate(piece):
        joined = number > 0 and (_joins(letter) or piece[number - 1] == "\u200d")
        if parts[-1] and not joined and not fits(parts[-1] + letter):
            parts.append("")
        parts[-1] += letter
    return parts


def _joins(letter: str) -> bool:
    """Whether it is a part of the letter before it."""
    return unicodedata.category(letter) in ("Mn", "Mc", "Me") or letter == "\u200d"


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in ("W", "F")


def _stamps(value: Value, seconds: float) -> list[_Stamp]:
    """What a speech service told, in order. Raises `InvalidInput`."""
    entries = _entries(value)
    check_items(entries, limit=_MOST_STAMPS, what="Word timestamps")
    stamps = []
    for number, entry in enumerate(entries, 1):
        stamp = _stamp(entry, seconds)
        if stamp is None:
            raise InvalidInput(
                f"Entry {number} of word timestamps is {text_of(entry)[:60]}; write "
                '{"text": "hello", "start": 0, "end": 0.4}, in seconds.'
            )
        if stamp.text and stamp.start < seconds:
            stamps.append(stamp)
    return sorted(stamps, key=lambda stamp: stamp.start)


def _entries(value: Value) -> Sequence[Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if isinstance(value, Mapping):
        value = next((value[name] for name in _LISTS if name in value), None)
    if not isinstance(value, list | tuple):
        raise InvalidInput('Word timestamps must be a list like [{"text": "hello", "start": 0, "end": 0.4}].')
    return value


def _stamp(entry: Any, seconds: float) -> _Stamp | None:
    if not isinstance(entry, Mapping):
        return None
    words = next((entry[name] for name in _WORDS if name in entry), None)
    given = entry.get("timestamp")
    pair = (
        given
        if isinstance(given, list | tuple) and len(given) == 2
        else (entry.get("start"), entry.get("end"))
    )
    start = number_of(pair[0])
    end = seconds if is_empty(pair[1]) else number_of(pair[1])
    if words is None or start is None or end is None or start < 0 or end < start:
        return None
    return _Stamp(" ".join(text_of(words).split()), float(start), float(end))
