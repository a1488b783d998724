"""The ledger of an archive, put down again entry by entry. It is believed only as far as it adds up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Team
from archives import shape
from archives.shape import CHANGED, Row, Unfit
from archives.spool import Spool
from credits.ledger import ACCOUNTS
from credits.models import Account, Entry, EntryKind, Hold, HoldClosing, Wallet
from executions.models import hold_reference

MOST_CREDITS = 2**60
#: Clocks of two machines differ; entries of tomorrow are forged.
AHEAD = timedelta(minutes=10)
GIVEN_BACK = "Given back: the run ended with the export"
NOT_TAKEN_OVER = "Not taken over with the team"


@dataclass
class _Open:
    """A hold that is not over yet, and what was moved of it so far."""

    hold: Hold
    settled: int = 0
    released: int = 0
    at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.settled + self.released == self.hold.amount


class Books:
    """``node_runs`` are the numbers of the team's priced node runs here, by those in the archive."""

    def __init__(self, team: Team, node_runs: Mapping[int, int], now: datetime, spool: Spool) -> None:
        self._team = team
        self._node_runs = node_runs
        self._now = now
        self._spool = spool
        self._balance = dict.fromkeys((Account.AVAILABLE, Account.HELD, Account.SPENT), 0)
        self._open: dict[str, _Open] = {}

    def take(self, where: str, row: Row) -> None:
        """The next entry. Raises `Unfit` when it cannot have happened after those before it."""
        entry = Entry(team=self._team, **shape.values(Entry, shape.ENTRY, row, where))
        kind = EntryKind(entry.kind)
        if (entry.debit, entry.credit) != ACCOUNTS[kind] or not 0 < entry.amount <= MOST_CREDITS:
            raise Unfit(
                f"{where}: a {kind} of {entry.amount} credits from {entry.debit} to {entry.credit}. {CHANGED}"
            )
        if entry.created_at > self._now + AHEAD:
            raise Unfit(
                f"{where} is of the future. Set the clocks of both machines, and make the archive anew."
            )
        entry.reference = self._reference(entry.reference)
        self._move(entry, where)
        match kind:
            case EntryKind.HOLD:
                self._begin(entry, where)
            case EntryKind.SETTLE | EntryKind.RELEASE:
                self._end(entry, where)
        self._spool.put(entry)

    def close(self, *, keeps_balance: bool) -> Wallet:
        """Give back what was held for runs that do not go on, and the team its wallet; an empty one unless
        ``keeps_balance``, with an entry that says so."""
        for one in list(self._open.values()):
            if one.settled or one.released:
                raise Unfit(f"{one.hold.reference} was settled in part, and the rest went nowhere. {CHANGED}")
            back = Entry(
                team=self._team,
                kind=EntryKind.RELEASE,
                reference=one.hold.reference,
                debit=Account.HELD,
                credit=Account.AVAILABLE,
                amount=one.hold.amount,
                note=GIVEN_BACK,
                is_sandbox=one.hold.is_sandbox,
                created_at=self._now,
            )
            self._move(back, one.hold.reference)
            self._end(back, one.hold.reference)
            self._spool.put(back)
        left = self._balance[Account.AVAILABLE]
        if left and not keeps_balance:
            taken = Entry(
                team=self._team,
                kind=EntryKind.WITHDRAWAL,
                reference=self._reference("balance"),
                debit=Account.AVAILABLE,
                credit=Account.ISSUED,
                amount=left,
                note=NOT_TAKEN_OVER,
                created_at=self._now,
            )
            self._move(taken, "The balance")
            self._spool.put(taken)
        available, held, spent = self._balance.values()
        wallet = Wallet(team=self._team, available=available, held=held, spent=spent)
        self._spool.put(wallet)
        return wallet

    def _reference(self, said: str) -> str:
        """What an entry is called here: by its node run, or by a name that nothing else here has or will have."""
        number = said.removeprefix("node-run:")
        if number != said and number.isascii() and number.isdigit() and len(number) < 19:
            found = self._node_runs.get(int(number))
            if found is not None:
                return hold_reference(found)
        name = f"archive:{self._team.pk}:{said}"
        if len(name) > 100:
            name = f"archive:{self._team.pk}:{hashlib.sha256(said.encode()).hexdigest()}"
        return name

    def _move(self, entry: Entry, where: str) -> None:
        for account, change in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
            if account != Account.ISSUED:
                self._balance[Account(account)] += change
        for at, amount in self._balance.items():
            if not 0 <= amount <= MOST_CREDITS:
                raise Unfit(f"{where}: there would be {amount} credits {at}. {CHANGED}")

    def _begin(self, entry: Entry, where: str) -> None:
        if entry.reference in self._open:
            raise Unfit(f"{where}: credits are held twice for {entry.reference}. {CHANGED}")
        hold = Hold(
            team=self._team,
            reference=entry.reference,
            amount=entry.amount,
            is_sandbox=entry.is_sandbox,
            created_at=entry.created_at,
        )
        self._open[entry.reference] = _Open(hold)
        self._spool.put(hold)

    def _end(self, entry: Entry, where: str) -> None:
        one = self._open.get(entry.reference)
        if one is None:
            raise Unfit(f"{where}: nothing is held for {entry.reference}. {CHANGED}")
        if entry.kind == EntryKind.SETTLE:
            one.settled += entry.amount
        else:
            one.released += entry.amount
        if one.settled + one.released > one.hold.amount:
            raise Unfit(f"{where}: more is moved than was held for {entry.reference}. {CHANGED}")
        if one.is_over:
            del self._open[entry.reference]
            self._spool.put(HoldClosing(hold=one.hold, settled=one.settled, created_at=entry.created_at))
