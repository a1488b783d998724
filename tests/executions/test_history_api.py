"""The lists of executions: contract §7.4."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from executions.models import Execution
from tests.executions.doors import Api
from tests.executions.runs import Hand, prompt, start

KEYS = {"id", "workflowId", "status", "startTime", "endTime", "durationMs", "creditsUsed", "trigger", "error",
        "batchId"}  # fmt: skip
NOON = datetime(2020, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def runs(alice) -> list[Execution]:
    """Three runs of three workflows, a minute apart, the last one failed; the oldest first."""
    made = [start(alice, *prompt(words)) for words in ("a", "b", "[block]")]
    Hand().finish(made[2])
    for minute, one in enumerate(made):
        Execution.objects.filter(pk=one.pk).update(created_at=NOON + timedelta(minutes=minute))
    return made


@pytest.fixture
def listed(api, runs):
    """``listed(query)``: the places of the runs that are listed, in order."""
    places = {str(one.pk): place for place, one in enumerate(runs)}

    def ask(query: str = "") -> list[int]:
        answer = api.get(f"/workflows/executions{query}")
        assert answer.status_code == 200
        return [places[one["id"]] for one in answer.json()]

    return ask


def test_the_history_is_bare_and_newest_first(api, runs, listed):
    assert listed() == [2, 1, 0]
    first = api.get("/workflows/executions").json()[0]
    assert set(first) >= KEYS
    assert (first["status"], first["trigger"], first["startTime"]) == (
        "FAILED",
        "api",
        "2020-01-01T12:02:00.000Z",
    )


def test_a_workflow_lists_its_own(api, runs):
    own = api.get(f"/workflows/{runs[0].workflow_id}/executions").json()
    assert [one["id"] for one in own] == [str(runs[0].pk)]
    answer = api.get("/workflows/cmnothing/executions")
    assert (answer.status_code, answer.json()["error"]) == (404, "Workflow not found")


def test_filters_narrow_the_list(runs, listed):
    Execution.objects.filter(pk=runs[1].pk).update(trigger="webhook")
    assert listed("?status=FAILED") == [2]
    assert listed("?status=RUNNING") == [1, 0]
    assert listed(f"?workflowId={runs[1].workflow_id}") == [1]
    assert listed(f"?batchId={runs[0].batch_id}") == [0]
    assert listed("?trigger=webhook") == [1]
    assert listed("?from=2020-01-01T12:01:00.000Z") == [2, 1]
    assert listed("?to=2020-01-01T12:01:00.000Z") == [0]
    assert listed("?from=2020-01-01T13:01:00%2B01:00&to=2020-01-01T12:02:00Z") == [1]
    assert listed("?status=RUNNING&trigger=webhook") == [1]
    assert listed("?workflowId=cmnothing") == []


def test_what_shows_as_failed_or_running_is_found_as_such(runs, listed):
    Execution.objects.filter(pk=runs[0].pk).update(status="TIMEOUT")
    Execution.objects.filter(pk=runs[1].pk).update(status="PENDING")
    assert listed("?status=FAILED") == [2, 0]
    assert listed("?status=TIMEOUT") == [0]
    assert listed("?status=RUNNING") == [1]
    assert listed("?status=PENDING") == [1]


def test_pages_by_offset_know_the_whole(api, runs, listed):
    assert listed("?limit=1&offset=1") == [1]
    assert listed("?limit=0") == []
    answer = api.get("/workflows/executions?limit=1&status=RUNNING")
    assert answer.headers["X-Total-Count"] == "2"
    assert "X-Total-Count" not in api.get("/workflows/executions").headers


def test_pages_by_cursor_miss_and_repeat_nothing_while_runs_start(api, alice, runs):
    seen, address = [], "/workflows/executions?limit=1&trigger=api"
    while address:
        answer = api.get(address)
        seen += [one["id"] for one in answer.json()]
        start(alice, *prompt("meanwhile"))
        link = re.fullmatch(r'<http://127.0.0.1:8000/api/v1(.*)>; rel="next"', answer.headers.get("Link", ""))
        address = link[1] if link else ""
    assert seen == [str(one.pk) for one in reversed(runs)]


@pytest.mark.parametrize(
    "query",
    ["status=DONE", "limit=-1", "limit=many", "offset=1.5", "limit=٣", "from=yesterday", "to=2026-13-01",
     "cursor=x", "cursor=2020-01-01T12:00:00~x", "batchId=7"],
)  # fmt: skip
def test_filters_that_mean_nothing_are_refused(api, query):
    answer = api.get(f"/workflows/executions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_parameter")
    assert answer.json()["error"].startswith(query.partition("=")[0])


def test_a_stranger_sees_nothing(client, charlie, runs):
    assert Api(client, charlie).get("/workflows/executions").json() == []
