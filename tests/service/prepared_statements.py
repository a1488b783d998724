"""How PostgreSQL is asked what comes again and again; `test_rooms` runs these, there alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.gathered import Overtaken, change, together
from accounts.models import Team
from accounts.statements import cursor_of, insert, select, sent_along, update, write
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


def batch_of(team: Team) -> Batch:
    return Batch(id=uuid4(), team=team, created_at=datetime(2026, 11, 22, tzinfo=UTC))


def test_what_nobody_waits_for_is_written_before_what_follows_and_with_the_commit():
    team = make_team()
    batches = [batch_of(team) for _ in range(3)]
    with sent_along(), transaction.atomic():
        insert([batches[0]])
        write(Team, {"pk": team.pk}, name="first")
        assert [one.pk for one in select(Batch, {"team": team.pk})] == [batches[0].pk]
        assert Team.objects.get().name == "first"
        assert update(Team, {"pk": team.pk, "name": "first"}, name="second") == 1
        assert update(Team, {"pk": team.pk, "name": "first"}, name="third") == 0
        assert Batch.objects.filter(pk=batches[0].pk).update(created_at=batches[1].created_at) == 1
        insert(batches[1:])
    assert (Batch.objects.count(), Team.objects.get().name) == (3, "second")


def test_changes_of_one_text_are_counted_where_they_are_sent_along():
    teams = [make_team() for _ in range(3)]
    with sent_along(), transaction.atomic(), together():
        for one in teams:
            assert change(Team, {"pk": one.pk}, name="new")
    with pytest.raises(Overtaken), sent_along(), transaction.atomic(), together():
        for one in teams:
            change(Team, {"pk": one.pk, "name": "new" if one is teams[0] else "old"}, name="newer")
    assert set(Team.objects.values_list("name", flat=True)) == {"new"}


@pytest.mark.parametrize(
    "ask",
    [
        lambda team: select(Team, {"pk": team.pk}),
        lambda team: update(Team, {"pk": team.pk}, name="new"),
        lambda team: Team.objects.get(pk=team.pk),
        lambda team: None,  # then the commit says so
    ],
)
def test_what_was_refused_is_said_by_the_next_question_and_nothing_stays(ask: Callable[[Team], object]):
    team = make_team()
    batch = batch_of(team)
    with pytest.raises(IntegrityError), sent_along(), transaction.atomic():
        write(Team, {"pk": team.pk}, name="first")
        insert([batch])
        insert([batch])
        ask(team)
    assert not Batch.objects.exists()
    assert Team.objects.get().name == team.name
    assert update(Team, {"pk": team.pk}, name="later") == 1  # the connection is as good as before


@pytest.mark.parametrize(
    "ask", [lambda: Batch.objects.count(), lambda: select(Batch, {"team": 0}), lambda: None]
)
def test_what_was_refused_behind_a_savepoint_is_undone_to_there(ask: Callable[[], object]):
    team = make_team()
    batch = batch_of(team)
    with sent_along(), transaction.atomic():
        insert([batch])
        with pytest.raises(IntegrityError), transaction.atomic():
            insert([batch])
            ask()
        write(Team, {"pk": team.pk}, name="after")
    assert (Batch.objects.count(), Team.objects.get().name) == (1, "after")
