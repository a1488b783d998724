"""Fixed statements do what a QuerySet does: the same values in the same columns, read back as the same objects."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Bucket, Team
from accounts.statements import MOST_PARAMETERS, AtLeast, Of, Plus, exists, insert, insert_new, select, update

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def key(alice) -> ApiKey:
    found = ApiKey(
        team=Team.objects.get(members__user=alice),
        user=alice,
        digest="d",
        prefix="sk-1",
        name="Ä's key",
        scopes=["a", "b"],
    )
    found.expires_at = NOON
    insert([found])
    return found


def test_what_is_inserted_is_what_django_reads(key):
    read = ApiKey.objects.get(pk=key.pk)
    assert (read.name, read.scopes, read.expires_at, read.last_used_at) == ("Ä's key", ["a", "b"], NOON, None)
    assert (key._state.adding, key._state.db) == (False, "default")


def test_what_is_selected_is_what_django_reads(key):
    [read] = select(ApiKey, {"digest": "d", "team": key.team_id, "last_used_at": None})
    theirs = ApiKey.objects.get(pk=key.pk)
    assert read == theirs
    assert all(
        getattr(read, one.attname) == getattr(theirs, one.attname) for one in ApiKey._meta.concrete_fields
    )
    read.name = "another"
    read.save()
    assert ApiKey.objects.get().name == "another"


def test_many_rows_are_inserted_in_parts_and_each_gets_its_number():
    teams = [Team(name=f"team {number}") for number in range(500)]
    with CaptureQueriesContext(connection) as asked:
        insert(teams)
    columns = len(Team._meta.concrete_fields) - 1  # the database gives the numbers
    assert len(asked) == math.ceil(500 / (MOST_PARAMETERS // columns)) > 2
    assert {team.pk: team.name for team in teams} == dict(
        Team.objects.filter(name__startswith="team ").values_list("pk", "name")
    )


def test_a_model_with_a_key_of_its_own_keeps_it():
    bucket = Bucket(name="mine", used=3, ends_at=NOON)
    insert([bucket])
    assert (bucket.pk, Bucket.objects.get().used) == ("mine", 3)


def test_nothing_is_inserted_without_a_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])


def test_a_guard_that_does_not_hold_changes_nothing():
    insert([Bucket(name="mine", used=3, ends_at=NOON)])
    assert update(Bucket, {"pk": "mine", "used": AtLeast(4)}, used=Plus(-4)) == 0
    assert update(Bucket, {"pk": ["mine", "yours"], "used": AtLeast(3)}, used=Plus(-3), ends_at=NOON) == 1
    assert update(Bucket, {"pk": []}, used=9) == 0
    assert [one.used for one in select(Bucket, {"name": "mine"})] == [0]
    assert exists(Bucket, {"used": 0}) and not exists(Bucket, {"used": 3})


def test_rows_are_found_by_those_of_another_model(key):
    mine = {"pk": Of(ApiKey, "team", {"digest": ["d", "e"], "expires_at": NOON})}
    assert [team.pk for team in select(Team, mine)] == [key.team_id]
    assert select(Team, {"pk": Of(ApiKey, "team", {"digest": "e"})}) == []


def test_of_new_rows_those_that_are_there_already_stay_as_they_are():
    insert([Bucket(name="mine", used=3, ends_at=NOON)])
    rows = [Bucket(name=name, used=5, ends_at=NOON) for name in ("mine", "yours")]
    assert insert_new(rows) == rows[1:]
    assert insert_new(rows) == []
    assert dict(Bucket.objects.values_list("name", "used")) == {"mine": 3, "yours": 5}


def test_nothing_and_json_are_stored_as_django_stores_them(key):
    assert update(ApiKey, {"pk": key.pk}, expires_at=None, scopes=["c", None, {"d": 1.5}]) == 1
    read = ApiKey.objects.get(pk=key.pk)
    assert (read.expires_at, read.scopes) == (None, ["c", None, {"d": 1.5}])


def test_a_name_that_is_no_column_is_a_fault():
    with pytest.raises(AssertionError):
        update(Team, {"members": 1}, name="x")
