"""Granting, holding, settling and releasing credits.

Every function but `grant` must be called inside the transaction of the move that it belongs to, after the
execution row is locked. The order of locks: docs/how-a-run-survives-a-crash.md.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.models import Team
from accounts.rows import new
from accounts.statements import insert, insert_new, select
from credits import limits
from credits.models import Account, Entry, EntryKind, Hold, HoldClosing, Wallet
from credits.wallets import Move, move, send_moves
from telemetry import metrics
from wireflow_ui.errors import WireflowError


class GrantedBefore(WireflowError):
    """Something is granted once, and this was."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Credits wanted for one piece of work; ``note`` is shown beside the movement."""

    reference: str
    amount: int
    note: str = ""
    is_sandbox: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """What is to be spent of a hold, None for all of it; the rest goes back."""

    reference: str
    amount: int | None = None
    note: str = ""


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Credits move only inside the transaction of what they pay for.")


@transaction.atomic
def grant(
    *, team: Team, amount: int, reason: str, reference: str = "", kind: EntryKind = EntryKind.GRANT
) -> Entry:
    """Give a team ``amount`` credits (> 0). A reference of a kind is granted once only; then `GrantedBefore`."""
    if amount <= 0:
        raise WireflowError("A grant is of one credit or more.")
    Wallet.objects.get_or_create(team=team)
    try:
        with transaction.atomic():  # so that one may still look why it was refused
            entry = Entry.objects.create(
                team=team,
                kind=kind,
                reference=reference or f"grant:{uuid.uuid4()}",
                debit=Account.ISSUED,
                credit=Account.AVAILABLE,
                amount=amount,
                note=reason[:200],
            )
    except IntegrityError as error:
        if not Entry.objects.filter(kind=kind, reference=reference).exists():
            raise
        raise GrantedBefore(f"The grant {reference} was made before.") from error
    Wallet.objects.filter(team=team).update(available=F("available") + amount)
    audit.record(team=team, change="credits.granted", subject=reason, after={"credits": amount})
    return entry


def hold(
    *,
    team_id: int,
    asks: Collection[Ask],
    subjects: Collection[str] = (),
    counts: str = "",
    at_once: bool = True,
) -> None:
    """Set credits aside for all of ``asks`` or for none; they count against the spending limits of ``subjects``.

    Without subjects they are counted in ``counts`` once more, and no limit is asked: those of a hold that was given
    back before in the same transaction, and in whose place they come.

    Raises `InsufficientCredits`, inside `wallets_last` only at its end unless it is to be known ``at_once``; and
    `SpendingLimitReached` when a limit has no room: then nothing was counted.
    """
    _require_transaction()
    wanted = [ask for ask in asks if ask.amount > 0]
    total = sum(ask.amount for ask in wanted)
    if not total:
        return
    if at_once:
        if subjects:
            limits.lock(subjects={team_id: subjects})
        send_moves()
    if not subjects:
        limits.take_again(counts, total)
        _set_aside(team_id, wanted, total, counts=counts, at_once=at_once)
        return
    with transaction.atomic():  # what one limit counted is undone when the next one, or the wallet, refuses
        counts = limits.take(team_id=team_id, subjects=subjects, amount=total)
        _set_aside(team_id, wanted, total, counts=counts, at_once=at_once)


def _set_aside(team_id: int, wanted: Sequence[Ask], total: int, *, counts: str, at_once: bool) -> None:
    move(team_id, Move(available=-total, held=total), at_once=at_once)
    holds = [
        new(
            Hold,
            team_id=team_id,
            reference=ask.reference,
            amount=ask.amount,
            is_sandbox=ask.is_sandbox,
            counts=counts,
        )
        for ask in wanted
    ]
    entries = [
        new(
            Entry,
            team_id=team_id,
            kind=EntryKind.HOLD,
            reference=ask.reference,
            debit=Account.AVAILABLE,
            credit=Account.HELD,
            amount=ask.amount,
            note=ask.note[:200],
            is_sandbox=ask.is_sandbox,
        )
        for ask in wanted
    ]
    insert(holds, numbered=False)
    insert(entries, numbered=False)
    if metrics.is_on():
        transaction.on_commit(lambda: metrics.credits(held=total))


def counts_of(reference: str) -> str | None:
    """The counts of limits that a hold was counted in, for what comes in its place; None when there is no such hold."""
    return Hold.objects.filter(reference=reference).values_list("counts", flat=True).first()


def settle(*, reference: str, amount: int | None = None, note: str = "") -> int:
    """Spend a hold, or ``amount`` of it, and give the rest back. Returns the credits spent.

    0 when there is no such hold or it is over already: then nothing moves. Raises ValueError when more than
    the hold is asked for.
    """
    return settle_all([Payment(reference, amount, note)]).get(reference, 0)


def settle_all(payments: Collection[Payment]) -> dict[str, int]:
    """`settle` for several holds of one team. Returns the credits spent by reference, of those that were open."""
    return _close({one.reference: one for one in payments})


def release(*, references: Collection[str], note: str = "") -> None:
    """Give back what is held for these references. Holds that are over, or never were, are left alone."""
    _close({reference: Payment(reference, 0, note) for reference in references})


def _close(payments: Mapping[str, Payment]) -> dict[str, int]:
    _require_transaction()
    if not payments:
        return {}
    named = {one.pk: one for one in select(Hold, {"reference": payments.keys()})}
    if not named:
        return {}
    team_ids = {one.team_id for one in named.values()}
    if len(team_ids) != 1:
        raise RuntimeError("Holds of several teams cannot be closed together.")
    settled = {}
    for pk, one in named.items():
        wanted = payments[one.reference].amount
        settled[pk] = one.amount if wanted is None else wanted
        if not 0 <= settled[pk] <= one.amount:
            raise ValueError(f"{settled[pk]} credits cannot be settled on a hold of {one.amount}.")
    # The one row per hold is the guard: whoever comes second waits for the first one's commit, and closes nothing.
    closings = insert_new([new(HoldClosing, hold_id=pk, settled=settled[pk]) for pk in named])
    holds = [named[one.hold_id] for one in closings]
    if not holds:
        return {}
    spent = sum(one.settled for one in closings)
    back = sum(one.amount for one in holds) - spent
    entries = [
        entry
        for one in holds
        for entry in _closing_entries(one, settled[one.pk], payments[one.reference].note)
        if entry.amount > 0
    ]
    insert(entries, numbered=False)
    limits.give_back((one, one.amount - settled[one.pk]) for one in holds)
    move(team_ids.pop(), Move(available=back, held=-spent - back, spent=spent))
    if metrics.is_on():
        transaction.on_commit(lambda: metrics.credits(settled=spent, released=back))
    return {one.reference: settled[one.pk] for one in holds}


def _closing_entries(one: Hold, spent: int, note: str) -> list[Entry]:
    return [
        _closing_entry(one, EntryKind.SETTLE, Account.SPENT, spent, note),
        _closing_entry(one, EntryKind.RELEASE, Account.AVAILABLE, one.amount - spent, note),
    ]


def _closing_entry(one: Hold, kind: EntryKind, credit: Account, amount: int, note: str) -> Entry:
    return new(
        Entry,
        team_id=one.team_id,
        kind=kind,
        reference=one.reference,
        debit=Account.HELD,
        credit=credit,
        amount=amount,
        note=note[:200],
        is_sandbox=one.is_sandbox,
    )
