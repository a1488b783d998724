"""Changes that are sent together end as they would one after another, or not at all."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.gathered import Overtaken, change, once_at_commit, send_now, together
from accounts.models import Team

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams() -> list[Team]:
    return [Team.objects.create(name=f"team {number}") for number in range(4)]


def names() -> list[str]:
    return list(Team.objects.filter(name__startswith="team").order_by("pk").values_list("name", flat=True))


def test_changes_of_the_same_columns_are_one_journey(teams):
    with CaptureQueriesContext(connection) as asked, together():
        for team in teams:
            assert change(Team, {"pk": team.pk, "name": team.name}, name=f"{team.name}, new")
        assert len(asked) == 0
    assert len(asked) == 1
    assert names() == [f"team {number}, new" for number in range(4)]


def test_changes_of_one_row_keep_their_order(teams):
    first, second, *_ = teams
    with together():
        change(Team, {"pk": first.pk}, name="team a")
        change(Team, {"pk": second.pk, "name": "team 1"}, name="team b")
        change(Team, {"pk": second.pk}, name="team c")  # the text of the first one, after its own
        change(Team, {"pk": first.pk, "name": "team a"}, name="team d")
    assert names() == ["team d", "team c", "team 2", "team 3"]


def test_one_whose_row_was_changed_undoes_them_all(teams):
    with pytest.raises(Overtaken), transaction.atomic(), together():
        for team in teams:
            change(Team, {"pk": team.pk, "name": "team 1" if team is teams[2] else team.name}, name="team x")
    assert names() == ["team 0", "team 1", "team 2", "team 3"]


def test_what_breaks_off_sends_nothing_more(teams):
    with pytest.raises(ZeroDivisionError), together():
        change(Team, {"pk": teams[0].pk}, name="team x")
        raise ZeroDivisionError
    assert names()[0] == "team 0"


def test_what_waits_can_be_sent_before_a_question(teams):
    with together():
        change(Team, {"pk": teams[0].pk}, name="team x")
        assert names()[0] == "team 0"
        send_now()
        assert names()[0] == "team x"
        change(Team, {"pk": teams[0].pk, "name": "team x"}, name="team y")
    assert names()[0] == "team y"


def test_alone_the_guard_answers_at_once(teams):
    assert change(Team, {"pk": teams[0].pk, "name": "team 0"}, name="team x")
    assert not change(Team, {"pk": teams[0].pk, "name": "team 0"}, name="team y")
    assert names()[0] == "team x"


def test_what_is_asked_for_again_is_done_once_at_the_commit(django_capture_on_commit_callbacks):
    done: list[int] = []
    note = done.append
    with django_capture_on_commit_callbacks(execute=True):
        with together():
            for number in (1, 2, 1, 1):
                once_at_commit(note, number)
        assert done == []
    assert done == [1, 2]
