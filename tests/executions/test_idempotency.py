"""The same call with the same key is one call: contract §7.6."""

from __future__ import annotations

import pytest

from executions.models import Execution, IdempotencyKey
from tests.executions.doors import Api, execute, refusal
from tests.executions.runs import everything_stored, make_workflow, prompt, wallet
from tests.factories import team_of


def test_the_same_key_gets_the_same_answer_and_starts_nothing(api, alice, workflow):
    first = execute(api, workflow, {"inputs": {"ask": "a"}}, **{"Idempotency-Key": "k"})
    before = everything_stored()
    again = execute(api, workflow, {"inputs": {"ask": "a"}}, **{"Idempotency-Key": "k"})
    assert everything_stored() == before
    assert (again.status_code, again.content, again.headers["Location"]) == (
        201,
        first.content,
        first.headers["Location"],
    )
    assert again.headers["Idempotent-Replayed"] == "true"
    assert wallet(alice) == (999, 1, 0)


def test_the_same_key_with_another_body_conflicts(api, workflow):
    execute(api, workflow, {"inputs": {"ask": "a"}}, **{"Idempotency-Key": "k"})
    before = everything_stored()
    answer = execute(api, workflow, {"inputs": {"ask": "b"}}, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_conflict")
    assert everything_stored() == before


def test_the_order_of_keys_in_a_body_does_not_matter(api, workflow):
    one = execute(api, workflow, {"force": True, "inputs": {"ask": "a"}}, **{"Idempotency-Key": "k"})
    two = execute(api, workflow, {"inputs": {"ask": "a"}, "force": True}, **{"Idempotency-Key": "k"})
    assert one.content == two.content


def test_a_refused_call_may_be_made_again_with_its_key(api, alice):
    workflow = make_workflow(alice, *prompt("x"), credits=0)
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).status_code == 402
    make_workflow(alice, [], credits=5)
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).status_code == 201


def test_a_key_is_new_again_after_a_day(api, workflow):
    execute(api, workflow, **{"Idempotency-Key": "k"})
    IdempotencyKey.objects.update(expires_at="2026-01-01T00:00:00Z")
    assert "Idempotent-Replayed" not in execute(api, workflow, **{"Idempotency-Key": "k"}).headers
    assert Execution.objects.count() == 2


def test_keys_are_a_teams_own_and_a_workflows_own(client, api, alice, charlie, workflow):
    execute(api, workflow, **{"Idempotency-Key": "k"})
    other = make_workflow(alice, *prompt("y"))
    theirs = make_workflow(charlie, *prompt("z"))
    assert execute(api, other, **{"Idempotency-Key": "k"}).json()["workflowId"] == other.pk
    answer = execute(Api(client, charlie), theirs, **{"Idempotency-Key": "k"})
    assert answer.json()["workflowId"] == theirs.pk
    assert IdempotencyKey.objects.filter(team=team_of(alice)).count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_the_wrong_length_is_refused(api, workflow, key):
    status, body = refusal(api, workflow, **{"Idempotency-Key": key})
    assert (status, body["code"]) == (400, "invalid_idempotency_key")
