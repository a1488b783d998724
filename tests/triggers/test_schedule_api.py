"""Schedules over REST: our own addition to the contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Team
from executions.models import Execution
from tests.executions.doors import Api
from tests.executions.runs import make_workflow, prompt
from tests.triggers.timed import fired, timed
from triggers.models import Firing, Schedule

WHEN = {"every": "week", "days": ["mon", "fri"], "at": "09:00"}


def patched(api: Api, path: str, changes: dict[str, Any]) -> Any:
    data = json.dumps(changes)
    return api.client.patch(f"/api/v1{path}", data, content_type="application/json", headers=api.headers)


def deleted(api: Api, path: str) -> Any:
    return api.client.delete(f"/api/v1{path}", headers=api.headers)


@pytest.fixture
def base(workflow) -> str:
    return f"/workflows/{workflow.pk}/schedules"


def test_a_schedule_is_made_listed_changed_and_deleted(api: Api, alice, workflow, base):
    body = {"name": "Boats", "when": WHEN, "timeZone": "Europe/Berlin", "inputs": {"Text Input": "a harbour"}}
    answer = api.post(base, body)
    made = answer.json()["data"]
    next_at = datetime.fromisoformat(made.pop("nextAt"))
    assert answer.status_code == 201 and next_at > datetime.now(UTC)
    assert made.pop("id") == str(Schedule.objects.get().pk) and made.pop("createdAt")
    assert made == {
        "workflowId": workflow.pk,
        "name": "Boats",
        "when": WHEN,
        "timeZone": "Europe/Berlin",
        "inputs": {"ask": "a harbour"},
        "overlap": "skip",
        "lateMinutes": 60,
        "isActive": True,
        "pausedBecause": None,
        "runsAs": "alice@example.org",
        "refusalsInARow": 0,
        "skipped": 0,
        "last": None,
    }
    one = f"{base}/{Schedule.objects.get().pk}"
    assert api.get(one).json()["data"]["name"] == "Boats"
    changes = {
        "isActive": False,
        "overlap": "run",
        "lateMinutes": 0,
        "when": {"every": "minutes", "minutes": 30},
    }
    changed = patched(api, one, changes).json()["data"]
    assert (changed["isActive"], changed["nextAt"], changed["overlap"]) == (False, None, "run")
    assert (changed["name"], changed["when"]) == ("Boats", changes["when"])
    assert [each["id"] for each in api.get(base).json()["data"]] == [str(Schedule.objects.get().pk)]
    assert patched(api, one, {"isActive": True}).json()["data"]["nextAt"]
    assert deleted(api, one).json() == {"success": True, "id": one.rpartition("/")[2]}
    assert api.get(one).status_code == 404 and api.get(base).json() == {"data": []}


def test_what_became_of_the_last_moment_is_told(api: Api, alice, workflow, base):
    firing = fired(timed(alice, workflow))
    last = api.get(base).json()["data"][0]["last"]
    assert (last["outcome"], last["executionId"], last["byHand"]) == (
        "started",
        str(firing.execution_id),
        False,
    )


def test_it_is_started_now_and_once_for_a_key(api: Api, alice, workflow, base):
    one = f"{base}/{timed(alice, workflow).pk}/run"
    first, again = (api.post(one, {}, **{"Idempotency-Key": "k"}) for _ in range(2))
    execution = Execution.objects.get()
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert first.json()["executionId"] == str(execution.pk)
    assert (execution.trigger, Firing.objects.get().is_by_hand) == ("schedule", True)
    listed = api.get("/workflows/executions?trigger=schedule").json()
    assert [one["trigger"] for one in listed] == ["schedule"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"name": "", "when": WHEN}, "invalid_request"),
        ({"name": "x" * 101, "when": WHEN}, "invalid_request"),
        ({"name": "x"}, "invalid_request"),
        ({"name": "x", "when": "daily"}, "invalid_schedule"),
        ({"name": "x", "when": {"every": "minutes", "minutes": 1}}, "invalid_schedule"),
        ({"name": "x", "when": WHEN, "timeZone": "Mars/Olympus"}, "invalid_schedule"),
        ({"name": "x", "when": WHEN, "inputs": []}, "invalid_request"),
        ({"name": "x", "when": WHEN, "inputs": {"fog": 1}}, "unknown_input"),
        ({"name": "x", "when": WHEN, "overlap": "queue"}, "invalid_request"),
        ({"name": "x", "when": WHEN, "lateMinutes": 1441}, "invalid_request"),
    ],
)
def test_what_makes_no_schedule_is_refused(api: Api, base, body, code):
    answer = api.post(base, body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Schedule.objects.exists()


def test_a_plan_without_room_says_so(api: Api, alice, workflow, base):
    Team.objects.update(plan="free")
    for number in range(3):
        timed(alice, workflow, name=str(number))
    answer = api.post(base, {"name": "x", "when": WHEN})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_schedules")


def test_a_schedule_of_another_workflow_is_not_here(api: Api, alice, workflow, base):
    other = timed(alice, make_workflow(alice, *prompt("x"), credits=0))
    for answer in (
        api.get(f"{base}/{other.pk}"),
        api.post(f"{base}/{other.pk}/run", {}),
        api.get(f"{base}/{uuid4()}"),
    ):
        assert answer.status_code == 404
    assert deleted(api, f"{base}/{other.pk}").status_code == 404 and Schedule.objects.count() == 1
