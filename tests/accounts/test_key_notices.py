"""Owners hear that calls with a key of their team are refused at a limit."""

from __future__ import annotations

import json

import pytest
from django.core import mail

from accounts import key_notices
from accounts.models import ApiKey, Notice
from credits.limits import set_limit
from tests.accounts.buckets import calls, fill, on_plan
from tests.executions.doors import Api, execute
from tests.executions.runs import make_workflow, prompt
from tests.factories import actor_for, team_of

pytestmark = pytest.mark.django_db


def told(user) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(user=user, kind="key").values_list("text", "link"))


def test_owners_are_told_once_a_day_of_a_key_that_calls_too_often(client, alice, bob, vera):
    on_plan(alice, "pro")
    api = Api(client, bob)
    fill(calls(alice), 60)
    assert [api.get("/workflows").status_code for _ in range(3)] == [429] * 3
    assert told(alice) == [
        (
            "Calls with the API key “test” are being refused: the team’s plan allows 60 API calls a minute for all "
            "keys of the team together. The operator of this server changes plans.",
            "/settings?tab=team",
        )
    ]
    assert told(bob) == told(vera) == []
    Notice.objects.all().delete()
    assert api.get("/workflows").status_code == 429
    assert told(alice) == [], "this process asks the database once a day"


def test_another_process_tells_nothing_twice(client, alice, forgotten):
    on_plan(alice, "pro")
    api = Api(client, alice)
    fill(calls(alice), 60)
    for _ in range(2):
        forgotten()
        assert api.get("/workflows").status_code == 429
    assert len(told(alice)) == 1


@pytest.fixture
def forgotten():
    """``forgotten()``: what another process knows of the notices that this one wrote."""
    return key_notices._told.clear


def test_a_limit_of_spending_is_named_with_the_place_to_change_it(client, alice, signed_in):
    workflow = make_workflow(alice, *prompt("a boat"))
    api = Api(client, alice)
    key = ApiKey.objects.get(name="test")
    set_limit(
        actor=actor_for(alice),
        subject=f"key:{key.pk}",
        name="the key test",
        period="day",
        credits=1,
        is_hard=True,
    )
    assert [execute(api, workflow).status_code for _ in range(2)] == [201, 429]
    [(text, link)] = told(alice)
    assert text == (
        "Calls with the API key “test” are being refused: of the 1 credits a day for the key test too few are left "
        "until midnight UTC. An owner changes that under Usage → Limits."
    )
    assert signed_in(alice).get(link).status_code == 200


def test_two_limits_are_two_notices(client, alice):
    on_plan(alice, "pro")
    workflow = make_workflow(alice, *prompt("a boat"))
    api = Api(client, alice)
    fill(f"day of team {team_of(alice).pk}", 1000)
    assert execute(api, workflow).status_code == 429
    fill(calls(alice), 60)
    assert api.get("/workflows").status_code == 429
    assert sorted(text.partition("allows ")[2][:16] for text, _ in told(alice)) == [
        "1,000 runs a day",
        "60 API calls a m",
    ]


def test_the_browser_and_strangers_tell_nobody(client, alice, signed_in):
    on_plan(alice, "pro")
    workflow = make_workflow(alice, *prompt("a boat"))
    fill(f"day of team {team_of(alice).pk}", 1000)
    answer = signed_in(alice).post(
        f"/api/v1/workflows/{workflow.pk}/execute", json.dumps({}), content_type="application/json"
    )
    assert answer.status_code == 429
    assert not Notice.objects.exists()
    assert not mail.outbox
