"""Sentences that were put together in English, in the language of whoever reads the page.

Refusals and errors of runs are raised, stored and sent in English, with names and numbers in them. The catalogue holds
what they were made of: “There is no role {role}.” Here that is found again, and said in the other language with the
same names and numbers. What is not found stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any

import re2
from django.utils.translation import get_language, gettext, trans_real

#: A pattern that says less than this, and does not begin with a word, would be found in too much.
LEAST_LETTERS = 8
#: Users' texts stand in these sentences: what is longer, or has more sentences, is left as it is.
MOST_LETTERS, MOST_SENTENCES = 2000, 8
_ENDS = re.compile(r"(?<=[.!?”)…]) +(?=[A-Z“])")


@dataclass(frozen=True, slots=True)
class _Pattern:
    expression: Any
    sentence: str
    names: tuple[str, ...]
    quoted: frozenset[str]
    letters: int


def said(text: object) -> str:
    """The sentences of a text in the language of the page."""
    language = get_language()
    whole = "" if text is None else str(text)
    if language is None or language.partition("-")[0] == "en" or len(whole) > MOST_LETTERS:
        return whole
    return _said(whole, language)


@lru_cache(maxsize=1000)
def _said(text: str, language: str) -> str:
    parts = _ENDS.split(text)
    if len(parts) > MOST_SENTENCES:
        return text
    found: list[str] = []
    while parts:
        count, sentence = _first(parts, language)
        found.append(sentence)
        parts = parts[count:]
    return " ".join(found)


def _first(parts: Sequence[str], language: str) -> tuple[int, str]:
    """The longest beginning that is known, by how many of the parts it has; else the first part as it is."""
    for count in range(len(parts), 0, -1):
        known = _known(" ".join(parts[:count]), language)
        if known is not None:
            return count, known
    return 1, parts[0]


def _known(text: str, language: str, *, is_inner: bool = False) -> str | None:
    """It in the other language, when it is one sentence of the catalogue; else None. What stands in one may be one
    again, but no more than that."""
    if not text.strip():
        return None
    if (other := gettext(text)) != text:
        return other
    for pattern in _patterns(language):
        found = pattern.expression.fullmatch(text)
        if found is not None:
            values = {
                name: value if name in pattern.quoted else _value(value, language, is_inner=is_inner)
                for name, value in zip(pattern.names, found.groups(), strict=True)
            }
            return gettext(pattern.sentence).format(**values)
    return None


def _value(value: str, language: str, *, is_inner: bool) -> str:
    """What stands in a sentence may be another one, or a word of ours; names that people gave are neither, and stand
    in quotation marks where they might be taken for such a word."""
    if " " not in value:
        return gettext(value) if value.islower() else value
    return value if is_inner else _known(value, language, is_inner=True) or value


@lru_cache
def _patterns(language: str) -> tuple[_Pattern, ...]:
    """Those that say most first: what fits two of them is meant by that one."""
    translated = trans_real.translation(language)  # as Django’s own view for scripts reads it
    keys = translated._catalog.keys()  # type: ignore[attr-defined]
    sentences = {key for key in keys if isinstance(key, str) and "{" in key and "\x04" not in key}
    found = filter(None, map(_pattern, sorted(sentences)))
    return tuple(sorted(found, key=lambda one: -one.letters))


def _pattern(sentence: str) -> _Pattern | None:
    parts = list(Formatter().parse(sentence))
    names = tuple(name for _, name, _, _ in parts if name is not None)
    letters = sum(map(str.isalpha, "".join(literal for literal, _, _, _ in parts)))
    says_enough = letters >= LEAST_LETTERS or (letters and sentence[0] != "{")
    if not says_enough or not all(map(str.isidentifier, names)) or len(set(names)) < len(names):
        return None
    expression = "".join(
        re2.escape(literal) + ("" if name is None else "(.+?)") for literal, name, _, _ in parts
    )
    quoted = frozenset(name for literal, name, _, _ in parts if name and literal.endswith("“"))
    return _Pattern(re2.compile(f"(?s){expression}"), sentence, names, quoted, letters)
