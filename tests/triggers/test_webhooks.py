"""Starting a workflow by its webhook: contract §8 and reliability §9."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.secrets import digest
from executions.actions import cancel_execution
from executions.audit import faults
from executions.models import Execution, IdempotencyKey
from tests.accounts.test_limits import fill, on_plan
from tests.executions.boards import llm, preview, text
from tests.executions.doors import Api
from tests.executions.runs import Hand, everything_stored, make_workflow, node_run, prompt, wallet
from tests.factories import team_of
from tests.workflows.graphs import node
from triggers.models import Webhook, WebhookCall
from triggers.webhooks import rotate, switch_off, switch_on
from workflows.models import LinkPermission, Workflow
from workflows.webhook_ids import shown_webhook_id

ADDRESS = "/api/v1/workflow/{}/trigger"


def opened(workflow: Workflow) -> str:
    """The id of the workflow's webhook, which is on from now on."""
    switch_on(workflow=workflow, user=None)
    found = shown_webhook_id(workflow)
    assert found is not None
    return found


@pytest.fixture
def webhook_id(workflow) -> str:
    return opened(workflow)


def call(client, name, body=None, **headers):
    data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    return client.post(ADDRESS.format(name), data, content_type="application/json", headers=headers)


def everything() -> dict:
    return everything_stored() | {"keys": IdempotencyKey.objects.count()}


def is_open_to_all(answer) -> bool:
    return answer.headers["Access-Control-Allow-Origin"] == "*"


# Being called


@pytest.mark.parametrize("body", [None, {}, {"prompt": "a harbour"}])
def test_a_post_without_a_key_starts_the_saved_graph(client, alice, workflow, webhook_id, body):
    answer = call(client, webhook_id, body)
    execution = Execution.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {
        "executionId": str(execution.pk),
        "status": "queued",
        "message": "Workflow execution queued successfully",
    }
    assert is_open_to_all(answer)
    assert re.fullmatch(r"req_[0-9a-f]{24}", answer.headers["X-Request-Id"])
    assert (execution.team, execution.trigger, execution.started_by) == (team_of(alice), "webhook", None)
    assert execution.trigger_data == (body or {})
    assert node_run(execution, "ask").output["prompt"] == (body or {}).get("prompt", "a lighthouse")
    assert wallet(alice) == (999, 1, 0)
    assert Hand().finish(execution).status == "COMPLETED"
    assert faults() == []


@pytest.mark.parametrize("key", ["ask", "Text Input", "text-input", "prompt"])
def test_a_value_finds_its_input_node_by_id_label_or_key(client, webhook_id, key):
    assert call(client, webhook_id, {key: "fog"}).status_code == 202
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "fog"


def test_an_html_form_may_call_it(client, webhook_id):
    answer = client.post(
        ADDRESS.format(webhook_id),
        "prompt=a+blue+b%C3%A5t&tag=a&tag=b&empty=",
        content_type="application/x-www-form-urlencoded",
    )
    execution = Execution.objects.get()
    assert (answer.status_code, is_open_to_all(answer)) == (202, True)
    assert execution.trigger_data == {"prompt": "a blue båt", "tag": ["a", "b"], "empty": ""}
    assert node_run(execution, "ask").output["prompt"] == "a blue båt"


def test_what_no_input_takes_stays_readable_for_webhook_nodes(client, alice):
    workflow = make_workflow(
        alice,
        [
            node("hook", "input:webhook", sample={"city": "Rome"}),
            node("city", "utility:json_extract", path="city"),
            preview(),
        ],
        "hook.payload city.json",
        "city.value out.value",
    )
    assert call(client, opened(workflow), {"city": "Oslo", "zip": 1}).status_code == 202
    assert node_run(Execution.objects.get(), "city").output["value"] == "Oslo"


def test_a_body_brings_neither_nodes_nor_settings_of_other_nodes(client, alice, webhook_id, workflow):
    body = {
        "nodes": [text("mine", "x"), llm("other")],
        "edges": [],
        "make": {"prompt": "y"},
        "system_prompt": "obey",
        "targetNodeId": "ask",
        "out": 1,
        "config": {"prompt": "z"},
    }
    assert call(client, webhook_id, body).status_code == 202
    execution = Execution.objects.get()
    assert {run.node_id for run in execution.node_runs.all()} == {"ask", "make", "out"}
    assert (execution.inputs, execution.target_node_id) == ({}, "")
    nodes, _ = workflow.graph_json()
    assert [one["data"]["params"] for one in execution.version.nodes] == [
        one["data"]["params"] for one in nodes
    ]


def test_a_get_tells_that_it_is_there_and_starts_nothing(client, workflow, webhook_id):
    answer = client.get(ADDRESS.format(webhook_id))
    assert (answer.status_code, is_open_to_all(answer)) == (200, True)
    assert answer.json() == {
        "workflowId": workflow.pk,
        "name": "Words",
        "isActive": True,
        "message": "Webhook is configured. Use POST to trigger execution.",
    }
    assert not Execution.objects.exists()


def test_a_preflight_is_answered_for_every_address(client, webhook_id):
    for name in (webhook_id, "whk_unknown"):
        answer = client.options(ADDRESS.format(name))
        assert (answer.status_code, answer.content, is_open_to_all(answer)) == (204, b"", True)
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
        assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, Idempotency-Key"


def test_a_browser_that_is_signed_in_is_a_stranger_like_all(signed_in, charlie, webhook_id):
    browser = signed_in(charlie, enforce_csrf_checks=True)
    assert call(browser, webhook_id).status_code == 202
    assert Execution.objects.get().started_by is None


# Refusals


def refused(client, name, body=None, **headers):
    """Status and body of a call that is refused; nothing but the list of calls may change."""
    before = everything()
    answer = call(client, name, body, **headers)
    assert everything() == before
    assert is_open_to_all(answer)
    return answer.status_code, answer.json()


@pytest.mark.parametrize("name", ["whk_" + "a" * 26, "no", "x" * 300, "%E2%80%A6", "cm0"])
def test_an_unknown_webhook_is_not_found(client, webhook_id, name):
    assert refused(client, name) == (
        404,
        {"error": "Webhook not found", "code": "not_found", "type": "invalid_request_error"},
    )
    answer = client.get(ADDRESS.format(name))
    assert (answer.status_code, is_open_to_all(answer)) == (404, True)


def test_a_webhook_that_is_off_or_whose_workflow_is_deleted_is_not_found(client, workflow, webhook_id):
    switch_off(workflow=workflow)
    assert refused(client, webhook_id)[0] == 404
    assert refused(client, workflow.pk)[0] == 404
    switch_on(workflow=workflow, user=None)
    assert call(client, webhook_id).status_code == 202  # the same id again
    Workflow.objects.update(deleted_at=timezone.now())
    assert refused(client, webhook_id)[0] == 404
    assert refused(client, workflow.pk)[0] == 404


def test_an_inactive_workflow_does_not_start(client, workflow, webhook_id):
    Workflow.objects.update(is_active=False)
    assert refused(client, webhook_id)[1]["error"] == "Workflow is not active"
    assert client.get(ADDRESS.format(webhook_id)).json()["isActive"] is False


def test_a_team_without_credits_is_told_and_its_balance_is_not(client, alice):
    webhook_id = opened(make_workflow(alice, *prompt("x"), credits=0))
    assert refused(client, webhook_id) == (
        402,
        {
            "error": "The team of this workflow has too few credits for this run.",
            "code": "insufficient_credits",
            "type": "insufficient_credits_error",
            "insufficientCredits": True,
            "requiredCredits": 1,
        },
    )


def test_a_graph_that_cannot_run_tells_strangers_nothing_of_itself(client, alice):
    workflow = make_workflow(alice, [llm("secret-plan"), preview()], "secret-plan.text out.value")
    status, body = refused(client, opened(workflow), {"prompt": "x"})
    assert (status, body["code"], set(body)) == (400, "invalid_graph", {"error", "code", "type"})
    assert "secret-plan" not in str(body)


def test_a_value_that_does_not_fit_is_explained_to_who_sent_it(client, alice):
    nodes = [node("n", "input:number", number=1), node("m", "utility:math"), preview()]
    workflow = make_workflow(alice, nodes[:1])
    status, body = refused(client, opened(workflow), {"n": {"a": 1}})
    assert (status, body["code"]) == (400, "invalid_inputs")
    assert "number" in body["error"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("[1]", "application/json", 400),
        ('"x"', "application/json", 400),
        ("{", "application/json", 400),
        ('{"a":"\\u0000"}', "application/json", 400),
        ('{"a":"' + "x" * 20_001 + '"}', "application/json", 400),
        ('{"a":[{"b":["' + "x" * 20_001 + '"]}]}', "application/json", 400),
        ("a=%00", "application/x-www-form-urlencoded", 400),
        ("a=%ff", "application/x-www-form-urlencoded", 400),
        ("a=" + "x" * 20_001, "application/x-www-form-urlencoded", 400),
        ("&".join(f"k{n}=1" for n in range(2_001)), "application/x-www-form-urlencoded", 400),
        ("prompt=x", "text/plain", 415),
        ("<prompt/>", "application/xml", 415),
        ("--b\r\n\r\n--b--", "multipart/form-data; boundary=b", 415),
    ],
)
def test_what_is_neither_a_short_json_object_nor_a_form_is_refused(client, webhook_id, body, kind, status):
    before = everything()
    answer = client.post(ADDRESS.format(webhook_id), body, content_type=kind)
    assert (answer.status_code, is_open_to_all(answer), everything()) == (status, True, before)
    assert set(answer.json()) >= {"error", "code", "type"}


def test_texts_of_twenty_thousand_characters_are_taken(client, webhook_id):
    assert call(client, webhook_id, {"prompt": "x" * 20_000}).status_code == 202


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused_with_cors(client, webhook_id, method):
    answer = getattr(client, method)(ADDRESS.format(webhook_id))
    assert (answer.status_code, is_open_to_all(answer)) == (405, True)


# The workflow's id in place of the webhook's


def test_the_workflow_id_works_while_the_webhook_is_on_and_the_workflow_private(client, workflow, webhook_id):
    assert call(client, workflow.pk, {"prompt": "x"}).status_code == 202
    for shared in (LinkPermission.VIEW, LinkPermission.EDIT):
        Workflow.objects.update(link_permission=shared)
        assert refused(client, workflow.pk)[0] == 404
        assert call(client, webhook_id).status_code == 202
    Workflow.objects.update(link_permission=LinkPermission.PRIVATE)
    Webhook.objects.update(takes_workflow_id=False)
    assert refused(client, workflow.pk)[0] == 404


def test_a_workflow_without_webhook_does_not_start_by_its_id(client, workflow):
    assert refused(client, workflow.pk)[0] == 404


# Ids


def test_an_id_is_stored_as_its_hash_and_shown_again(workflow, webhook_id):
    assert re.fullmatch(r"whk_[a-z2-7]{26}", webhook_id)
    stored = Workflow.objects.get()
    assert stored.webhook_digest == digest(webhook_id)
    assert shown_webhook_id(stored) == webhook_id
    assert webhook_id[4:] not in str(Workflow.objects.values().get())


def test_another_secret_key_leaves_the_id_working_and_unseen(client, settings, workflow, webhook_id):
    settings.SECRET_KEY = "another key of enough characters, for a test"
    assert shown_webhook_id(Workflow.objects.get()) is None
    assert call(client, webhook_id).status_code == 202


def test_a_new_id_shuts_out_the_old_one_and_the_workflows(client, workflow, webhook_id):
    rotate(workflow=workflow)
    new = shown_webhook_id(workflow)
    assert new not in (None, webhook_id)
    assert refused(client, webhook_id)[0] == 404
    assert refused(client, workflow.pk)[0] == 404
    assert call(client, new).status_code == 202


def test_a_stored_answer_does_not_hold_the_address(client, workflow, webhook_id):
    call(client, webhook_id, **{"Idempotency-Key": "k"})
    assert webhook_id not in str(IdempotencyKey.objects.values().get())


# Once


def test_the_same_key_starts_once_whatever_id_it_came_by(client, workflow, webhook_id):
    first = call(client, webhook_id, {"prompt": "x"}, **{"Idempotency-Key": "k"})
    again = call(client, workflow.pk, {"prompt": "x"}, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.content) == (202, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert is_open_to_all(again)
    assert refused(client, webhook_id, {"prompt": "y"}, **{"Idempotency-Key": "k"})[0] == 409
    assert Execution.objects.count() == 1


def test_a_refused_call_may_be_made_again_with_its_key(client, workflow, webhook_id):
    Workflow.objects.update(is_active=False)
    assert refused(client, webhook_id, **{"Idempotency-Key": "k"})[0] == 400
    Workflow.objects.update(is_active=True)
    assert call(client, webhook_id, **{"Idempotency-Key": "k"}).status_code == 202


# Limits


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
    assert 0 < body["retryAfter"] <= 86_400
    assert wallet(alice) == (998, 1, 1)
    cancel_execution(execution_id=second.pk)  # what was held and not used is free again
    assert call(client, webhook_id).status_code == 202
    assert faults() == []


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


# What the team sees of calls


def test_the_last_twenty_calls_are_kept_with_what_became_of_them(client, workflow, webhook_id):
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
