"""The proof of the money finds whatever was changed behind its back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F

from credits.actions import grant
from credits.models import Entry, Hold, HoldClosing, Wallet
from executions.actions import cancel_execution
from executions.audit import faults
from executions.models import Execution, NodeRun
from tests.executions.conftest import house  # noqa: F401  # a store and a sandbox of its own
from tests.executions.runs import Hand, prompt, start
from tests.factories import make_team

UNGUARDED = {
    "sqlite": "DROP TRIGGER IF EXISTS credits_entry_no_update",
    "postgresql": "SET LOCAL session_replication_role = replica",
}


def sql(statement: str, *params: object) -> Callable[[], None]:
    """Tamper as somebody would who has the database open, past all guards of the model."""

    def tamper() -> None:
        with connection.cursor() as cursor:
            cursor.execute(UNGUARDED[connection.vendor])
            cursor.execute(statement, params)

    return tamper


@pytest.fixture
def books(alice) -> None:
    """A run that was paid, one that failed, one that was stopped and one that is under way."""
    for words in ("a", "[block]", "b", "c"):
        start(alice, *prompt(words), credits=100)
    runs = list(Execution.objects.order_by("created_at"))
    Hand().finish(runs[0])
    Hand().finish(runs[1])
    cancel_execution(execution_id=runs[2].pk)
    make_team("Others")
    assert faults() == []


ENTRY = "credits_entry SET"
LAST_GRANT = "SELECT max(id) FROM credits_entry WHERE kind = 'grant'"
PAID = "SELECT min(reference) FROM credits_entry WHERE kind = 'settle'"
GIVEN_BACK = "SELECT min(reference) FROM credits_entry WHERE kind = 'release'"
TAMPERING: dict[str, Callable[[], object]] = {
    "credits given away": lambda: Wallet.objects.update(available=F("available") + 1),
    "credits taken away": lambda: Wallet.objects.update(available=F("available") - 1),
    "held credits made spendable": lambda: Wallet.objects.update(held=F("held") - 1, available=F("available") + 1),
    "spending undone": lambda: Wallet.objects.update(spent=F("spent") - 1, available=F("available") + 1),
    "a wallet thrown away": sql("DELETE FROM credits_wallet"),
    "a grant made larger": sql(f"UPDATE {ENTRY} amount = 500 WHERE id = (SELECT min(id) FROM credits_entry)"),
    "a grant thrown away": sql(f"DELETE FROM credits_entry WHERE id = ({LAST_GRANT})"),
    "a hold's entry thrown away": sql(f"DELETE FROM credits_entry WHERE kind = 'hold' AND reference = ({PAID})"),
    "a settlement thrown away": sql("DELETE FROM credits_entry WHERE kind = 'settle'"),
    "a settlement made larger, and the wallet with it": lambda: (
        sql(f"UPDATE {ENTRY} amount = amount + 1 WHERE kind = 'settle'")(),
        Wallet.objects.update(spent=F("spent") + 1, held=F("held") - 1),
    ),
    "a settlement invented, and the wallet with it": lambda: (
        Entry.objects.create(
            team=Wallet.objects.get().team, kind="settle", reference="node-run:99", debit="held",
            credit="spent", amount=1,
        ),
        Wallet.objects.update(spent=F("spent") + 1, held=F("held") - 1),
    ),
    "a payment moved to another step": sql(f"UPDATE {ENTRY} reference = ({GIVEN_BACK}) WHERE kind = 'settle'"),
    "two releases swapped for other amounts": lambda: (
        sql(f"UPDATE {ENTRY} amount = 2 WHERE kind = 'release' AND reference = ({GIVEN_BACK})")(),
        Wallet.objects.update(held=F("held") - 1, available=F("available") + 1),
    ),
    "an entry of another team": lambda: sql(
        f"UPDATE {ENTRY} team_id = %s WHERE kind = 'release'", make_team("More").pk
    )(),
    "an entry between other accounts": sql(f"UPDATE {ENTRY} debit = 'issued' WHERE kind = 'settle'"),
    "a hold made smaller": sql("UPDATE credits_hold SET amount = amount + 1"),
    "a hold thrown away": lambda: Hold.objects.filter(closing=None).delete(),
    "a hold invented": lambda: Hold.objects.create(team=Wallet.objects.get().team, reference="x", amount=1),
    "a closing undone": lambda: HoldClosing.objects.filter(settled=0).delete(),
    "a closing that says another amount": lambda: HoldClosing.objects.filter(settled=1).update(settled=0),
    "an open hold closed": lambda: HoldClosing.objects.create(hold=Hold.objects.get(closing=None), settled=0),
    "a paid step that failed": lambda: NodeRun.objects.filter(credits_used=1).update(status="FAILED"),
    "a paid step that says another price": lambda: NodeRun.objects.filter(credits_used=1).update(credits_used=2),
    "a step that says it was paid": lambda: NodeRun.objects.filter(status="FAILED").update(
        status="COMPLETED", credits_used=1
    ),
    "a run over with credits held": lambda: Execution.objects.filter(status="RUNNING").update(status="FAILED"),
    "a step over with credits held": lambda: NodeRun.objects.filter(status="READY").update(status="FAILED"),
    "a run that says another sum": lambda: Execution.objects.filter(credits_used=1).update(credits_used=0),
}  # fmt: skip


@pytest.mark.usefixtures("books")
def test_every_kind_of_tampering_is_found():
    unnoticed = []
    for name, tamper in TAMPERING.items():
        before = transaction.savepoint()
        tamper()
        unnoticed += [] if faults() else [name]
        transaction.savepoint_rollback(before)
        assert faults() == []
    assert unnoticed == []


@pytest.mark.usefixtures("books")
def test_the_command_says_what_is_wrong_and_fails():
    Wallet.objects.update(available=F("available") + 1)
    with pytest.raises(CommandError, match="has 399 available, its entries say 398"):
        call_command("check_ledger")


@pytest.mark.usefixtures("books")
def test_books_that_are_right_are_proven_in_one_line(capsys):
    call_command("check_ledger")
    assert capsys.readouterr().out == "The ledger is right: entries, balances and holds agree.\n"


def test_an_empty_house_is_right(db):
    assert faults() == []


def test_a_fault_names_what_is_wrong(alice):
    grant(team=alice.memberships.get().team, amount=5, reason="test")
    Wallet.objects.update(available=6)
    assert faults() == [f"Team {Wallet.objects.get().team_id} has 6 available, its entries say 5."]
