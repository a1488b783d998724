"""Finds a page of the history: newest first, from a cursor on, never by counting or skipping rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from accounts.actor import Actor
from executions.cursors import read_cursor
from executions.models import Execution, ExecutionQuerySet
from history import words
from history.filters import Filters
from history.listing import place_of
from history.models import Listing, Mark

#: On SQLite so many finds of a search are looked at before the filters lead, where there are any beside it.
FINDS, FINDS_TO_FILTER = 100, 1_000
LATEST = 2**62


def page_of(actor: Actor, filters: Filters, *, cursor: str = "", most: int) -> list[Execution]:
    """The newest executions that fit, ``most`` at most, after the cursor; one that cannot be read is none."""
    mine = seen_by(actor, filters)
    if filters.q and (whole := _by_id(filters.q)) is not None:
        return list(_after(mine.filter(pk=whole, **filters.columns()), cursor))
    asked = words.asked_words(filters.q)
    if filters.q and not asked:
        return []
    if asked and connection.vendor != "postgresql":
        return _searched(actor, filters, asked, cursor=cursor, most=most)
    ids = list(_ids(actor, filters, asked, cursor)[:most])
    return _in_order(mine, ids)


def all_of(actor: Actor, filters: Filters, *, most: int, lot: int = 500) -> Iterator[Execution]:
    """Everything that fits, page by page, newest first."""
    cursor = ""
    while most > 0:
        page = page_of(actor, filters, cursor=cursor, most=min(lot, most))
        yield from page
        if len(page) < lot:
            return
        most -= len(page)
        cursor = f"{page[-1].created_at.isoformat()}~{page[-1].pk}"


def seen_by(actor: Actor, filters: Filters) -> ExecutionQuerySet:
    """What the actor may see of the history, or of its bin."""
    executions = Execution.objects.deleted_by(actor) if filters.is_bin else Execution.objects.paid_by(actor)
    return executions.select_related("started_by")


def _by_id(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _after(executions: QuerySet[Execution], cursor: str) -> QuerySet[Execution]:
    condition = _older(cursor, "created_at", "pk")
    return executions if condition is None else executions.filter(condition)


def _older(cursor: str, moment: str, name: str) -> Q | None:
    """The condition for what comes after a cursor, for the columns that the order is made of."""
    found = read_cursor(cursor)
    if found is None:
        return None
    at, last = found
    # The first condition says nothing new, but an index can begin at it.
    return Q(**{f"{moment}__lte": at}) & (Q(**{f"{moment}__lt": at}) | Q(**{f"{name}__gt": last}))


def _ids(actor: Actor, filters: Filters, asked: Sequence[str], cursor: str) -> Any:
    """The ids in the order of the list. With a mark its index leads, for it has the order in it."""
    columns, marks = filters.columns(), filters.marks()
    if not marks:
        base: Any = (Execution.objects.deleted_by if filters.is_bin else Execution.objects.paid_by)(actor)
        base, order, own = base.filter(**columns), ("-created_at", "id"), "pk"
    else:
        (kind, value), *others = marks
        base = Mark.objects.filter(
            team=actor.team, kind=kind, value=value, execution__deleted_at__isnull=not filters.is_bin
        )
        base = base.filter(**{_of_mark(name): value for name, value in columns.items()})
        for kind, value in others:
            same = Mark.objects.filter(execution=OuterRef("execution"), kind=kind, value=value)
            base = base.filter(Exists(same))
        order, own = ("-created_at", "execution_id"), "execution_id"
    if asked:
        found = RawSQL(  # the words are parameters
            "SELECT execution_id FROM history_listing WHERE words @@ %s::tsquery", [words.tsquery(asked)]
        )
        base = base.filter(**{f"{own}__in": found})
    condition = _older(cursor, "created_at", own)
    if condition is not None:
        base = base.filter(condition)
    return base.order_by(*order).values_list(own, flat=True)


def _of_mark(name: str) -> str:
    return name if name.startswith("created_at") else f"execution__{name}"


def _in_order(executions: QuerySet[Execution], ids: Sequence[uuid.UUID]) -> list[Execution]:
    found = executions.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _searched(
    actor: Actor, filters: Filters, asked: Sequence[str], *, cursor: str, most: int
) -> list[Execution]:
    """On SQLite the search leads: its finds come in the order of the list, and those that fit are kept.

    Those of one moment come in the order of their places, so a page ends at a place as well. Where the newest
    finds hold too few that fit, the filters lead: they let few pass, and each of those is looked up among the finds.
    """
    mine = seen_by(actor, filters)
    fitting: QuerySet[Execution] = mine.filter(**filters.columns())
    for kind, value in filters.marks():
        fitting = fitting.filter(
            Exists(Mark.objects.filter(execution=OuterRef("pk"), kind=kind, value=value))
        )
    begin = read_cursor(cursor)
    up_to = LATEST
    if begin is not None:
        last = Listing.objects.filter(execution=begin[1]).values_list("place", flat=True).first()
        up_to = (place_of(begin[0]) if last is None else last) - 1
    lot = FINDS_TO_FILTER if filters.set.keys() - {"q"} else FINDS
    finds = words.places_with(asked, up_to=up_to, most=lot)
    fits = set(fitting.order_by().filter(pk__in=[pk for _, pk in finds]).values_list("pk", flat=True))
    shown = [pk for _, pk in finds if pk in fits][:most]
    if len(finds) < lot or len(shown) == most:
        return _in_order(mine, shown)
    rest = _led_by_filters(_ids(actor, filters, [], ""), asked, finds[-1][0] - 1)
    return _in_order(mine, [*shown, *rest[: most - len(shown)]])


def _led_by_filters(ids: QuerySet[Any], asked: Sequence[str], up_to: int) -> QuerySet[Any]:
    """Those of these that have all the words, from a place downwards, on SQLite."""
    own = "execution" if ids.model is Mark else "pk"
    listing = Listing.objects.filter(execution=OuterRef(own), place__lte=up_to)
    found = RawSQL("SELECT rowid FROM history_words WHERE history_words MATCH %s", [words.fts_query(asked)])
    fits = ids.filter(Exists(listing.filter(place__in=found)))
    ordered: QuerySet[Any] = fits.annotate(place=Subquery(listing.values("place")))
    return ordered.order_by("-created_at", "-place")
