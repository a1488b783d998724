"""The words of executions, and how they are looked for: a tsvector on PostgreSQL, FTS5 on SQLite.

Texts are cut into words here, for both in the same way: small letters without accents, one word for each sign of
scripts that put no space between words. A word that is looked for also finds those that begin with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

MOST_WORDS = 600
MOST_LETTERS = 40
MOST_ASKED = 12
#: So many words that begin alike are looked for one by one on SQLite.
MOST_ALIKE = 20
_LAST_SIGN = chr(0x10FFFF)
#: Scripts without spaces between words: kana, Chinese characters, Hangul syllables, Thai.
_ALONE = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_ALONE}]|[^\W_{_ALONE}]+")


def words_in(text: str) -> Iterator[str]:
    """The words of a text in their order, as they are stored."""
    decomposed = unicodedata.normalize("NFKD", text[:20_000]).casefold()
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    for found in _WORD.finditer(unicodedata.normalize("NFC", plain)):
        yield found[0][:MOST_LETTERS]


def words_of(texts: Iterable[str]) -> list[str]:
    """The different words of several texts, the first `MOST_WORDS` of them."""
    found: dict[str, None] = {}
    for text in texts:
        for word in words_in(text):
            found[word] = None
            if len(found) == MOST_WORDS:
                return list(found)
    return list(found)


def store(places: Sequence[tuple[int, UUID, list[str]]]) -> None:
    """Put down the words of listings (place, execution, words), in the place of earlier ones."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.executemany(
                "UPDATE history_listing SET words = array_to_tsvector(%s::text[]) WHERE execution_id = %s",
                [(words, execution_id) for _, execution_id, words in places],
            )
            return
        cursor.executemany("DELETE FROM history_words WHERE rowid = %s", [(place,) for place, _, _ in places])
        cursor.executemany(
            "INSERT INTO history_words (rowid, words) VALUES (%s, %s)",
            [(place, " ".join(words)) for place, _, words in places],
        )


def forget(places: Sequence[int]) -> None:
    """The words of listings that go; on PostgreSQL they go with the row."""
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM history_words WHERE rowid = %s", [(place,) for place in places])


def asked_words(text: str) -> list[str]:
    """What somebody looks for."""
    return words_of([text])[:MOST_ASKED]


def tsquery(words: Sequence[str]) -> str:
    """All of these, each as a beginning; the words hold letters and digits only, so there is nothing to escape."""
    return " & ".join(f"'{word}':*" for word in words)


def is_telling(word: str) -> bool:
    """Whether it can be found by itself: what begins with one letter or two is much of everything."""
    return len(word) > 2 or not word.isascii()


def fts_query(words: Sequence[str]) -> str:
    """On SQLite: all of these, each as a beginning.

    FTS5 answers a beginning by merging the rows of all words that have it, before the first is told: 65 ms for a word
    of 100,000 runs. Words by their whole names are read from the newest row on, 0.1 ms for the newest hundred.
    """
    with connection.cursor() as cursor:
        return " AND ".join(_any_of(list(_beginning_with(word, cursor)), word) for word in words)


def _any_of(alike: Sequence[str], beginning: str) -> str:
    if not 0 < len(alike) <= MOST_ALIKE:
        return f'"{beginning}"*'
    names = " OR ".join(f'"{word}"' for word in alike)
    return f"({names})"


def _beginning_with(beginning: str, cursor: Any) -> Iterator[str]:
    """The stored words that begin so, one more than `MOST_ALIKE` at most."""
    since = beginning
    for _ in range(MOST_ALIKE + 1):
        cursor.execute(
            "SELECT term FROM history_terms WHERE term >= %s AND term <= %s LIMIT 1",
            [since, beginning + _LAST_SIGN],
        )
        found = cursor.fetchone()
        if found is None:
            return
        yield found[0]
        since = f"{found[0]}\0"


def some_with(words: Sequence[str], *, most: int) -> list[UUID]:
    """On PostgreSQL: executions with all these words, of whatever team, in no order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT execution_id FROM history_listing WHERE words @@ %s::tsquery LIMIT %s",
            [tsquery(words), most],
        )
        return [execution_id for (execution_id,) in cursor.fetchall()]


def places_with(match: str, *, up_to: int, most: int) -> list[tuple[int, UUID]]:
    """On SQLite: the newest (place, execution) that an `fts_query` finds, from a place downwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT listing.place, listing.execution_id FROM history_words"
            " CROSS JOIN history_listing listing ON listing.place = history_words.rowid"
            " WHERE history_words MATCH %s AND history_words.rowid <= %s"
            " ORDER BY history_words.rowid DESC LIMIT %s",
            [match, up_to, most],
        )
        return [(place, UUID(execution_id)) for place, execution_id in cursor.fetchall()]
