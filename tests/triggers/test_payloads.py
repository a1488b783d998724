"""What a webhook node asks of the body of a call, and a delivery that comes again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from credits.models import Wallet
from executions.actions import Start, start_execution
from executions.models import Execution, IdempotencyKey, NodeRun
from tests.executions.boards import llm, preview
from tests.executions.doors import Api
from tests.executions.runs import Hand, everything_stored, make_workflow, wallet
from tests.factories import actor_for
from tests.triggers.callers import call, opened, refused
from tests.workflows.graphs import chain, node
from tests.workflows.parts import placed
from triggers.models import WebhookCall
from workflows.component_actions import make_component

SCHEMA = {"id": "string", "size": "number", "is_new": "boolean", "tags": "array", "author": "object"}
FITTING = {"id": "post-1", "size": 2.5, "is_new": True, "tags": [], "author": {}, "more": None}


def hooked(user, **params):
    """A workflow that a webhook's body goes through, for one credit."""
    nodes = [node("hook", "input:webhook", **params), llm("make"), preview()]
    return make_workflow(user, nodes, "hook.payload make.prompt", "make.text out.value")


def started(answer) -> str:
    assert answer.status_code == 202, answer.content
    return answer.json()["executionId"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": ...}, "“id” as a string; it is missing."),
        ({"id": 7}, "“id” as a string; what came is a number."),
        ({"size": "7"}, "“size” as a number; what came is a string."),
        ({"size": True}, "“size” as a number; what came is a boolean."),
        ({"is_new": 0}, "“is_new” as a boolean; what came is a number."),
        ({"tags": {}}, "“tags” as an array; what came is an object."),
        ({"author": None}, "“author” as an object; what came is null."),
    ],
    ids=str,
)
def test_a_body_that_the_node_does_not_ask_for_is_refused_by_the_key(client, alice, change, said):
    name = opened(hooked(alice, schema=SCHEMA))
    body = {key: value for key, value in (FITTING | change).items() if value is not ...}
    status, answer = refused(client, name, body)
    assert (status, answer["code"], answer["error"]) == (400, "invalid_body", f"The body must have {said}")
    assert WebhookCall.objects.get().error == answer["error"]


def test_a_body_that_fits_starts_a_run_also_with_keys_that_nobody_asked_for(client, alice):
    execution = Execution.objects.get(pk=started(call(client, opened(hooked(alice, schema=SCHEMA)), FITTING)))
    assert execution.trigger_data == FITTING


def test_an_empty_body_is_no_leave_to_run_with_the_sample(client, alice):
    name = opened(hooked(alice, schema={"id": "string"}, sample={"id": "post-0"}))
    assert refused(client, name, {})[0] == 400


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"schema": {"id": "uuid"}},
            "its schema must say for “id” one of string, number, boolean, array, object.",
        ),
        ({"schema": {"id": {"type": "string"}}}, "its schema must say for “id” one of"),
        ({"dedupe_by": "id..x"}, "The path “id..x” cannot be read"),
    ],
    ids=str,
)
def test_rules_that_cannot_be_read_are_said_to_the_team_and_not_to_strangers(client, alice, params, said):
    workflow = hooked(alice, **params)
    name = opened(workflow)
    status, answer = refused(client, name, {"id": "post-1"})
    assert (status, answer["code"]) == (400, "invalid_graph")
    before = everything_stored()
    own = Api(client, alice).post(f"/workflows/{workflow.pk}/execute", {})
    assert own.status_code == 422
    assert said in own.json()["violations"][0]["message"]
    assert everything_stored() == before


def test_data_that_a_caller_with_a_key_hands_over_is_checked_as_well(client, alice):
    workflow = hooked(alice, schema={"id": "string"}, sample={"id": "post-0"})
    api, before = Api(client, alice), everything_stored()
    answer = api.post(f"/workflows/{workflow.pk}/execute", {"triggerData": {"id": 7}})
    assert (answer.status_code, everything_stored()) == (422, before)
    assert "“id” as a string; what came is a number." in answer.json()["violations"][0]["message"]
    assert api.post(f"/workflows/{workflow.pk}/execute", {}).status_code == 201  # with the sample


def test_a_delivery_that_comes_again_is_answered_with_its_first_run(client, alice):
    name = opened(hooked(alice, dedupe_by="post.id"))
    other = opened(hooked(alice, dedupe_by="post.id"))
    first = started(call(client, name, {"post": {"id": 17}, "try": 1}))
    assert started(call(client, name, {"post": {"id": 17}, "try": 2})) == first
    assert started(call(client, name, {"post": {"id": 17}}, **{"Idempotency-Key": "k"})) == first
    assert (Execution.objects.count(), wallet(alice)) == (1, (1999, 1, 0))
    said = WebhookCall.objects.order_by("pk").values_list("status", "error", "execution__pk")
    again = (202, "Delivered before: nothing was started.")
    assert [(*one[:2], str(one[2])) for one in said] == [(202, "", first), (*again, first), (*again, first)]

    assert started(call(client, name, {"post": {"id": "17"}})) != first
    assert started(call(client, other, {"post": {"id": 17}})) != first
    IdempotencyKey.objects.update(expires_at=timezone.now())  # 24 hours later
    assert started(call(client, name, {"post": {"id": 17}})) != first


@pytest.mark.parametrize("body", [{}, {"post": {}}, {"post": {"id": None}}, {"post": {"id": ""}}], ids=str)
def test_deliveries_without_an_id_are_each_a_run(client, alice, body):
    name = opened(hooked(alice, dedupe_by="post.id"))
    assert started(call(client, name, body)) != started(call(client, name, body))


def test_a_delivery_that_was_refused_may_come_again(client, alice):
    name = opened(hooked(alice, dedupe_by="id"))
    Wallet.objects.update(available=0)
    assert refused(client, name, {"id": 1})[0] == 402
    Wallet.objects.update(available=1000)
    assert Execution.objects.filter(pk=started(call(client, name, {"id": 1}))).exists()


def test_a_webhook_node_inside_a_component_asks_as_one_outside_does(client, alice):
    content = {
        "nodes": [node("hook", "input:webhook", schema={"id": "string"}, dedupe_by="id"), llm("make")],
        "edges": chain("hook.payload make.prompt"),
        "inputs": [],
        "outputs": [{"id": "text", "label": "Text", "type": "TEXT", "node": "make", "handle": "out-text"}],
        "settings": [],
    }
    made = make_component(actor=actor_for(alice), name="Told", content=content)
    name = opened(make_workflow(alice, [placed(made.component.pk), preview()], "part.text out.value"))
    status, answer = refused(client, name, {"id": 7})
    assert (status, answer["code"]) == (400, "invalid_body")
    first = started(call(client, name, {"id": "post-1"}))
    assert started(call(client, name, {"id": "post-1", "try": 2})) == first
    assert (Execution.objects.count(), wallet(alice)) == (1, (999, 1, 0))


def test_a_webhook_node_that_only_pinned_nodes_need_guards_but_asks_for_nothing(client, alice):
    wires = ("hook.payload first.prompt", "first.text make.prompt", "make.text out.value")
    hook = node("hook", "input:webhook", schema=SCHEMA, dedupe_by="id")
    before = make_workflow(alice, [hook, llm("first"), llm("make"), preview()], *wires)
    execution = start_execution(workflow=before, team=before.team, start=Start(trigger_data=FITTING))
    Hand().finish(execution)
    pinned = llm("first")
    pinned["data"]["pinned"] = {"executionId": str(execution.pk), "nodeId": "first"}
    name = opened(make_workflow(alice, [hook, pinned, llm("make"), preview()], *wires))
    first = started(call(client, name, {"id": 17}))
    assert NodeRun.objects.get(execution=first, node_id="hook").skip_reason == "unneeded"
    assert started(call(client, name, {"id": 17, "try": 2})) == first
    assert started(call(client, name, {"id": 18})) != first


@pytest.mark.parametrize("mode", ["disabled", "bypassed"])
def test_a_webhook_node_that_does_not_run_asks_for_nothing(client, alice, mode):
    hook = node("hook", "input:webhook", schema=SCHEMA, dedupe_by="id")
    hook["data"]["runMode"] = mode
    text = node("text", "input:text", prompt="a lighthouse")
    name = opened(make_workflow(alice, [hook, text, llm("make")], "text.prompt make.prompt"))
    assert started(call(client, name, {"id": 7})) != started(call(client, name, {"id": 7}))
