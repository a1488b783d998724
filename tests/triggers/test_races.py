"""Calls that come at once, and calls that come while their webhook is changed. On SQLite, in threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Bucket
from executions.audit import faults
from executions.models import Execution, IdempotencyKey
from tests.executions.boards import llm, preview
from tests.executions.runs import everything_stored, make_workflow, prompt, wallet
from tests.triggers.at_once import at_once
from tests.triggers.callers import ADDRESS, opened
from tests.workflows.graphs import node
from triggers import webhook_api, webhooks
from triggers.models import Webhook, WebhookCall
from triggers.webhooks import rotate, spent_today, switch_off
from workflows.webhook_ids import shown_webhook_id

pytestmark = pytest.mark.django_db(transaction=True)

CALLERS = 50


def caller(name: str, body: str = '{"prompt": "x"}', **headers: str) -> Callable[[], tuple[int, str]]:
    def call() -> tuple[int, str]:
        answer = Client().post(
            ADDRESS.format(name),
            body,
            content_type="application/json",
            headers=headers,
        )
        return answer.status_code, answer.json().get("code", "")

    return call


@pytest.fixture
def unlimited_address(settings) -> None:
    """Each caller has an address of its own, as the world has: here they all would share one bucket."""
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "RateLimits" not in one]


def test_fifty_calls_at_once_spend_the_days_credits_and_not_one_more(alice, unlimited_address):
    workflow = make_workflow(alice, *prompt("x"))
    webhook_id = opened(workflow)
    Webhook.objects.update(credits_per_day=7, calls_per_minute=600)
    answers = Counter(at_once([caller(webhook_id)] * CALLERS))
    assert answers == {(202, ""): 7, (429, "webhook_cap_reached"): CALLERS - 7}
    assert (Execution.objects.count(), spent_today(workflow), wallet(alice)) == (7, 7, (993, 7, 0))
    assert Bucket.objects.get(name__startswith="calls of webhook").used == 7
    assert faults() == []


def test_fifty_calls_at_once_use_the_minute_and_not_one_more(alice, unlimited_address):
    webhook_id = opened(make_workflow(alice, *prompt("x")))
    Webhook.objects.update(calls_per_minute=9)
    answers = Counter(at_once([caller(webhook_id)] * CALLERS))
    assert answers == {(202, ""): 9, (429, "rate_limited"): CALLERS - 9}
    assert (Execution.objects.count(), WebhookCall.objects.count(), wallet(alice)) == (9, 10, (991, 9, 0))


def test_fifty_calls_with_one_key_start_one_run(alice, unlimited_address):
    webhook_id = opened(make_workflow(alice, *prompt("x")))
    answers = Counter(at_once([caller(webhook_id, **{"Idempotency-Key": "k"})] * CALLERS))
    assert answers == {(202, ""): CALLERS}
    assert (Execution.objects.count(), IdempotencyKey.objects.count()) == (1, 1)
    assert wallet(alice) == (999, 1, 0)


def test_a_delivery_that_comes_fifty_times_at_once_starts_one_run(alice, unlimited_address):
    nodes = [node("hook", "input:webhook", dedupe_by="id"), llm("make"), preview()]
    workflow = make_workflow(alice, nodes, "hook.payload make.prompt", "make.text out.value")
    answers = Counter(at_once([caller(opened(workflow), '{"id": 1}')] * CALLERS))
    assert answers == {(202, ""): CALLERS}
    assert (Execution.objects.count(), wallet(alice)) == (1, (999, 1, 0))
    assert faults() == []


@pytest.mark.parametrize("change", [rotate, switch_off])
def test_a_webhook_changed_while_it_is_called_lets_calls_in_whole_or_not_at_all(
    alice, unlimited_address, change
):
    workflow = make_workflow(alice, *prompt("x"))
    old = opened(workflow)
    Webhook.objects.update(calls_per_minute=600)

    def changing() -> tuple[int, str]:
        change(workflow=workflow)
        return 0, "changed"

    answers = Counter(at_once([caller(old)] * 10 + [changing] + [caller(old)] * 10))
    accepted, refused = answers[202, ""], answers[404, "not_found"]
    assert (accepted + refused, answers[0, "changed"]) == (20, 1)
    assert (Execution.objects.count(), wallet(alice)) == (accepted, (1000 - accepted, accepted, 0))
    assert caller(old)() == (404, "not_found")
    assert faults() == []


def test_an_id_changed_between_finding_and_locking_opens_nothing(alice, monkeypatch):
    """The moment that threads seldom hit: the call has found the webhook, and then its id is changed."""
    workflow = make_workflow(alice, *prompt("x"))
    old = opened(workflow)
    real, changed = webhook_api.answer_once, []

    def change_first(*args: Any, **kwargs: Any) -> Any:
        if not changed:
            rotate(workflow=workflow)
            changed.append(True)
        return real(*args, **kwargs)

    monkeypatch.setattr(webhook_api, "answer_once", change_first)
    before = everything_stored()
    assert caller(old)() == (404, "not_found")
    assert everything_stored() == before
    assert caller(shown_webhook_id(workflow))() == (202, "")


def _stored() -> tuple[Any, ...]:
    minutes = Bucket.objects.filter(name__startswith="calls of webhook")
    return everything_stored(), minutes.count(), WebhookCall.objects.count(), IdempotencyKey.objects.count()


def test_a_crash_before_the_commit_leaves_nothing_and_the_call_may_come_again(alice, monkeypatch):
    webhook_id = opened(make_workflow(alice, *prompt("x")))
    before = _stored()
    with monkeypatch.context() as broken:
        broken.setattr(webhooks, "_day_of", lambda workflows: {}["nothing"])
        assert caller(webhook_id, **{"Idempotency-Key": "k"})() == (500, "internal_error")
    assert _stored() == before
    assert caller(webhook_id, **{"Idempotency-Key": "k"})() == (202, "")
    assert wallet(alice) == (999, 1, 0)
