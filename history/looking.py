"""Looks through the history for what fits, with an effort that has a bound however much a team has run.

Every filter has an index in the order of the list. The one whose newest executions reach back furthest leads: they are
looked at in stretches of time, each with all other filters, until enough is found or the time is over.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.actor import Actor
from executions.models import Execution
from history import words
from history.filters import Filters
from history.listing import moment_of, place_of
from history.models import Listing, Mark

#: So many rows of the leading filter are in the first stretch, and in each that follows.
FIRST, NEXT = 500, 1_500
#: After so long no other stretch begins.
SECONDS = 0.04
#: A search that finds no more than so many leads itself, on PostgreSQL.
FEW = 2_000
#: On SQLite so many of a search's newest finds are looked at first; the second where it is not the only filter.
FINDS, FINDS_TO_FILTER = 100, 1_000
#: No execution of the same moment comes after it.
LAST_ID = uuid.UUID(int=2**128 - 1)
#: No limit, but a fence: what stands before it is asked for by its own index.
_FENCE = 10**9
_LATEST = 2**62

Place = tuple[datetime, uuid.UUID]


def older(begin: Place, name: str) -> Q:
    """The condition for what comes after a place in the list."""
    at, last = begin
    # The first condition says nothing new, but an index can begin at it.
    return Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(**{f"{name}__gt": last}))


@dataclass(frozen=True, slots=True)
class _Lead:
    """Rows that have an execution each, and an index in the order of the list."""

    rows: QuerySet[Any]
    mark: tuple[str, str] | None = None  # the filter it stands for, where that is a mark

    @property
    def own(self) -> str:
        return "id" if self.mark is None else "execution_id"

    def after(self, begin: Place | None) -> QuerySet[Any]:
        rows = self.rows if begin is None else self.rows.filter(older(begin, self.own))
        return rows.order_by("-created_at", self.own)

    def reach(self, begin: Place | None, count: int) -> datetime | None:
        """How far back so many of them go; None where there are fewer."""
        moments = self.after(begin).values_list("created_at", flat=True)
        return next(iter(moments[count - 1 : count]), None)


class Look:
    """One look. ``found`` are places, newest first; ``looked_back_to`` is set where the time was over first."""

    def __init__(self, actor: Actor, filters: Filters, asked: Sequence[str], *, wanted: int) -> None:
        self.actor, self.filters, self.asked, self.wanted = actor, filters, asked, wanted
        self.end = time.monotonic() + SECONDS
        self.found: list[Place] = []
        self.looked_back_to: datetime | None = None
        columns = filters.columns()
        self.days = {name: columns.pop(name) for name in [*columns] if name.startswith("created_at")}
        self.columns = columns

    def begin(self, begin: Place | None) -> None:
        if self.asked and connection.vendor != "postgresql":
            self._by_finds(begin)
        else:
            self._by_stretches(begin)

    @cached_property
    def _match(self) -> str:
        """The search as SQLite takes it, put together once: up to twenty stored words are asked for, for each of it."""
        return words.fts_query(self.asked)

    def _leads(self) -> list[_Lead]:
        executions = Execution.objects.filter(team=self.actor.team, **self.days)
        leads = [_Lead(executions.filter(**{name: value})) for name, value in self.columns.items()]
        if self.filters.is_bin:
            leads.append(_Lead(executions.filter(deleted_at__isnull=False)))
        for kind, value in self.filters.marks():
            marks = Mark.objects.filter(team=self.actor.team, kind=kind, value=value, **self.days)
            leads.append(_Lead(marks, (kind, value)))
        return leads or [_Lead(executions)]

    def _by_stretches(self, begin: Place | None, *, up_to: int = _LATEST) -> None:
        reaches = [(lead.reach(begin, FIRST), lead) for lead in self._leads()]
        since, lead = min(reaches, key=lambda one: (one[0] is not None, one[0]))
        is_first = True
        while True:
            self.found += self._fitting(lead, begin, since, up_to)
            if len(self.found) >= self.wanted or since is None:
                return
            begin = since, LAST_ID
            if is_first and self._few(begin):
                return
            if time.monotonic() >= self.end:
                self.looked_back_to = since
                return
            since, is_first = lead.reach(begin, NEXT), False

    def _fitting(
        self, lead: _Lead, begin: Place | None, since: datetime | None, up_to: int = _LATEST
    ) -> list[Place]:
        """Those of one stretch that fit, words and all."""
        rows = lead.after(begin)
        if since is not None:
            rows = rows.filter(created_at__gte=since)
        tables, where, asked = self._filtered(rows, lead)
        order = f"lead.{lead.own}"
        if self.asked and connection.vendor == "postgresql":
            where.append(
                "EXISTS (SELECT 1 FROM history_listing listing"
                " WHERE listing.execution_id = execution.id AND listing.words @@ %s::tsquery)"
            )
            asked.append(words.tsquery(self.asked))
        elif self.asked:
            tables, order = f"{tables} CROSS JOIN history_listing listing", "listing.place DESC"
            where.append(
                "listing.execution_id = execution.id AND listing.place IN"
                " (SELECT rowid FROM history_words WHERE history_words MATCH %s AND rowid BETWEEN %s AND %s)"
            )
            asked += self._match, place_of(since) if since else 0, up_to
        end = f"ORDER BY lead.created_at DESC, {order} LIMIT %s"
        return _places(tables, where, [*asked, self.wanted - len(self.found)], end)

    def _filtered(self, rows: QuerySet[Any], lead: _Lead) -> tuple[str, list[str], list[Any]]:
        """Tables, conditions and what they ask for: of these rows those that the filters let pass, without a word.

        The rows stand behind a fence, so the other filters are looked up for them.
        """
        stretch, values = rows.values_list(lead.own, "created_at")[:_FENCE].query.sql_with_params()
        is_bin = "NOT NULL" if self.filters.is_bin else "NULL"
        where = [
            f"execution.id = lead.{lead.own} AND execution.team_id = %s AND execution.deleted_at IS {is_bin}"
        ]
        asked: list[Any] = [*values, self.actor.team.pk]
        for name, value in self.columns.items():
            where.append(f"execution.{name} = %s")
            asked.append(value)
        for mark in self.filters.marks():
            if mark != lead.mark:
                where.append(
                    "EXISTS (SELECT 1 FROM history_mark mark"
                    " WHERE mark.execution_id = execution.id AND mark.kind = %s AND mark.value = %s)"
                )
                asked += mark
        return f"({stretch}) lead CROSS JOIN executions_execution execution", where, asked

    def _few(self, begin: Place) -> bool:
        """Take those that fit of a search that finds few, on PostgreSQL. False: it finds many, or none is asked for."""
        telling = [word for word in self.asked if words.is_telling(word)]
        if not telling or connection.vendor != "postgresql":
            return False
        finds = words.some_with(telling, most=FEW + 1)
        if len(finds) > FEW:
            return False
        if finds:
            self.found += self._fitting(self._these(finds), begin, None)
        return True

    def _these(self, finds: Sequence[uuid.UUID]) -> _Lead:
        """Finds lead: the search has an index of its own, for the words only."""
        return _Lead(Execution.objects.filter(team=self.actor.team, pk__in=finds, **self.days))

    def _by_finds(self, begin: Place | None) -> None:
        """On SQLite the search leads: its finds come in the order of the list, and those that fit are kept.

        Those of one moment come in the order of their places, so a page ends at a place as well. Where the newest
        finds hold too few that fit, the filters lead: those they let pass are looked up among the finds.
        """
        up_to = _LATEST
        if begin is not None:
            last = Listing.objects.filter(execution=begin[1]).values_list("place", flat=True).first()
            up_to = (place_of(begin[0]) if last is None else last) - 1
        lot = FINDS_TO_FILTER if self.filters.set.keys() - {"q"} else FINDS
        finds = words.places_with(self._match, up_to=up_to, most=lot)
        if finds:
            lead = self._these([pk for _, pk in finds])
            fits = {pk: at for at, pk in _places(*self._filtered(lead.rows, lead))}
            self.found = [(fits[pk], pk) for _, pk in finds if pk in fits][: self.wanted]
        if len(finds) == lot and len(self.found) < self.wanted:
            place, _ = finds[-1]
            self._by_stretches((moment_of(place), uuid.UUID(int=0)), up_to=place - 1)


def _places(tables: str, where: Sequence[str], asked: Sequence[Any], end: str = "") -> list[Place]:
    statement = (  # its names are ours; whatever was asked for is a parameter
        f"SELECT execution.id, execution.created_at FROM {tables} WHERE {' AND '.join(where)} {end}"  # noqa: S608
    )
    return [(one.created_at, one.pk) for one in Execution.objects.raw(statement, asked)]
