"""Finds a page of the history: newest first, from a cursor on, never by counting or skipping rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from accounts.actor import Actor
from executions.cursors import place_text, read_cursor
from executions.models import Execution, ExecutionQuerySet
from history import words
from history.filters import Filters
from history.looking import LAST_ID, Look, older


@dataclass(frozen=True, slots=True)
class Page:
    """``cursor`` leads to the next page, "" where nothing older fits.

    ``looked_back_to`` is set where that is no page to stop at, and the list goes on from there by itself: its time was
    over, or all that it found was gone before it was read.
    """

    executions: list[Execution]
    cursor: str = ""
    looked_back_to: datetime | None = None


def page_of(actor: Actor, filters: Filters, *, cursor: str = "", most: int) -> Page:
    """The newest executions that fit, ``most`` at most, after the cursor; one that cannot be read is none."""
    mine = seen_by(actor, filters)
    if filters.q and (whole := _by_id(filters.q)) is not None:
        return Page(list(_after(mine.filter(pk=whole, **filters.columns()), cursor)))
    asked = words.asked_words(filters.q)
    if filters.q and not asked:
        return Page([])
    look = Look(actor, filters, asked, wanted=most + 1)
    look.begin(read_cursor(cursor))
    found = look.found[:most]
    shown = _in_order(mine, [pk for _, pk in found])
    if len(look.found) > most:
        # The place of what was found, for what is shown may be less: somebody deleted it meanwhile.
        at, last = found[-1]
        return Page(shown, place_text(at, last), None if shown else at)
    if look.looked_back_to is None:
        return Page(shown)
    return Page(shown, place_text(look.looked_back_to, LAST_ID), look.looked_back_to)


def all_of(actor: Actor, filters: Filters, *, most: int, lot: int = 500) -> Iterator[Execution]:
    """Everything that fits, page by page, newest first."""
    cursor = ""
    while most > 0:
        page = page_of(actor, filters, cursor=cursor, most=min(lot, most))
        yield from page.executions
        most -= len(page.executions)
        cursor = page.cursor
        if not cursor:
            return


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
    found = read_cursor(cursor)
    return executions if found is None else executions.filter(older(found, "pk"))


def _in_order(executions: QuerySet[Execution], ids: Sequence[uuid.UUID]) -> list[Execution]:
    found = executions.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]
