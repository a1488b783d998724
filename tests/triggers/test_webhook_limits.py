"""How often a webhook may be called and what it may spend, and how its team sets that and sees what became of calls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from executions.actions import cancel_execution
from executions.audit import faults
from executions.models import Execution
from tests.accounts.buckets import fill, on_plan
from tests.executions.boards import llm, text
from tests.executions.doors import Api
from tests.executions.runs import Hand, make_workflow, wallet
from tests.factories import team_of
from tests.triggers.callers import ADDRESS, call, is_open_to_all, opened, refused
from triggers import webhooks
from triggers.models import Webhook, WebhookCall
from triggers.webhooks import rotate, switch_off
from workflows.models import Workflow
from workflows.webhook_ids import shown_webhook_id


def test_the_calls_of_a_minute_are_limited(client, workflow, webhook_id):
    Webhook.objects.update(calls_per_minute=2)
    assert [call(client, webhook_id).status_code for _ in range(2)] == [202, 202]
    status, body = refused(client, webhook_id)
    assert (status, body["code"], body["error"]) == (
        429,
        "rate_limited",
        "This webhook takes 2 calls a minute. Please try again later.",
    )
    answer = call(client, webhook_id)
    assert int(answer.headers["Retry-After"]) == answer.json()["retryAfter"] <= 60


def test_a_refused_call_uses_nothing_of_the_minute(client, workflow, webhook_id):
    Webhook.objects.update(calls_per_minute=1)
    Workflow.objects.update(is_active=False)
    assert [refused(client, webhook_id)[0] for _ in range(3)] == [400] * 3
    Workflow.objects.update(is_active=True)
    assert call(client, webhook_id).status_code == 202


def test_the_credits_of_a_day_are_limited_by_what_is_held_and_spent(client, alice, workflow, webhook_id):
    Webhook.objects.update(credits_per_day=2)
    first = Execution.objects.get(pk=call(client, webhook_id).json()["executionId"])
    Hand().finish(first)
    second = Execution.objects.get(pk=call(client, webhook_id).json()["executionId"])
    status, body = refused(client, webhook_id, **{"Idempotency-Key": "k"})
    assert (status, body["code"], body["type"]) == (429, "webhook_cap_reached", "rate_limit_error")
    assert body["error"] == (
        "The 2 credits that this webhook may use in a day leave no room for this run. This run needs 1. "
        "The next day begins at midnight UTC."
    )
    assert WebhookCall.objects.latest("pk").error.endswith("1 are used and 1 set aside for runs that go on.")
    assert 0 < body["retryAfter"] <= 86_400
    assert wallet(alice) == (998, 1, 1)
    cancel_execution(execution_id=second.pk)  # what was held and not used is free again
    assert call(client, webhook_id).status_code == 202
    assert faults() == []


def test_a_run_that_does_not_fit_into_the_day_is_told_what_it_needs(client, api, alice):
    graph = (
        [text("ask", "a boat"), llm("make"), llm("more")],
        "ask.prompt make.prompt",
        "ask.prompt more.prompt",
    )
    workflow = make_workflow(alice, *graph)
    name = opened(workflow)
    Webhook.objects.update(credits_per_day=3)
    Hand().finish(Execution.objects.get(pk=call(client, name).json()["executionId"]))
    assert call(client, name).json()["error"] == (
        "The 3 credits that this webhook may use in a day leave no room for this run. This run needs 2. "
        "The next day begins at midnight UTC."
    )
    assert wallet(alice) == (998, 0, 2)


def test_another_day_has_its_own_credits_and_other_doors_use_none(client, api, workflow, webhook_id):
    Webhook.objects.update(credits_per_day=1)
    assert api.post(f"/workflows/{workflow.pk}/execute").status_code == 201
    assert call(client, webhook_id).status_code == 202
    assert refused(client, webhook_id)[0] == 429
    Execution.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert call(client, webhook_id).status_code == 202


def test_a_new_id_does_not_refill_the_day(client, workflow, webhook_id):
    Webhook.objects.update(credits_per_day=1)
    assert call(client, webhook_id).status_code == 202
    rotate(workflow=workflow)
    assert refused(client, shown_webhook_id(workflow))[0] == 429


def test_a_start_counts_for_the_team_that_owns_the_workflow(client, alice, workflow, webhook_id):
    on_plan(alice, "free")
    fill(f"starts of team {team_of(alice).pk}", 10)
    status, body = refused(client, webhook_id)
    assert (status, body["error"]) == (429, "Too many workflow executions. Please try again later.")


def test_calls_that_start_nothing_count_for_the_address_they_come_from(client, webhook_id):
    statuses = [client.get(ADDRESS.format("whk_guess")).status_code for _ in range(11)]
    assert statuses == [404] * 10 + [429]
    answer = client.get(ADDRESS.format(webhook_id))
    assert (answer.status_code, is_open_to_all(answer)) == (429, True)


def test_the_last_calls_are_kept_with_what_became_of_them(client, workflow, webhook_id, monkeypatch):
    monkeypatch.setattr(webhooks, "KEPT_CALLS", 20)
    Webhook.objects.update(calls_per_minute=100)
    Workflow.objects.update(is_active=False)
    call(client, webhook_id)
    Workflow.objects.update(is_active=True)
    call(client, webhook_id)
    refusal, start = WebhookCall.objects.order_by("pk")
    assert (refusal.status, refusal.error, refusal.execution) == (400, "Workflow is not active", None)
    assert (start.status, start.error, start.execution) == (202, "", Execution.objects.get())
    for _ in range(20):
        call(client, webhook_id)
    assert WebhookCall.objects.count() == 20
    assert not WebhookCall.objects.filter(pk__in=[refusal.pk, start.pk]).exists()


# Management


def manage(api: Api, workflow, body=None):
    return api.post(f"/workflows/{workflow.pk}/webhook", body)


def test_the_team_switches_it_on_changes_its_id_and_switches_it_off(client, api, workflow):
    path = f"/workflows/{workflow.pk}/webhook"
    assert api.get(path).json()["data"]["isOn"] is False
    answer = manage(api, workflow, {"creditsPerDay": 5, "callsPerMinute": 7})
    made = answer.json()["data"]
    assert (answer.status_code, made["isOn"], made["creditsPerDay"], made["callsPerMinute"]) == (
        201,
        True,
        5,
        7,
    )
    assert made["webhookUrl"].endswith(ADDRESS.format(made["webhookId"]))
    assert call(client, made["webhookId"]).status_code == 202
    again = manage(api, workflow, {})
    assert (again.status_code, again.json()["data"]) == (200, made)
    rotated = manage(api, workflow, {"rotate": True}).json()["data"]
    assert (rotated["webhookId"] != made["webhookId"], rotated["takesWorkflowId"]) == (True, False)
    gone = client.delete(f"/api/v1{path}", headers=api.headers)
    assert (gone.status_code, gone.json()["data"]["isOn"], gone.json()["data"]["webhookUrl"]) == (
        200,
        False,
        None,
    )
    assert refused(client, rotated["webhookId"])[0] == 404
    assert client.delete(f"/api/v1{path}", headers=api.headers).status_code == 200


def test_lists_and_workflows_show_the_address_to_those_who_may_start(
    client, api, alice, vera, rita, workflow
):
    webhook_id = opened(workflow)
    shown = {"webhookId": webhook_id, "webhookUrl": f"http://127.0.0.1:8000{ADDRESS.format(webhook_id)}"}
    hidden = {"webhookId": None, "webhookUrl": None}

    def fields(caller: Api) -> list[dict]:
        bodies = [caller.get("/workflows").json()[0], caller.get(f"/workflows/{workflow.pk}").json()]
        return [{name: body[name] for name in shown} for body in bodies]

    assert fields(api) == fields(Api(client, rita)) == [shown, shown]
    assert fields(Api(client, vera)) == [hidden, hidden]
    assert fields(Api(client, alice, scopes=["workflows:read"])) == [hidden, hidden]
    switch_off(workflow=workflow)
    assert fields(api) == [hidden, hidden]


@pytest.mark.parametrize("body", [{"creditsPerDay": -1}, {"callsPerMinute": 0}, {"rotate": "maybe"}, []])
def test_limits_that_make_no_sense_are_refused(api, workflow, body):
    assert manage(api, workflow, body).status_code == 400
    assert not Webhook.objects.exists()
    assert Workflow.objects.get().webhook_digest is None


def test_only_editors_of_the_team_manage_it(client, alice, bob, rita, vera, charlie, workflow):
    path = f"/workflows/{workflow.pk}/webhook"
    for person, status in ((rita, 403), (vera, 403), (charlie, 404)):
        caller = Api(client, person)
        assert manage(caller, workflow).status_code == status
        assert caller.get(path).status_code == status
        assert client.delete(f"/api/v1{path}", headers=caller.headers).status_code == status
    assert manage(Api(client, alice, scopes=["workflows:read"]), workflow).status_code == 403
    assert not Webhook.objects.exists()
    assert manage(Api(client, bob), workflow).status_code == 201
