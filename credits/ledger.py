"""Proof of the money: every balance is the sum of its entries, and every hold has its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from credits.models import Account, Entry, EntryKind, Hold, HoldClosing, Wallet

#: Between which accounts an entry of each kind goes.
ACCOUNTS = {
    EntryKind.GRANT: (Account.ISSUED, Account.AVAILABLE),
    EntryKind.ALLOWANCE: (Account.ISSUED, Account.AVAILABLE),
    EntryKind.PURCHASE: (Account.ISSUED, Account.AVAILABLE),
    EntryKind.HOLD: (Account.AVAILABLE, Account.HELD),
    EntryKind.SETTLE: (Account.HELD, Account.SPENT),
    EntryKind.RELEASE: (Account.HELD, Account.AVAILABLE),
    EntryKind.WITHDRAWAL: (Account.AVAILABLE, Account.ISSUED),
}
_RIGHT_ACCOUNTS = reduce(
    or_, (Q(kind=kind, debit=debit, credit=credit) for kind, (debit, credit) in ACCOUNTS.items())
)
#: Conditions for the rows of one team, or none for those of all.
Whose = Mapping[str, int]


def faults(team_id: int | None = None) -> list[str]:
    """Everything that is wrong with balances, entries and holds, of one team or all; empty when all is well."""
    whose = {} if team_id is None else {"team": team_id}
    return [*_balance_faults(whose), *_hold_faults(whose)]


def balance_at(team_id: int, at: datetime) -> Wallet:
    """A team's balance as it was at a moment, added up from its entries alone; not stored."""
    balance = Wallet(team_id=team_id)
    until = Entry.objects.filter(team=team_id, created_at__lte=at)
    for debit, credit, amount in until.values_list("debit", "credit").annotate(total=Sum("amount")):
        for account, change in ((debit, -amount), (credit, amount)):
            if account != Account.ISSUED:
                setattr(balance, account, getattr(balance, account) + change)
    return balance


def _balance_faults(whose: Whose) -> list[str]:
    sums: Counter[tuple[int, str]] = Counter()
    moved = Entry.objects.filter(**whose).values_list("team_id", "debit", "credit")
    for team_id, debit, credit, amount in moved.annotate(total=Sum("amount")):
        sums[team_id, debit] -= amount
        sums[team_id, credit] += amount
    found = []
    for wallet in Wallet.objects.filter(**whose):
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


def _hold_faults(whose: Whose) -> list[str]:
    """Every hold and every closing has its entries, of its amount and team, and there are no others."""
    back = F("hold__amount") - F("settled")
    closings = HoldClosing.objects.annotate(team=F("hold__team"), reference=F("hold__reference"), back=back)
    closings = closings.filter(**whose)
    entries = Entry.objects.filter(**whose)
    found = _differences(EntryKind.HOLD, entries, Hold.objects.filter(**whose), "amount")
    found += _differences(EntryKind.SETTLE, entries, closings.filter(settled__gt=0), "settled")
    found += _differences(EntryKind.RELEASE, entries, closings.exclude(back=0), "back")
    return found + [f"{one} goes between the wrong accounts." for one in entries.exclude(_RIGHT_ACCOUNTS)]


def _differences(kind: EntryKind, entries: QuerySet[Entry], rows: QuerySet[Any], amount: str) -> list[str]:
    """The rows (team, reference, amount) whose entry of this kind says otherwise, and entries without a row."""
    same = Entry.objects.filter(kind=kind, reference=OuterRef("reference"), team=OuterRef("team"))
    told = rows.annotate(told=Subquery(same.values("amount")))
    wrong = told.exclude(told__isnull=False, told=F(amount)).values_list("reference", "told", amount)
    found = [
        f"{reference} has a {kind} entry of {told or 0} credits, not {due}." for reference, told, due in wrong
    ]
    more = entries.filter(kind=kind).count() - (rows.count() - len(found))
    return found + ([f"{more} {kind} entries belong to nothing."] if not found and more else [])


def open_hold_references(whose: Whose) -> set[str]:
    """What is held for and not over yet."""
    return set(Hold.objects.filter(closing=None, **whose).values_list("reference", flat=True))
