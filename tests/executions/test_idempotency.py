"""The same call with the same key is one call: contract §7.6."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from credits.ledger import faults
from executions.engine.sweeper import sweep
from executions.models import Execution, IdempotencyKey
from executions.states import ExecutionStatus
from tests.executions.doors import Api, execute, poll, refusal
from tests.executions.runs import Hand, everything_stored, make_workflow, prompt, wallet
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


@pytest.mark.parametrize("key", ["k", "x" * 255, "é & ü/'\"", "0"])
def test_every_key_up_to_255_characters_is_taken_as_it_is(api, workflow, key):
    first = execute(api, workflow, **{"Idempotency-Key": key})
    again = execute(api, workflow, **{"Idempotency-Key": key})
    assert (first.status_code, again.content) == (201, first.content)
    assert IdempotencyKey.objects.get().key == key


def test_the_answer_stays_that_of_the_start_when_the_run_has_ended(api, workflow):
    words = {"inputs": {"ask": "große Wörter \u2028 😀 </script>"}}
    first = execute(api, workflow, words, **{"Idempotency-Key": "k"})
    execution = Hand().finish(Execution.objects.get())
    assert poll(api, execution)["status"] == "COMPLETED"
    again = execute(api, workflow, words, **{"Idempotency-Key": "k"})
    assert again.content == first.content
    assert again.json()["status"] == "RUNNING"
    assert again.headers["Content-Type"] == first.headers["Content-Type"] == "application/json"


def test_what_is_stored_is_the_call_and_its_answer_and_no_header(api, alice, workflow):
    first = execute(api, workflow, {"inputs": {"ask": "a"}}, **{"Idempotency-Key": "k", "X-Secret": "s3cret"})
    row = IdempotencyKey.objects.get()
    assert (row.team, row.door, row.key) == (
        team_of(alice),
        f"POST /api/v1/workflows/{workflow.pk}/execute",
        "k",
    )
    assert (row.status, row.body, row.location) == (201, first.content.decode(), first.headers["Location"])
    assert row.execution == Execution.objects.get()
    assert abs(row.expires_at - timezone.now() - timedelta(hours=24)) < timedelta(seconds=5)


def test_no_refusal_is_stored(api, alice, workflow):
    for body, status in (({"nodes": 1}, 400), ({"nodes": [{"id": "a"}], "edges": []}, 400)):
        assert refusal(api, workflow, body, **{"Idempotency-Key": "k"})[0] == status
    assert refusal(api, make_workflow(alice, []), **{"Idempotency-Key": "k"})[0] == 400
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).status_code == 201


def test_a_crash_stores_nothing_and_the_key_may_be_used_again(api, workflow, monkeypatch):
    api.client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("executions.api.started", lambda accepted: {}["nothing"])
        status, _ = refusal(api, workflow, **{"Idempotency-Key": "k"})
        assert status == 500
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).status_code == 201


def test_a_key_that_cannot_be_taken_as_the_database_is_away_is_not_said_to_be_in_use(api, workflow):
    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('INSERT INTO "executions_idempotencykey"'):
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    before = everything_stored()
    with connection.execute_wrapper(refuse):
        answer = execute(api, workflow, **{"Idempotency-Key": "k"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert everything_stored() == before
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).status_code == 201


def test_a_replay_outlives_the_workflow_being_switched_off_and_spent_credits(api, alice, workflow):
    first = execute(api, workflow, **{"Idempotency-Key": "k"})
    type(workflow).objects.update(is_active=False)
    assert execute(api, workflow, **{"Idempotency-Key": "k"}).content == first.content
    assert refusal_code(execute(api, workflow, **{"Idempotency-Key": "other"})) == "workflow_inactive"


def refusal_code(answer) -> str:
    assert answer.status_code >= 400
    return answer.json()["code"]


def test_the_sweeper_removes_keys_whose_day_is_over(api, workflow, alice):
    execute(api, workflow, **{"Idempotency-Key": "old"})
    IdempotencyKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    execute(api, workflow, **{"Idempotency-Key": "new"})
    sweep()
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]
    assert Execution.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "keys", [20, pytest.param(60, marks=pytest.mark.chaos)]
)  # the long one keeps all cores busy for ten seconds
def test_keys_called_twenty_times_at_once_start_one_run_each(alice, keys):
    times = 20
    workflow = make_workflow(alice, *prompt("x"), credits=keys)  # a second start of any could not be paid
    together = Barrier(times)
    headers = Api(Client(), alice).headers

    def call_all(_: int) -> list[tuple[int, bytes]]:
        client, answers = Client(), []
        try:
            for number in range(keys):
                together.wait(60)
                answer = client.post(
                    f"/api/v1/workflows/{workflow.pk}/execute",
                    data=json.dumps({}),
                    content_type="application/json",
                    headers={**headers, "Idempotency-Key": f"key {number}"},
                )
                answers.append((answer.status_code, answer.content))
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(times) as pool:
        callers = list(pool.map(call_all, range(times)))
    for answers in zip(*callers, strict=True):
        assert len(set(answers)) == 1
        assert answers[0][0] == 201
    assert (
        Execution.objects.filter(status=ExecutionStatus.RUNNING).count() == Execution.objects.count() == keys
    )
    assert wallet(alice) == (0, keys, 0)
    assert faults() == []
