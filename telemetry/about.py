"""What the work at hand is about: which execution, node run and attempt.

Kept in a context variable, so that every log line made meanwhile can say it without being told, and so can whatever
the work calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from types import MappingProxyType

#: Names as they stand in log lines.
NAMES = ("execution_id", "node_run_id", "attempt")

_current: ContextVar[Mapping[str, str | int]] = ContextVar("about", default=MappingProxyType({}))


def current() -> Mapping[str, str | int]:
    """What is known of the work at hand, by the names of `NAMES`."""
    return _current.get()


@contextmanager
def saying(**ids: str | int) -> Iterator[None]:
    """Everything inside is about these, beside what was known before."""
    token = _current.set({**_current.get(), **ids})
    try:
        yield
    finally:
        _current.reset(token)


def context_of(**ids: str | int) -> Context:
    """A context for a task that is about these alone, whoever starts it."""
    context = copy_context()
    context.run(_current.set, ids)
    return context
