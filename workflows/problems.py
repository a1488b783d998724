"""What can be wrong with a graph, in the words of the API contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of lint: which rule, how bad, what is wrong, how to mend it, and where.

    ``severity`` is ``error`` (stops a contract write) or ``warning``; ``field`` names a param or port.
    """

    rule: str
    severity: str
    message: str
    fix: str = ""
    node_id: str = ""
    edge_id: str = ""
    field: str = ""

    def as_wire(self) -> dict[str, str]:
        """The object of the contract; keys without a value are left out."""
        wire = {"rule": self.rule, "severity": self.severity, "message": self.message}
        optional = {"fix": self.fix, "nodeId": self.node_id, "edgeId": self.edge_id, "field": self.field}
        return wire | {key: value for key, value in optional.items() if value}


def listed(names: Iterable[str], *, at_most: int = 12) -> str:
    """The names in a row, cut where a sentence would get too long."""
    names = list(names)
    shown = ", ".join(names[:at_most])
    return f"{shown} and {len(names) - at_most} more" if len(names) > at_most else shown


def did_you_mean(word: str, known: Sequence[str], *, otherwise: str = "") -> str:
    """A hint naming the closest known word, else ``otherwise``."""
    close = _closest(word[:200], tuple(known))
    return f'Did you mean "{close}"?' if close else otherwise


@lru_cache(maxsize=1024)
def _closest(word: str, known: tuple[str, ...]) -> str:
    """The closest known word, or nothing. Programs repeat their mistakes, and to look costs 2 ms."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.6)), "")
