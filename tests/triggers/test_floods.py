"""A webhook whose address leaked stops at its limits, cheaply, and whoever looks after it is told."""

from __future__ import annotations

from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice
from executions.audit import faults
from executions.models import Execution
from tests.executions.runs import make_workflow, prompt, wallet
from tests.triggers.callers import ADDRESS, call, opened
from triggers.models import Webhook, WebhookCall

pytestmark = pytest.mark.django_db


def flood(client, webhook_id: str, times: int) -> list[int]:
    """The answers of calls from as many addresses: one alone is stopped before it gets here."""
    return [
        client.post(
            ADDRESS.format(webhook_id),
            "",
            content_type="application/json",
            REMOTE_ADDR=f"198.51.100.{number}",
        ).status_code
        for number in range(times)
    ]


def page(answer) -> str:
    return unescape(answer.content.decode())


def test_a_flood_of_calls_stops_at_the_limit_of_a_minute(
    client, signed_in, alice, bob, vera, workflow, webhook_id
):
    Webhook.objects.update(calls_per_minute=5)
    answers = flood(client, webhook_id, 100)
    assert (answers.count(202), answers.count(429)) == (5, 95)
    assert answers[:5] == [202] * 5
    assert (Execution.objects.count(), wallet(alice)) == (5, (995, 5, 0))
    assert faults() == []
    refused = WebhookCall.objects.exclude(status=202)
    assert sum(refused.values_list("times", flat=True)) == 95
    assert refused.count() == 1
    told = Notice.objects.filter(kind="webhook")
    assert sorted(told.values_list("user", flat=True)) == [alice.pk, bob.pk]
    assert "is called more than 5 times a minute" in told[0].text
    seen = page(signed_in(bob).get("/webhooks"))
    assert "editors are told" in seen and ">95 times<" in seen

    # Others go on as before.
    other = make_workflow(alice, *prompt("another"))
    assert call(client, opened(other)).status_code == 202


def test_a_refused_call_of_a_flood_starts_no_work(client, workflow, webhook_id):
    Webhook.objects.update(calls_per_minute=1)
    flood(client, webhook_id, 3)
    with CaptureQueriesContext(connection) as asked:
        assert call(client, webhook_id).status_code == 429
    writes = [one["sql"] for one in asked if one["sql"].startswith(("INSERT", "UPDATE"))]
    assert [sql.split()[1].strip('"') for sql in writes if "webhookcall" in sql] == ["triggers_webhookcall"]
    assert not any("executions_" in sql for sql in writes)


def test_the_credits_of_the_day_end_it_as_well(client, alice, workflow, webhook_id):
    Webhook.objects.update(calls_per_minute=100, credits_per_day=3)
    answers = flood(client, webhook_id, 50)
    assert (answers.count(202), answers.count(429), wallet(alice)) == (3, 47, (997, 3, 0))
    told = Notice.objects.get(kind="webhook", user=alice)
    assert told.text.startswith("The 3 credits of today of the webhook of “Words” leave no room")
    assert told.link == f"/workflows/{workflow.pk}/settings?tab=webhook"


def test_refusals_that_cost_work_are_bounded_too(client, workflow, webhook_id):
    workflow.__class__.objects.update(is_active=False)
    answers = flood(client, webhook_id, 70)
    assert (answers.count(400), answers.count(429)) == (60, 10)


def test_the_page_of_webhooks_is_for_editors(signed_in, alice, rita, workflow, webhook_id):
    refused = signed_in(rita).get("/webhooks")
    assert (refused.status_code, "only editors and owners" in page(refused)) == (403, True)
    assert workflow.name in page(signed_in(alice).get("/webhooks"))
    assert "No call was refused" in page(signed_in(alice).get("/webhooks?only=refused"))


def test_the_page_asks_as_much_for_many_webhooks_as_for_one(client, signed_in, alice, workflow, webhook_id):
    assert call(client, webhook_id).status_code == 202
    browser = signed_in(alice)
    browser.get("/webhooks")
    with CaptureQueriesContext(connection) as for_one:
        browser.get("/webhooks")
    for words in ("a mill", "a quay", "a pier"):
        assert call(client, opened(make_workflow(alice, *prompt(words)))).status_code == 202
    with CaptureQueriesContext(connection) as for_many:
        shown = page(browser.get("/webhooks"))
    assert len(for_many) <= len(for_one)
    assert shown.count('<span>1 <span class="faint small">of 1') == 4

    with CaptureQueriesContext(connection) as for_older:
        shown = page(browser.get(f"/webhooks?before={WebhookCall.objects.order_by('pk')[1].pk}"))
    assert len(for_older) < len(for_many)
    assert "Credits today" not in shown and workflow.name in shown and "No webhooks yet" not in shown
