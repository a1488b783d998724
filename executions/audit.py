"""The proof that runs and money agree, from the database alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from credits.ledger import faults as ledger_faults
from credits.ledger import open_hold_references
from credits.models import Entry, EntryKind
from executions.intakes import open_references
from executions.models import Execution, GoneExecution, NodeRun, hold_reference
from executions.states import EXECUTION_OVER, NODE_OVER, NodeStatus


def faults(team_id: int | None = None) -> list[str]:
    """Everything that is wrong, with one team or with all; empty when all is well. Read at one moment, whatever goes
    on beside it."""
    with _one_moment():
        parts = (_open_hold_faults, _settlement_faults, _sum_faults)
        return [*ledger_faults(team_id), *(fault for part in parts for fault in part(team_id))]


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction whose statements all see the same state; SQLite's do anyway."""
    is_first = not connection.in_atomic_block
    with transaction.atomic():
        if is_first and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def _of(team_id: int | None, name: str) -> dict[str, int]:
    """The condition that a row is of this team, which it has by this name; none for all teams."""
    return {} if team_id is None else {name: team_id}


def _open_hold_faults(team_id: int | None) -> list[str]:
    """Open holds = priced node runs that are not over, in executions that are not over, and rows that are to come."""
    open_runs = (
        NodeRun.objects.filter(price__gt=0, **_of(team_id, "execution__team"))
        .exclude(status__in=NODE_OVER)
        .exclude(execution__status__in=EXECUTION_OVER)
    )
    expected = {hold_reference(pk) for pk in open_runs.values_list("pk", flat=True)}
    every = open_hold_references(_of(team_id, "team"))
    held = {one for one in every if one.startswith("node-run:")}
    lots = {one for one in every if one.startswith("table:")}
    over = (held - expected) | (lots - open_references(_of(team_id, "batch__team")))
    return [f"{one} has an open hold but is over." for one in sorted(over)] + [
        f"{one} runs without a hold." for one in sorted(expected - held)
    ]


def _settlement_faults(team_id: int | None) -> list[str]:
    """Every paid node run was completed, and was paid what it says; of those taken away the sum is known."""
    paid = dict(
        Entry.objects.filter(
            kind=EntryKind.SETTLE, reference__startswith="node-run:", **_of(team_id, "team")
        ).values_list("reference", "amount")
    )
    charged = {
        hold_reference(pk): credits
        for pk, credits in NodeRun.objects.filter(
            credits_used__gt=0, status=NodeStatus.COMPLETED, **_of(team_id, "execution__team")
        ).values_list("pk", "credits_used")
    }
    wrong = [one for one in sorted(paid.keys() | charged.keys()) if paid.get(one, 0) != charged.get(one, 0)]
    numbers = [int(one.removeprefix("node-run:")) for one in wrong]
    there = {hold_reference(pk) for pk in NodeRun.objects.filter(pk__in=numbers).values_list("pk", flat=True)}
    gone = sum(paid.get(one, 0) for one in wrong if one not in there)
    known = GoneExecution.objects.filter(**_of(team_id, "team")).aggregate(
        sum=Coalesce(Sum("credits_used"), 0)
    )["sum"]
    found = [
        f"{one} was paid {paid.get(one, 0)} credits and says {charged.get(one, 0)}."
        for one in wrong
        if one in there
    ]
    if gone != known:
        found.append(f"{gone} credits were paid for what is gone, which says {known}.")
    return found


def _sum_faults(team_id: int | None) -> list[str]:
    """An execution says that it used what its node runs used."""
    used = Execution.objects.filter(**_of(team_id, "team")).annotate(
        used=Coalesce(Sum("node_runs__credits_used"), 0)
    )
    wrong = used.exclude(credits_used=F("used")).values_list("pk", "credits_used", "used")
    return [f"Execution {pk} says {says} credits, its node runs {used}." for pk, says, used in wrong]
