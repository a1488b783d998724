"""What the history is filtered by. All of it stands in the address, so a view of it is a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from executions.states import ExecutionStatus
from history.models import MarkKind
from history.steps import COSTS, DURATIONS

DELETED = "DELETED"
STATUSES = frozenset({*(status.value for status in ExecutionStatus), DELETED})
MOST_LETTERS = 200
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """As they stand in the address; what cannot be is "". ``since`` and ``until`` are days of UTC, both counted."""

    q: str = ""
    status: str = ""
    workflow: str = ""
    version: str = ""
    trigger: str = ""
    person: str = ""
    key: str = ""
    model: str = ""
    label: str = ""
    cost: str = ""
    duration: str = ""
    since: str = ""
    until: str = ""

    @property
    def set(self) -> dict[str, str]:
        """Those that filter something."""
        return {name: value for name, value in asdict(self).items() if value}

    @property
    def query(self) -> str:
        """What stands behind the ? of the address."""
        return urlencode(self.set)

    @property
    def more(self) -> int:
        """How many of those are set that are not always in sight."""
        shown = {"q", "status", "workflow"}
        return len(self.set.keys() - shown)

    @property
    def is_bin(self) -> bool:
        return self.status == DELETED

    def columns(self) -> dict[str, Any]:
        """Conditions for the columns of an execution."""
        found: dict[str, Any] = {}
        if self.status and not self.is_bin:
            found["status"] = self.status
        names = {
            "workflow_id": self.workflow,
            "version_id": self.version,
            "trigger": self.trigger,
            "started_by_id": self.person,
            "api_key_id": self.key,
        }
        found |= {name: value for name, value in names.items() if value}
        if self.since:
            found["created_at__gte"] = _midnight(self.since)
        if self.until:
            found["created_at__lt"] = _midnight(self.until) + timedelta(days=1)
        return found

    def marks(self) -> list[tuple[str, str]]:
        """The marks it must have."""
        kinds = {
            MarkKind.LABEL: self.label,
            MarkKind.MODEL: self.model,
            MarkKind.COST: self.cost,
            MarkKind.DURATION: self.duration,
        }
        return [(kind.value, value) for kind, value in kinds.items() if value]


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=UTC)


def filters_of(asked: Mapping[str, Any]) -> Filters:
    """The filters of an address; nonsense filters nothing."""
    given = {one.name: str(asked.get(one.name, "")).strip()[:MOST_LETTERS] for one in fields(Filters)}
    if given["status"] not in STATUSES:
        given["status"] = ""
    for name, steps in (("cost", COSTS), ("duration", DURATIONS)):
        if given[name] not in steps:
            given[name] = ""
    for name in ("version", "person", "key"):
        text = given[name]
        if not (text.isascii() and text.isdigit() and int(text) <= _LARGEST):
            given[name] = ""
    for name in ("since", "until"):
        if not _is_day(given[name]):
            given[name] = ""
    return Filters(**{name: value.replace("\0", "") for name, value in given.items()})


def _is_day(text: str) -> bool:
    try:
        return date(2000, 1, 1) <= date.fromisoformat(text) <= date(2200, 1, 1)
    except ValueError:
        return False
