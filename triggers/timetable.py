"""When a schedule is due, as plain values: nothing here asks a clock or the database.

Everything but “every N minutes” is a cron expression, so one library knows what a day is in which the clocks change: a
time that does not exist is the next one that does, and one that exists twice counts once. What goes on all day – every
N minutes, every hour, a cron expression whose minutes or hours begin with ``*`` – keeps its pace on such days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from heapq import merge
from itertools import pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from wireflow_ui.errors import WireflowError

LEAST_MINUTES, MOST_MINUTES = 5, 7 * 24 * 60
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_CRON = 100
#: What stands for the last day of a month, and for the 31st, which most months have under another number.
LAST_DAY = 31
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_TICK = timedelta(microseconds=1)

#: Refusals that pages say as well, in the reader's language.
NO_ZONE = "There is no time zone of this name. Write one as Europe/Berlin, or UTC."
NO_CLOCK = "Write the time of day as 09:30, from 00:00 to 23:59."
NO_DAYS = "Choose one or more days: mon, tue, wed, thu, fri, sat, sun."
UNREADABLE = "This cron expression cannot be read. Write numbers, *, lists, ranges and steps."
NEVER = "No day is ever like this."
TOO_OFTEN = "A schedule may be due every five minutes, and not more often."
FIVE_PARTS = (
    "A cron expression has five parts: minute, hour, day of month, month, day of week; such as 30 9 * * 1-5."
)


class BadTimes(WireflowError):
    """These times cannot be kept. ``part`` names what is wrong."""

    code = "invalid_schedule"

    def __init__(self, message: str, *, part: str) -> None:
        super().__init__(message, field=part)
        self.part = part


@cache
def time_zones() -> tuple[str, ...]:
    """The names of the time zones, such as Europe/Berlin."""
    return tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def zone_of(name: str) -> ZoneInfo:
    """Raises `BadTimes`."""
    if name not in time_zones():
        raise BadTimes(NO_ZONE, part="timeZone")
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The moments of a schedule. ``every`` says which of the others count: minutes, hour, day, week, month, cron.

    Minutes are counted from midnight of the day of ``since``, so that those of which an hour has a whole number stand
    where people look for them.
    """

    every: str
    zone: ZoneInfo
    since: datetime
    minutes: int = 0
    minute: int = 0
    at: str = ""
    days: tuple[str, ...] = ()
    day: int = 0
    cron: str = ""

    def after(self, moment: datetime) -> Iterator[datetime]:
        """All moments after this one, in UTC and in order. They never end."""
        if self.every == "minutes":
            return self._by_minutes(moment)
        each = [_moments(expression, moment, self.zone) for expression in self._expressions()]
        return _different(merge(*each))

    def next_after(self, moment: datetime) -> datetime:
        return next(self.after(moment))

    def between(self, first: datetime, last: datetime) -> list[datetime]:
        """The moments from ``first`` to ``last``, both counted."""
        return list(takewhile(lambda one: one <= last, self.after(first - _TICK)))

    def stored(self) -> dict[str, Any]:
        """What `read_times` makes this of."""
        parts: dict[str, dict[str, Any]] = {
            "minutes": {"minutes": self.minutes},
            "hour": {"minute": self.minute},
            "day": {"at": self.at},
            "week": {"days": list(self.days), "at": self.at},
            "month": {"day": self.day, "at": self.at},
            "cron": {"cron": self.cron},
        }
        return {"every": self.every, **parts[self.every]}

    def _by_minutes(self, moment: datetime) -> Iterator[datetime]:
        local = self.since.astimezone(self.zone)
        start = datetime.combine(local.date(), time(), tzinfo=self.zone).astimezone(UTC)
        step = timedelta(minutes=self.minutes)
        found = start + (moment - start) // step * step
        while True:
            found += step
            yield found

    def _expressions(self) -> list[str]:
        """A month without the day has its last one instead."""
        if self.every == "hour":
            return [f"{self.minute} * * * *"]
        if self.every == "cron":
            return [self.cron]
        hour, minute = map(int, self.at.split(":"))
        clock = f"{minute} {hour}"
        if self.every == "day":
            return [f"{clock} * * *"]
        if self.every == "week":
            return [f"{clock} * * {','.join(self.days)}"]
        if self.day == LAST_DAY:
            return [f"{clock} L * *"]
        ordinary = [f"{clock} {self.day} * *"]
        return [*ordinary, f"{clock} L 2 *"] if self.day > 28 else ordinary


def _moments(expression: str, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Those of one expression. What the library says again when the clocks go back is left out."""
    last = moment
    for found in CronSim(expression, moment.astimezone(zone)):
        at = found.astimezone(UTC)
        if at > last:
            last = at
            yield at


def _different(moments: Iterator[datetime]) -> Iterator[datetime]:
    last = None
    for one in moments:
        if one != last:
            yield one
        last = one


def read_times(given: Any, *, zone: str, since: datetime) -> Timetable:
    """A timetable of what people or programs say; see docs/schedules.md. Raises `BadTimes`."""
    if not isinstance(given, Mapping):
        raise BadTimes("Say when as an object with “every”.", part="when")
    found = zone_of(zone)
    every = given.get("every")
    if not isinstance(every, str) or every not in _READERS:
        raise BadTimes(f"“every” is one of {', '.join(_READERS)}.", part="every")
    parts = _READERS[every](given)
    if unknown := sorted(str(name) for name in set(given) - {"every", *parts}):
        raise BadTimes(f"“{unknown[0][:50]}” says nothing about when it is due every {every}.", part="when")
    return Timetable(every=every, zone=found, since=since, **parts)


def _number(given: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadTimes(f"“{name}” is a whole number from {least} to {most}.", part=name)
    return value


def _clock(given: Mapping[str, Any]) -> str:
    value = given.get("at")
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise BadTimes(NO_CLOCK, part="at")
    return value


def _days(given: Mapping[str, Any]) -> tuple[str, ...]:
    value = given.get("days")
    if not isinstance(value, list | tuple) or not value or not all(one in DAYS for one in value):
        raise BadTimes(NO_DAYS, part="days")
    return tuple(day for day in DAYS if day in value)


def _cron(given: Mapping[str, Any]) -> str:
    value = given.get("cron")
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text.isascii() or len(text) > MOST_CRON or len(text.split()) != 5:
        raise BadTimes(
            FIVE_PARTS,
            part="cron",
        )
    try:
        read = CronSim(text, datetime(2001, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise BadTimes(UNREADABLE, part="cron") from error
    if next(read, None) is None:
        raise BadTimes(NEVER, part="cron")
    if _is_too_often(sorted(read.minutes), sorted(read.hours)):
        raise BadTimes(TOO_OFTEN, part="cron")
    return text


def _is_too_often(minutes: list[int], hours: list[int]) -> bool:
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    if any((hour + 1) % 24 in hours for hour in hours):
        gaps.append(minutes[0] + 60 - minutes[-1])
    return any(gap < LEAST_MINUTES for gap in gaps)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "minutes": lambda given: {"minutes": _number(given, "minutes", LEAST_MINUTES, MOST_MINUTES)},
    "hour": lambda given: {"minute": _number(given, "minute", 0, 59)},
    "day": lambda given: {"at": _clock(given)},
    "week": lambda given: {"days": _days(given), "at": _clock(given)},
    "month": lambda given: {"day": _number(given, "day", 1, LAST_DAY), "at": _clock(given)},
    "cron": lambda given: {"cron": _cron(given)},
}
EVERY = tuple(_READERS)
