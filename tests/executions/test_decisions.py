"""Runs that ask people: what is asked, who may answer, and how the run goes on."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from executions.actions import cancel_execution
from executions.decisions import give_up
from executions.engine.sweeper import sweep
from executions.models import Execution
from executions.states import NodeStatus
from executions.templatetags import approvals
from executions.turns import room_of
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.doors import Api, poll
from tests.executions.runs import age, everything_stored, node_run, prove, start, statuses
from tests.factories import make_member, team_of
from tests.workflows.graphs import node

pytestmark = pytest.mark.django_db

ONE = "words.prompt ok.item", "ok.approved out.value", "ok.rejected no.value"


def approval(node_id: str = "ok", **params):
    return node(node_id, "logic:approval", **params)


def one(alice, words: str = "a boat", **params) -> Execution:
    """A run that asks about one text; what is rejected goes to another output."""
    return start(alice, [text("words", words), approval(**params), preview(), preview("no")], *ONE)


def listed(alice, words: str = "ant,bee,cat", **params) -> Execution:
    """A run that asks about every item of a list at once."""
    nodes = [text("words", words), lines("list"), approval(**params), preview(), preview("no")]
    steps = "words.prompt list.text", "list.items ok.item", "ok.approved out.value", "ok.rejected no.value"
    return start(alice, nodes, *steps)


def fanned(alice, **each_params) -> Execution:
    """A run that asks about each item of a For Each."""
    nodes = [
        text("words", "ant,bee,cat"),
        lines("list"),
        each(**each_params),
        approval(),
        collect(),
        preview(),
    ]
    steps = "each.item ok.item", "ok.approved all.item", "all.list out.value"
    return start(alice, nodes, *LIST, *steps)


def decide(api: Api, execution: Execution, decision: str = "approve", node_id: str = "ok", **more):
    body = {"decision": decision, **more}
    return api.post(f"/workflows/executions/{execution.pk}/nodes/{node_id}/decision", body)


def output(execution: Execution, node_id: str = "out"):
    return node_run(execution, node_id).output


def test_a_run_waits_for_a_person_and_goes_on_with_what_is_approved(api, alice):
    execution = one(alice, message="Is it good?")
    assert statuses(execution) == {
        "words": "COMPLETED", "ok": "WAITING", "out": "PENDING", "no": "PENDING"
    }  # fmt: skip
    shown = poll(api, execution)
    assert shown["status"] == "RUNNING"
    states = {state["nodeId"]: state["status"] for state in shown["nodeStates"]}
    assert (states["ok"], states["out"]) == ("WAITING", "PENDING")
    asked = shown["nodeResults"]["nodeRuns"][1]
    assert (asked["status"], asked["statusWord"]) == ("WAITING", "needs approval")
    assert asked["question"] == {
        "kind": "approval", "message": "Is it good?", "approvers": "", "items": ["a boat"], "answers": [None],
        "mayEdit": False, "dueAt": asked["question"]["dueAt"],
    }  # fmt: skip

    answer = decide(api, execution, note="Lovely")
    assert answer.status_code == 200
    assert (answer.json()["nodeId"], answer.json()["status"]) == ("ok", "COMPLETED")
    prove(execution)
    assert execution.status == "COMPLETED"
    assert output(execution) == {"value": ["a boat"]}
    assert statuses(execution)["no"] == "SKIPPED"
    done = node_run(execution, "ok")
    assert done.output == {"approved": "a boat", "comment": "Lovely"}
    (said,) = done.question["answers"]
    assert (said["decision"], said["by"], said["note"]) == ("approve", "alice@example.org", "Lovely")


def test_what_is_rejected_takes_the_other_way(api, alice):
    execution = one(alice)
    assert decide(api, execution, "reject").status_code == 200
    prove(execution)
    assert (output(execution, "no"), statuses(execution)["out"]) == ({"value": ["a boat"]}, "SKIPPED")


def test_a_list_is_judged_item_by_item(api, alice):
    execution = listed(alice)
    assert decide(api, execution, item=0).json()["status"] == "WAITING"
    assert decide(api, execution, "reject", item=1, note="Too small").json()["status"] == "WAITING"
    before = everything_stored()
    again = decide(api, execution, item=1)
    assert (again.status_code, again.json()["code"]) == (409, "already_decided")
    assert everything_stored() == before
    assert decide(api, execution).json()["status"] == "COMPLETED"  # all that are open: the last one
    prove(execution)
    assert output(execution) == {"value": ["ant", "cat"]}
    assert output(execution, "no") == {"value": ["bee"]}


def test_nothing_is_asked_about_an_empty_list(alice):
    execution = listed(alice, words=" ")
    execution.refresh_from_db()
    assert execution.status == "COMPLETED"
    assert statuses(execution)["out"] == "SKIPPED"


@pytest.mark.parametrize("concurrency", [1, 10])
def test_each_item_of_a_for_each_asks_at_once(api, alice, concurrency):
    """Whoever waits for a person keeps no place that others could work in."""
    execution = fanned(alice, concurrency=concurrency)
    assert [status for name, status in statuses(execution).items() if name.startswith("ok")] == [
        "WAITING"
    ] * 3
    assert decide(api, execution, "reject", item=1).status_code == 200
    assert decide(api, execution, itemPath=[2]).status_code == 200
    assert decide(api, execution, itemPath=[2]).json()["code"] == "already_decided"
    assert decide(api, execution, itemPath=[7]).json()["code"] == "invalid_decision"
    assert decide(api, execution).status_code == 200
    prove(execution)
    assert (execution.status, output(execution)) == ("COMPLETED", {"value": ["ant", "cat"]})


def test_paid_work_behind_an_approval_is_held_from_the_start_and_charged_once(api, alice):
    nodes = [text("words", "a boat"), approval(), llm("make"), preview()]
    execution = start(alice, nodes, "words.prompt ok.item", "ok.approved make.prompt", "make.text out.value")
    assert node_run(execution).status == NodeStatus.PENDING
    prove(execution)
    assert decide(api, execution).status_code == 200
    assert node_run(execution).status == NodeStatus.READY
    prove(execution)


def test_a_second_answer_is_refused_and_so_is_one_to_a_run_that_was_stopped(api, alice):
    decided, stopped = one(alice), one(alice)
    decide(api, decided)
    cancel_execution(execution_id=stopped.pk)
    before = everything_stored()
    for execution in (decided, stopped):
        answer = decide(api, execution, "reject")
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert everything_stored() == before
    prove(stopped)
    assert statuses(stopped)["ok"] == "CANCELLED"


def test_a_text_may_be_corrected_where_the_node_allows_it(api, alice):
    execution = one(alice, allow_edit=True)
    wrong = decide(api, execution, value=7)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_decision")
    assert decide(api, execution, value="a red boat").status_code == 200
    prove(execution)
    assert output(execution) == {"value": ["a red boat"]}
    strict = one(alice)
    assert decide(api, strict, value="a red boat").status_code == 400
    assert statuses(strict)["ok"] == "WAITING"


def test_a_file_of_somebody_else_cannot_be_put_in_the_place_of_an_item(api, signed_in, alice):
    theirs = {"assetId": "as_theirs", "url": "/media/theirs.png", "contentType": "image/png"}
    nodes = [node("rows", "input:json", value={"a": 1}), approval(allow_edit=True), preview()]
    execution = start(alice, nodes, "rows.json ok.item", "ok.approved out.value")
    before = everything_stored()
    for value in (theirs, {"a": theirs}):
        answer = decide(api, execution, value=value)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_decision")
    form = {"node": "ok", "path": "", "item": "0", "decision": "approve", "value": json.dumps({"a": theirs})}
    signed_in(alice).post(f"/executions/{execution.pk}/decide", form)
    assert everything_stored() == before
    assert statuses(execution)["ok"] == "WAITING"
    assert decide(api, execution, value={"a": 2}).status_code == 200
    prove(execution)
    assert output(execution) == {"value": [{"a": 2}]}


@pytest.mark.parametrize("more", [
    {"item": "99", "value": "x"}, {"value": "[" * 5000}, {"value": "{"}, {"value": '"\\u0000"'},
    {"note": "a\x00b"}, {"note": "n" * 2001}, {"decision": "perhaps"}, {"item": "-1"}, {"pick": "1"},
])  # fmt: skip
def test_what_no_form_of_ours_sends_is_refused_in_words(signed_in, alice, more):
    nodes = [node("rows", "input:json", value={"a": 1}), approval(allow_edit=True), preview()]
    execution = start(alice, nodes, "rows.json ok.item", "ok.approved out.value")
    before = everything_stored()
    form = {"node": "ok", "path": "", "item": "0", "decision": "approve", **more}
    answer = signed_in(alice).post(f"/executions/{execution.pk}/decide", form, follow=True)
    assert answer.status_code == 200
    assert [str(one) for one in get_messages(answer.wsgi_request)] or "toast" in answer.content.decode()
    assert everything_stored() == before
    assert statuses(execution)["ok"] == "WAITING"


def test_an_item_that_is_not_there_is_refused(api, alice):
    execution = one(alice, allow_edit=True)
    answer = decide(api, execution, item=7, value="x")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_decision")


def test_a_person_picks_one_of_a_list(api, alice):
    nodes = [text("words", "ant,bee,cat"), lines("list"), node("one", "utility:select_item", mode="manual")]
    steps = "words.prompt list.text", "list.items one.items", "one.item out.value"
    execution = start(alice, [*nodes, preview()], *steps)
    asked = poll(api, execution)["nodeResults"]["nodeRuns"][2]
    assert (asked["statusWord"], asked["question"]["kind"]) == ("needs a choice", "pick")
    for wrong in ({}, {"pick": 3}, {"decision": "reject", "pick": 1}):
        assert decide(api, execution, node_id="one", **wrong).json()["code"] == "invalid_decision"
    assert decide(api, execution, node_id="one", pick=1).status_code == 200
    prove(execution)
    assert (output(execution, "one"), output(execution)) == ({"item": "bee", "index": 1}, {"value": ["bee"]})


@pytest.mark.parametrize(("on_timeout", "end", "there"), [
    ("reject", "COMPLETED", "no"), ("approve", "COMPLETED", "out"), ("fail", "FAILED", None)
])  # fmt: skip
def test_what_nobody_decides_in_time_is_decided_as_the_node_says(api, alice, on_timeout, end, there):
    execution = one(alice, on_timeout=on_timeout, timeout_hours=5)
    row = node_run(execution, "ok")
    assert abs(row.due_at - timezone.now() - timedelta(hours=5)) < timedelta(minutes=1)
    sweep()
    assert statuses(execution)["ok"] == "WAITING"
    age([row], due_at=timezone.now() - timedelta(minutes=1))
    sweep()
    prove(execution)
    assert execution.status == end
    assert [name for name in ("out", "no") if statuses(execution)[name] == "COMPLETED"] == (
        [there] if there else []
    )
    if end == "FAILED":
        assert execution.error == "Approval: Nobody decided within 5 hours. Run it again and decide in time."
    assert decide(api, execution).json()["code"] == "already_decided"
    give_up(node_run_id=row.pk)  # late: nothing changes
    prove(execution)


def test_a_run_that_waits_for_people_takes_no_place_and_is_not_timed_out(api, alice):
    team = team_of(alice)
    team.plan = "free"
    team.save()
    room = room_of(team)
    nodes = [text("words", "a boat"), approval(), llm("make"), preview()]
    execution = start(alice, nodes, "words.prompt ok.item", "ok.approved make.prompt", "make.text out.value")
    execution.refresh_from_db()
    assert (execution.is_paused, room_of(team)) == (True, room)
    Execution.objects.update(deadline_at=timezone.now() - timedelta(days=1))
    sweep()
    assert statuses(execution)["ok"] == "WAITING"
    decide(api, execution)
    execution.refresh_from_db()
    assert (execution.is_paused, room_of(team)) == (False, room - 1)
    assert execution.deadline_at > timezone.now() + timedelta(minutes=29)


def test_only_those_whom_the_node_names_decide(alice, client, signed_in):
    team = team_of(alice)
    people = {role: make_member(f"a-{role}", team, role=role) for role in ("viewer", "runner", "editor")}
    for approvers, allowed in (
        ("", {"runner", "editor"}),
        ("editor", {"editor"}),
        ("A-runner@example.org", {"runner"}),
        ("nobody@example.org", set()),
    ):
        for role, person in people.items():
            execution = one(alice, approvers=approvers)
            answer = decide(Api(client, person), execution)
            assert (answer.status_code == 200) == (role in allowed), (approvers, role)
            if role not in allowed:
                assert answer.status_code == 403
                assert statuses(execution)["ok"] == "WAITING"
                page = signed_in(person).get(f"/executions/{execution.pk}").content.decode()
                assert "decides this; your role lets you look" in page


def test_nodes_that_ask_nothing_are_not_there(api, alice):
    execution = one(alice)
    for node_id in ("words", "nobody"):
        answer = decide(api, execution, node_id=node_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_questions_are_answered_on_the_pages(signed_in, alice):
    browser = signed_in(alice)
    execution = listed(alice, words="<b>ant</b>,bee", message="Which ones?", allow_edit=True)
    for page in (f"/executions/{execution.pk}", "/approvals"):
        shown = browser.get(page).content.decode()
        assert "Which ones?" in shown
        assert "Approve all 2" in shown
        assert "&lt;b&gt;ant&lt;/b&gt;" in shown
    form = {"node": "ok", "path": "", "item": "0", "decision": "approve", "value": "an ant", "note": ""}
    answer = browser.post(f"/executions/{execution.pk}/decide", form)
    assert (answer.status_code, answer.url) == (303, f"/executions/{execution.pk}#questions")
    form = {"node": "ok", "path": "", "decision": "reject", "back": "approvals"}
    assert browser.post(f"/executions/{execution.pk}/decide", form).url == "/approvals"
    prove(execution)
    assert (output(execution), output(execution, "no")) == ({"value": ["an ant"]}, {"value": ["bee"]})
    assert "Nothing waits for a decision" in browser.get("/approvals").content.decode()
    refused = browser.post(f"/executions/{execution.pk}/decide", form, follow=True)
    assert "decided already" in refused.content.decode()


def test_the_list_says_how_many_questions_are_open_and_counts_no_further_than_it_must(
    signed_in, alice, monkeypatch
):
    for told in ("1 needs a decision", "2 need a decision"):
        one(alice)
        assert told in signed_in(alice).get("/executions").content.decode()
    monkeypatch.setattr(approvals, "MOST_COUNTED", 1)
    assert "1+ need a decision" in signed_in(alice).get("/executions").content.decode()


def test_a_signed_link_opens_one_question_to_whoever_holds_it(client, signed_in, alice):
    execution = one(alice, public_link=True, message="Dear customer")
    page = signed_in(alice).get(f"/executions/{execution.pk}").content.decode()
    (link,) = re.findall(r'href="(/decide/[^"]+)"', page)
    shown = client.get(link)
    assert shown.status_code == 200
    assert "Dear customer" in shown.content.decode()
    assert (
        client.post(link, {"item": "0", "decision": "approve", "name": "Kim", "note": "Yes"}).status_code
        == 303
    )
    prove(execution)
    assert node_run(execution, "ok").question["answers"][0]["by"] == "Kim (by link)"
    assert "This is decided" in client.get(link).content.decode()
    assert client.get(link[:-2]).status_code == 404
    assert "/decide/" not in signed_in(alice).get(f"/executions/{one(alice).pk}").content.decode()
