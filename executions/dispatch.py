"""One function rings for node runs; settings choose its line.

In one process the engine's loop is woken; on a cluster a Celery message carries the ids, those of many runs while many
are accepted. Either way the bell never
blocks and may be lost: the sweeper finds all work by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import connection

from accounts.bell import GatheringBell
from executions.rush import rush

if TYPE_CHECKING:
    from executions.engine.claims import Claim


class Line(Protocol):
    """Somebody who takes up node runs when told of them; must return at once."""

    def ready(self, node_run_ids: list[int]) -> None: ...

    def due(self, node_run_ids: list[int]) -> None: ...

    def cancelled(self, node_run_ids: list[int]) -> None: ...


class Carrier(Protocol):
    """Somebody who carries out what was claimed for it; must return at once."""

    def carry(self, claimed: Sequence[Claim]) -> None: ...


#: Seconds for which rings are gathered while many calls accept runs at once.
GATHERED = 0.08

_line: Line | None = None
_carrier: Carrier | None = None
_bell = GatheringBell("celery-line", most=50, pause=lambda: GATHERED if rush.has_many() else 0.0)


def connect(line: Line | None, carrier: Carrier | None = None) -> None:
    """Say who answers the bell in this process, and carries what is claimed in it; None when nobody does any more."""
    global _line, _carrier
    _line, _carrier = line, carrier


def is_carried_here() -> bool:
    """May what becomes ready in this process be claimed right there, by whoever writes it down?

    Only where the engine is in the process, and on SQLite: elsewhere a claim takes locks in an order of its own.
    """
    return (
        _carrier is not None
        and settings.ENGINE_LINE != "celery"
        and not connection.features.has_select_for_update
    )


def hand_over(claimed: Sequence[Claim]) -> None:
    """Node runs were claimed for the carrier in this process; has it just left, the next one finds them."""
    if _carrier is not None:
        _carrier.carry(claimed)


def ring(node_run_ids: Collection[int]) -> None:
    """Node runs became READY."""
    _ring("ready", node_run_ids)


def ring_due(node_run_ids: Collection[int]) -> None:
    """The providers of these WAITING node runs are to be asked."""
    _ring("due", node_run_ids)


def ring_cancelled(node_run_ids: Collection[int]) -> None:
    """Node runs that somebody worked on were cancelled."""
    _ring("cancelled", node_run_ids)


def _ring(news: str, node_run_ids: Collection[int]) -> None:
    if not node_run_ids:
        return
    if settings.ENGINE_LINE == "celery":
        from executions.tasks import FOR_NEWS  # which reach the engine, and that rings

        _bell.ring(FOR_NEWS[news], list(node_run_ids))
    elif _line is not None:
        getattr(_line, news)(list(node_run_ids))
