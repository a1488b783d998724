"""The numbered story of a run: a snapshot and the events after it are a fresh snapshot, at any moment."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from django.db.models.functions import Now

from credits.actions import grant
from credits.limits import set_limit
from credits.models import Wallet
from executions.actions import cancel_execution
from executions.engine import claims, due, record
from executions.engine.sweeper import sweep
from executions.events import event_object
from executions.models import Event, Execution, NodeRun
from executions.runs import graph_of
from executions.wire import execution_object
from providers.errors import ServerFault
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import Hand, age, prompt, prove, start
from tests.executions.scripted import Answer, Scripted, done, serve_by, taken
from tests.factories import actor_for, team_of
from tests.workflows.graphs import Json, node

FAN = (*LIST, "each.item make.prompt", "make.text then.prompt", "then.text all.item", "all.list out.value")


def snapshot(execution: Execution) -> dict[str, Any]:
    fresh = Execution.objects.get(pk=execution.pk)
    runs = list(fresh.node_runs.order_by("position", "id"))
    return execution_object(fresh, graph_of(fresh), runs)


def fold(state: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """The state as a client has it that takes each event for the whole truth about its subject."""
    runs = {(run["nodeId"], *run["itemPath"]): run for run in state["nodeResults"]["nodeRuns"]}
    folded = dict(state)
    for event in events:
        assert event["seq"] == folded["seq"] + 1
        folded["seq"] = event["seq"]
        if event["kind"].startswith("node_run."):
            runs[event["nodeId"], *event["itemPath"]] = event["data"]
        else:
            folded |= event["data"]
    return folded | {"nodeResults": {"nodeRuns": list(runs.values())}}


def in_order(state: dict[str, Any]) -> dict[str, Any]:
    """What of a state is told by events, its node runs sorted."""
    runs = sorted(state["nodeResults"]["nodeRuns"], key=lambda run: (run["nodeId"], run["itemPath"]))
    told = {key: state[key] for key in ("seq", "status", "error", "errorCode", "warnings", "endTime")}
    return told | {"runs": runs}


def events_after(execution: Execution, seq: int) -> list[dict[str, Any]]:
    return [event_object(one) for one in execution.events.filter(seq__gt=seq).order_by("seq")]


def stroll(execution: Execution, hand: Hand, dice: random.Random, *, snapshots: list[dict[str, Any]]) -> None:
    """Do whatever may happen to a run, in any order, and look at it after each step."""
    held: list[claims.Claim] = []
    for _ in range(200):
        execution.refresh_from_db()
        if execution.is_over:
            return
        ready = list(NodeRun.objects.filter(execution=execution, status="READY"))
        waiting = NodeRun.objects.filter(execution=execution, status="WAITING")
        match dice.choice(["claim", "claim", "carry", "carry", "back", "die", "due", "due", "cancel"]):
            case "claim" if ready:
                held += hand.claim(dice.sample(ready, dice.randint(1, len(ready))))
            case "carry" if held:
                hand.carry(held.pop(dice.randrange(len(held))))
            case "back" if held:
                one = held.pop()
                record.put_back(
                    execution_id=one.execution_id, node_run_id=one.node_run_id, attempt=one.attempt
                )
            case "die" if held and dice.random() < 0.3:
                held.pop()
                age(NodeRun.objects.filter(status="RUNNING"), lease_until="2026-01-01T00:00:00Z")
                sweep()
            case "due" if waiting:
                age(waiting, due_at=Now())
                ids = list(waiting.values_list("pk", flat=True))
                due.wake_retries(ids)
                for claim in due.claim_polls(ids):
                    hand.poll(claim)
            case "cancel" if dice.random() < 0.02:
                cancel_execution(execution_id=execution.pk)
        snapshots.append(snapshot(execution))


def any_answer(dice: random.Random) -> Answer:
    answers: list[Answer] = [
        done(),
        done(),
        taken(f"job-{dice.random()}", progress=0.2),
        ServerFault("Down."),
    ]
    return dice.choice(answers)


@pytest.mark.parametrize("seed", range(2))
def test_a_snapshot_and_the_events_after_it_are_a_fresh_snapshot(alice, monkeypatch, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    answers: list[Answer] = [any_answer(dice) for _ in range(200)]
    fetches: list[Answer] = [dice.choice([done(), ServerFault("Down.")]) for _ in range(200)]
    serve_by(Scripted(submits=answers, fetches=fetches), monkeypatch)
    nodes: list[Json] = [
        text("words", "a,b,c"),
        lines(),
        each(concurrency=2),
        llm("make"),
        llm("then"),
        collect(),
    ]
    execution = start(alice, [*nodes, preview()], *FAN)
    snapshots = [snapshot(execution)]
    stroll(execution, Hand(), dice, snapshots=snapshots)
    told = events_after(execution, 0)
    end = snapshot(execution)
    assert end["status"] != "RUNNING"
    for one in snapshots:  # a client that comes back, wherever it stopped
        seen = fold(one, told[one["seq"] :])
        assert in_order(seen) == in_order(end)
        assert seen["creditsUsed"] == end["creditsUsed"]
    for earlier, later in itertools.pairwise(snapshots):  # and one that follows
        assert in_order(fold(earlier, told[earlier["seq"] : later["seq"]])) == in_order(later)
    prove(execution)


def test_node_runs_that_are_made_during_a_run_are_told(alice):
    nodes = [text("ask", "x"), llm("list_maker"), lines("list"), each(), llm("make"), collect()]
    steps = ("ask.prompt list_maker.prompt", "list_maker.text list.text", "list.items each.list")
    execution = start(alice, nodes, *steps, "each.item make.prompt", "make.text all.item")
    first = snapshot(execution)
    Hand().finish(execution)
    assert len(snapshot(execution)["nodeResults"]["nodeRuns"]) > len(first["nodeResults"]["nodeRuns"])
    told = fold(first, events_after(execution, first["seq"]))
    assert in_order(told) == in_order(snapshot(execution))


@pytest.mark.parametrize(
    ("credits", "limit", "is_hard", "code"),
    [
        (2, 0, False, "insufficient_credits"),
        (2, 1000, False, "insufficient_credits"),
        (100, 2, True, "spending_limit_reached"),
    ],
)
def test_items_that_cannot_be_paid_fail_and_are_told_as_they_are(
    alice, monkeypatch, credits, limit, is_hard, code
):
    if limit:
        actor = actor_for(alice)
        set_limit(actor=actor, subject="team", name="T", period="day", credits=limit, is_hard=is_hard)
    serve_by(Scripted(submits=[done("a,b,c")]), monkeypatch)
    nodes = [text("ask", "x"), llm("list_maker"), lines("list"), each(), llm("make"), collect()]
    steps = ("ask.prompt list_maker.prompt", "list_maker.text list.text", "list.items each.list")
    execution = start(alice, nodes, *steps, "each.item make.prompt", "make.text all.item", credits=credits)
    first = snapshot(execution)
    Hand().finish(execution)
    assert in_order(fold(first, events_after(execution, first["seq"]))) == in_order(snapshot(execution))
    failed = NodeRun.objects.filter(node_id="make", status="FAILED", error_code=code)
    assert failed.count() == 3
    assert execution.status == "FAILED"
    wallet = Wallet.objects.get(team=team_of(alice))
    assert (wallet.available, wallet.held, wallet.spent) == (credits - 1, 0, 1)
    prove(execution)


def test_an_event_names_its_node_and_item_and_holds_the_whole_entry(alice):
    execution = start(alice, *prompt("x"))
    Hand().finish(execution)
    event = event_object(Event.objects.filter(kind="node_run.completed", node_run__node_id="make").get())
    assert set(event) == {"seq", "kind", "nodeId", "itemPath", "at", "data"}
    assert (event["nodeId"], event["itemPath"]) == ("make", [])
    assert event["data"] in snapshot(execution)["nodeResults"]["nodeRuns"]


def test_a_run_without_news_writes_no_event(alice):
    execution = start(alice, *prompt("x"))
    grant(team=team_of(alice), amount=1, reason="test")
    sweep()
    assert Event.objects.filter(execution=execution).count() == 1


def test_a_branch_not_taken_is_told(alice):
    nodes = [
        text("a", "dog"),
        node("if", "logic:if", operator="contains", compare_to="cat"),
        llm("make"),
        preview(),
    ]
    execution = start(alice, nodes, "a.prompt if.value", "if.true make.prompt", "make.text out.value")
    assert [run["skipReason"] for run in snapshot(execution)["nodeResults"]["nodeRuns"][2:]] == ["branch"] * 2
    assert snapshot(execution)["status"] == "COMPLETED"
