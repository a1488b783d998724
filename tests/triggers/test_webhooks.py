"""Starting a workflow by its webhook: what it takes, and what it refuses. Contract §8 and reliability §9."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from executions.audit import faults
from executions.models import Execution
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, make_workflow, node_run, prompt, wallet
from tests.factories import team_of
from tests.triggers.callers import ADDRESS, call, everything, is_open_to_all, opened, refused
from tests.workflows.graphs import node
from triggers.webhooks import switch_off, switch_on
from workflows.models import Workflow


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


def test_keys_that_nothing_takes_are_named(client, signed_in, alice, workflow, webhook_id):
    keys = {"promt": "fog", "Prompt": "mist", "x" * 300: 1, **{f"more{number}": 0 for number in range(60)}}
    answer = call(client, webhook_id, keys)
    ignored = answer.json()["ignored"]
    assert answer.status_code == 202
    assert (len(ignored), ignored[0], ignored[1]) == (50, "promt", "Prompt")
    assert {len(key) for key in ignored} >= {100} and max(map(len, ignored)) == 100
    page = signed_in(alice).get(f"/workflows/{workflow.pk}/settings").content.decode()
    assert "No input takes “promt”, “Prompt”" in page and "and 58 more." in page


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
    answer = call(client, opened(workflow), {"city": "Oslo", "zip": 1})
    assert answer.status_code == 202 and "ignored" not in answer.json()
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
