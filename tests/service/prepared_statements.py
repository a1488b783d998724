"""How PostgreSQL is asked what comes again and again; `test_rooms` runs these, there alone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.gathered import change, together
from accounts.models import Team
from accounts.statements import cursor_of, insert, select, update
from executions.models import Batch, Event
from tests.factories import make_team

pytestmark = pytest.mark.django_db(transaction=True)


def prepared() -> list[str]:
    """The statements that the server keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY prepare_time")
        return [text for (text,) in cursor.fetchall()]


def test_a_text_that_comes_again_is_kept_by_the_server_and_one_of_a_page_is_not():
    team = make_team()
    before = len(prepared())
    for number in range(6):
        assert update(Team, {"pk": team.pk}, name=f"name {number}") == 1
        assert Team.objects.filter(pk=team.pk, name=f"name {number}").exists()
    [text] = prepared()[before:]
    assert text.startswith('UPDATE "accounts_team" SET "name" = $1 WHERE')
    assert Team.objects.get().name == "name 5"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"text": "100 %s of 100 %, é, 仮名 and '\"\\", "list": [1, 2.5, None, True], "deep": {"a": {}}},
    ],
)
def test_values_come_back_as_they_were_however_often(data):
    team = make_team()
    moment = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
    for number in range(5):
        batch = Batch(id=uuid4(), team=team, created_at=moment)
        insert([batch])
        [read] = select(Batch, {"pk": batch.pk})
        assert (read.pk, read.team_id, read.created_at) == (batch.pk, team.pk, moment)
        event = Event(execution_id=batch.pk, seq=number * 10**4, kind="%s %%", data=data)
        with transaction.atomic():
            insert([event])
            [read_event] = select(Event, {"pk": event.pk})
            assert (read_event.seq, read_event.kind, read_event.data) == (number * 10**4, "%s %%", data)
            transaction.set_rollback(True)  # there is no such execution


def test_changes_of_many_rows_with_one_text_go_together():
    teams = [make_team(f"team {number}") for number in range(5)]
    for word in ("once", "twice", "a third time", "and again"):
        with transaction.atomic(), together():
            for number, team in enumerate(teams):
                change(Team, {"pk": team.pk}, name=f"{word} {number}")
        assert [team.name for team in Team.objects.order_by("pk")] == [
            f"{word} {number}" for number in range(5)
        ]


def test_what_the_database_refuses_is_said_in_djangos_words():
    batch = Batch(id=uuid4(), team=make_team())
    insert([batch])
    for _ in range(5):
        with pytest.raises(IntegrityError), transaction.atomic():
            insert([batch])
    with cursor_of(connection) as cursor:
        cursor.execute("SELECT 7 %% 4, %s::text", ["ok"])
        assert cursor.fetchone() == (3, "ok")
