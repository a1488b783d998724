"""Changes of wallets, in the caller's transaction.

All runs of a team change the one row of its wallet, and who changes a row keeps all others from it until the commit.
Whoever has more to write does so inside `wallets_last`: then the rows are taken when all else is written, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from accounts.statements import AtLeast, Plus, update, write
from credits.models import Wallet
from wireflow_ui.errors import WireflowError


class InsufficientCredits(WireflowError):
    """The team has fewer credits than the work needs."""

    code = "insufficient_credits"
    status = 402
    kind = "insufficient_credits_error"

    def __init__(self, *, required: int, available: int, breakdown: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(
            f"Insufficient credits. Required: {required}, Available: {available}",
            insufficientCredits=True,
            requiredCredits=required,
            availableCredits=available,
            breakdown=list(breakdown),
        )
        self.required = required
        self.available = available


@dataclass(slots=True)
class Move:
    """What is added to the balances of one wallet; less than 0 is taken from them. Never more than is available."""

    available: int = 0
    held: int = 0
    spent: int = 0

    def add(self, other: Move) -> None:
        self.available += other.available
        self.held += other.held
        self.spent += other.spent


@dataclass
class _Waiting:
    """What is to be done at the end of a transaction: moves by team, and what comes after them."""

    moves: dict[int, Move] = field(default_factory=dict)
    then: list[tuple[str, Callable[[], object]]] = field(default_factory=list)

    def carry_out(self) -> None:
        for team_id in sorted(self.moves):
            _carry_out(team_id, self.moves[team_id])
            del self.moves[team_id]


_waiting: ContextVar[_Waiting | None] = ContextVar("changes of wallets that wait", default=None)


@contextmanager
def wallets_last() -> Iterator[None]:
    """Inside the caller's transaction: wallets change at the end.

    Raises `InsufficientCredits` then, when all that was taken in here is more than a team has: nothing that was
    written may stay.
    """
    waiting = _Waiting()
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    waiting.carry_out()
    for _, do in sorted(waiting.then, key=lambda one: one[0]):
        do()


def move(team_id: int, by: Move, *, at_once: bool = False) -> None:
    """Change a wallet, ``at_once`` or when it is time. Raises `InsufficientCredits` where too little is available.

    Who has to know at once calls `send_moves` before, and outside a savepoint that a refusal would undo.
    """
    waiting = _waiting.get()
    if waiting is None or at_once:
        _carry_out(team_id, by)
    else:
        waiting.moves.setdefault(team_id, Move()).add(by)


def send_moves() -> None:
    """Carry out what waits inside `wallets_last` by now."""
    waiting = _waiting.get()
    if waiting is not None:
        waiting.carry_out()


def lock_wallets(team_ids: Collection[int]) -> None:
    """Take the wallets of several teams in their order: for who has to change them at different times."""
    if connection.features.has_select_for_update:
        rows = Wallet.objects.filter(team__in=team_ids).order_by("team")
        list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def after_wallets(do: Callable[[], object], *, row: str) -> None:
    """Do what locks a ``row`` that is locked after wallets: at once, or inside `wallets_last` at its end, where several
    rows are taken in the order of their names."""
    waiting = _waiting.get()
    if waiting is None:
        do()
    else:
        waiting.then.append((row, do))


def _carry_out(team_id: int, by: Move) -> None:
    changes = {"available": Plus(by.available), "held": Plus(by.held), "spent": Plus(by.spent)}
    if by.available >= 0:
        write(Wallet, {"team": team_id}, **changes)
    elif not update(Wallet, {"team": team_id, "available": AtLeast(-by.available)}, **changes):
        wallet = Wallet.objects.filter(team_id=team_id).first()
        raise InsufficientCredits(required=-by.available, available=wallet.available if wallet else 0)
