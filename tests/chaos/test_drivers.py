"""kill -9 between a call to a real provider and the note of it: no job is lost, and at most one more is begun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from tests.chaos.conftest import House
from tests.doubles.fal import FalDouble
from tests.doubles.gemini import GeminiDouble
from tests.doubles.server import Double, running
from tests.graphs import chain
from tests.processes import rows

pytestmark = pytest.mark.chaos


@pytest.fixture
def fal() -> Iterator[Double]:
    with running(FalDouble(waits=0)) as double:
        yield double


@pytest.fixture
def gemini() -> Iterator[Double]:
    with running(GeminiDouble()) as double:
        yield double


def die_and_go_on(house: House, failpoint: str, **keys: str) -> None:
    """Run the graph in a server that dies at the failpoint, then in one that does not."""
    server = house.serve(WIREFLOW_FAILPOINTS=f"{failpoint}=exit:1", **keys)
    with suppress(httpx.TransportError):  # it may die before it can answer
        assert house.run(server, chain(), key="chain").status_code == 201
    assert server.wait() == 137
    server = house.serve(**keys)
    assert house.run(server, chain(), key="chain").status_code == 201
    house.wait_for_all()
    assert list(house.history.statuses().values()) == ["COMPLETED"], house.history.story()
    house.history.prove_charges()
    house.history.prove_events()
    house.history.prove_files()
    house.history.prove_ledger()


def submissions(house: House) -> list[tuple[str, str, int]]:
    found = rows(
        house.database, "SELECT provider, state, duplicate_possible FROM executions_submission ORDER BY id"
    )
    return [(row["provider"], row["state"], row["duplicate_possible"]) for row in found]


def test_a_job_whose_reference_was_noted_is_taken_up_again(house: House, fal: Double):
    die_and_go_on(house, "after_record_sent", FAL_KEY=fal.key, FAL_BASE_URL=fal.base_url)
    assert len(fal.jobs) == 1
    assert submissions(house) == [("fal", "done", 0)]


def test_a_job_whose_reference_was_lost_is_begun_once_more_and_says_so(house: House, fal: Double):
    die_and_go_on(house, "after_submit", FAL_KEY=fal.key, FAL_BASE_URL=fal.base_url)
    assert len(fal.jobs) == 2
    assert submissions(house) == [("fal", "unknown", 0), ("fal", "done", 1)]


def test_an_answer_that_was_lost_is_asked_for_once_more(house: House, gemini: Double):
    die_and_go_on(house, "after_submit", GEMINI_API_KEY=gemini.key, GEMINI_BASE_URL=gemini.base_url)
    assert len(gemini.calls) == 2
    assert submissions(house) == [("gemini", "unknown", 0), ("gemini", "done", 1)]
