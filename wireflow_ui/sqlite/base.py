"""The database backend of embedded mode.

SQLite has one writer at a time, and who finds it busy sleeps and looks again, longer each time: under load some wait
for seconds while others overtake them. The threads of this process queue up before they ask it, so that each is woken
the moment it is its turn. Other processes (commands) and single statements still meet at SQLite's own lock.
"""

from __future__ import annotations

import threading
from collections import deque
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base

#: Longer texts are seldom the same, and would fill the memory: so a thousand of them take ten megabytes at most.
LONGEST_KEPT = 10_000


class Line:
    """A lock that is handed over in the order of asking."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for one's turn; False when it did not come within ``seconds``."""
        with self._mutex:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(seconds):
            return True
        with self._mutex:
            if turn.is_set():  # it came just now
                return True
            self._waiting.remove(turn)
            return False

    def leave(self) -> None:
        """Let the next one in."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


#: One line per database file.
_lines: dict[str, Line] = {}
_lines_lock = threading.Lock()


def line_of(name: str) -> Line:
    with _lines_lock:
        return _lines.setdefault(name, Line())


@lru_cache(maxsize=1024)
def _with_question_marks(text: str) -> str:
    """A statement with SQLite's own placeholders; the same few texts come again and again."""
    return base.FORMAT_QMARK_REGEX.sub("?", text).replace("%%", "%")


class Cursor(base.SQLiteCursorWrapper):
    """Django's, which would look for the placeholders each time."""

    def convert_query(self, query: str, *, param_names: list[str] | None = None) -> str:
        if param_names is None and len(query) < LONGEST_KEPT:
            return _with_question_marks(query)
        return super().convert_query(query, param_names=param_names)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes its place in the line when a transaction begins and leaves it however the transaction ends.

    The methods it wraps are not in the stubs of Django.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line: Line | None = None

    def create_cursor(self, name: str | None = None) -> Cursor:
        return self.connection.cursor(factory=Cursor)  # type: ignore[no-any-return]

    def _start_transaction_under_autocommit(self) -> None:
        line = line_of(str(self.settings_dict["NAME"]))
        # When the turn does not come in time, SQLite's own lock decides, and says in its words that it is busy.
        if self._line is None and line.take(float(self.settings_dict["OPTIONS"].get("timeout", 5))):
            self._line = line
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _leave(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.leave()
