"""Proof of the money: every balance is the sum of its entries, and every hold has its end."""

from __future__ import annotations

from collections import Counter

from django.db.models import F, Sum

from credits.models import Account, Entry, EntryKind, Hold, HoldClosing, Wallet


def faults() -> list[str]:
    """Everything that is wrong with balances, entries and holds; empty when all is well."""
    return [*_balance_faults(), *_hold_faults()]


def _balance_faults() -> list[str]:
    sums: Counter[tuple[int, str]] = Counter()
    for team_id, debit, credit, amount in Entry.objects.values_list("team_id", "debit", "credit").annotate(
        total=Sum("amount")
    ):
        sums[team_id, debit] -= amount
        sums[team_id, credit] += amount
    found = []
    for wallet in Wallet.objects.all():
        for account, stored in (
            (Account.AVAILABLE, wallet.available),
            (Account.HELD, wallet.held),
            (Account.SPENT, wallet.spent),
        ):
            counted = sums.pop((wallet.team_id, account.value), 0)
            if counted != stored:
                found.append(
                    f"Team {wallet.team_id} has {stored} {account.value}, its entries say {counted}."
                )
    found += [
        f"Team {team_id} has entries on {account} but no wallet."
        for (team_id, account), amount in sums.items()
        if account != Account.ISSUED and amount
    ]
    return found


def _hold_faults() -> list[str]:
    found = []
    for kind, rows in (
        (EntryKind.HOLD, Hold.objects.values_list("team_id").annotate(total=Sum("amount"))),
        (EntryKind.SETTLE, HoldClosing.objects.values_list("hold__team_id").annotate(total=Sum("settled"))),
        (
            EntryKind.RELEASE,
            HoldClosing.objects.values_list("hold__team_id").annotate(
                total=Sum(F("hold__amount") - F("settled"))
            ),
        ),
    ):
        entries = dict(Entry.objects.filter(kind=kind).values_list("team_id").annotate(total=Sum("amount")))
        holds = {team_id: total for team_id, total in rows if total}
        if entries != holds:
            found.append(f"The {kind.value} entries by team are {entries}, the holds say {holds}.")
    return found


def open_hold_references() -> set[str]:
    """What is held for and not over yet."""
    return set(Hold.objects.filter(closing=None).values_list("reference", flat=True))
