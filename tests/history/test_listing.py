"""The clerk who notes executions for the history."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executions.actions import Start, start_execution
from executions.models import Execution, Noted
from history.listing import AT_ONCE, moment_of, note_some, place_of
from history.models import Listing, Subject, Tally
from tests.executions.boards import preview, text
from tests.executions.runs import make_workflow
from tests.factories import team_of

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 22, 12, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def begin(alice):
    """Run something that is over as it begins, so many times."""
    workflow = make_workflow(alice, [text("ask", "a boat"), preview()], "ask.prompt out.value")

    def begin(count: int) -> None:
        for _ in range(count):
            start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=alice)

    return begin


def asked() -> int:
    with CaptureQueriesContext(connection) as context:
        assert note_some() > 0
    return len(context)


def test_many_are_noted_with_as_many_statements_as_two(begin):
    begin(2)
    note_some()  # from now on the graph is known, and the day has its sums
    begin(2)
    two = asked()
    begin(AT_ONCE)
    assert asked() == two
    everything = Tally.objects.get(subject=Subject.ALL)
    assert (everything.runs, everything.failed) == (AT_ONCE + 4, 0)


def test_those_that_began_in_one_moment_have_places_of_their_own(begin):
    begin(3)
    Execution.objects.update(created_at=NOON)
    note_some()
    begin(2)
    Execution.objects.filter(noted=Noted.NOT_YET).update(created_at=NOON)
    note_some()
    places = sorted(Listing.objects.values_list("place", flat=True))
    assert places == [place_of(NOON) + number for number in range(5)]
    assert moment_of(places[0]) == NOON
