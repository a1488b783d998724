"""How long the jobs of each route take, as this process and the others found out.

Kept in memory, where every poll looks it up, and exchanged with the database at a heartbeat when there is something
new. Losing some of it makes a few polls come too early or too late, and nothing else.
"""

from __future__ import annotations

import random
from collections import defaultdict

from django.conf import settings
from django.db import transaction

from executions.models import RouteTime
from executions.polling import KEPT, duration_between

#: Jobs that are asked for by this process; should it lose count of some, they teach nothing.
MOST_WATCHED = 20_000

_known: dict[str, list[float]] = {}
_news: defaultdict[str, list[float]] = defaultdict(list)
_at_work: dict[int, float] = {}
_dice = random.Random()  # noqa: S311  # when to ask is no secret


def of(route: str) -> list[float]:
    """The last durations of a route, in seconds."""
    return _known.get(route, [])


def found_at_work(submission_id: int, elapsed: float) -> None:
    """A poll found the job of a submission unfinished."""
    if len(_at_work) > MOST_WATCHED:
        _at_work.clear()
    _at_work[submission_id] = elapsed


def found_done(submission_id: int, route: str, elapsed: float, earlier: int) -> None:
    """A poll found it done, after so many earlier ones."""
    seen = _at_work.pop(submission_id, 0.0)
    if earlier and not seen:
        return  # another process made them
    seconds = round(duration_between(seen, elapsed, dice=_dice), 3)
    _news[route].append(seconds)
    _known[route] = [*of(route), seconds][-KEPT:]


def load() -> None:
    """Take over what is stored."""
    _known.update(RouteTime.objects.values_list("route", "seconds"))


def has_news() -> bool:
    return bool(_news)


def exchange() -> None:
    """Store what is new, and take over what others found out about the same routes."""
    for route in list(_news):
        new = _news.pop(route)
        with transaction.atomic(durable=not settings.TESTING):
            row, _ = RouteTime.objects.select_for_update().get_or_create(pk=route)
            row.seconds = [*row.seconds, *new][-KEPT:]
            row.save(update_fields=["seconds"])
        _known[route] = row.seconds


def forget() -> None:
    """As in a process that has just begun."""
    _known.clear()
    _news.clear()
    _at_work.clear()
