"""Several runs by one call: contract §7.5."""

from __future__ import annotations

import pytest

from accounts.models import Team
from credits.models import Hold
from executions import turns
from executions.actions import Start, accept_executions, cancel_execution, time_out_execution
from executions.batches import ItemList
from executions.engine import claims
from executions.engine.sweeper import neglected, sweep
from executions.models import Batch, Execution, NodeRun
from executions.states import ExecutionStatus, NodeStatus
from tests.executions.boards import preview, text
from tests.executions.doors import execute, poll, refusal
from tests.executions.runs import Hand, age, make_workflow, prompt, prove, wallet
from tests.factories import team_of
from workflows.models import Workflow


def lists(*configs):
    return {"iteratorConfigs": list(configs)}


def given(execution_id) -> dict[str, str]:
    """Node id → what the run's input nodes gave."""
    rows = NodeRun.objects.filter(execution=execution_id, node_type="input:text")
    return {row.node_id: row.output["prompt"] for row in rows}


def on_plan(alice, plan: str) -> None:
    Team.objects.filter(pk=team_of(alice).pk).update(plan=plan)


def statuses() -> list[str]:
    return list(Execution.objects.order_by("run_index").values_list("status", flat=True))


def batch_of(alice, count: int) -> list[Execution]:
    """A batch of as many runs on a plan that lets ten work at once."""
    workflow = make_workflow(alice, *prompt("x"))
    on_plan(alice, "pro")
    start = Start(lists=[ItemList("ask", [f"number {place}" for place in range(count)])])
    team = Team.objects.get(pk=workflow.team_id)
    return [one.execution for one in accept_executions(workflow=workflow, team=team, start=start)]


def test_a_list_makes_one_run_per_item_of_one_batch(api, alice, workflow):
    answer = execute(api, workflow, lists({"nodeId": "ask", "key": "prompt", "items": ["a", "b", "c"]}))
    got = answer.json()
    assert answer.status_code == 201
    runs = got["executionRuns"]
    batch = Batch.objects.get()
    assert [(run["runIndexInBatch"], run["inputIndex"], run["batchId"]) for run in runs] == [
        (place, place, str(batch.pk)) for place in range(3)
    ]
    assert (got["batchId"], got["executionId"]) == (str(batch.pk), runs[0]["id"])
    assert answer.headers["Location"] == f"/api/v1/workflows/executions/{runs[0]['id']}/poll"
    assert [given(run["id"]) for run in runs] == [{"ask": "a"}, {"ask": "b"}, {"ask": "c"}]
    assert list(Execution.objects.order_by("run_index").values_list("inputs", flat=True)) == [
        {"ask": "a"}, {"ask": "b"}, {"ask": "c"},
    ]  # fmt: skip
    assert wallet(alice) == (997, 3, 0)
    workflow.refresh_from_db()
    assert workflow.execution_count == 3
    for execution in Execution.objects.all():
        prove(Hand().finish(execution))
        assert poll(api, execution)["status"] == "COMPLETED"
    assert wallet(alice) == (997, 0, 3)


@pytest.mark.parametrize(
    ("mode", "expected", "indexes"),
    [
        ("zip", [("a", "1"), ("b", "2")], [0, 1]),
        ("product", [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")], [0, 0, 1, 1]),
    ],
)
def test_several_lists_advance_together_or_multiply(api, alice, mode, expected, indexes):
    nodes = [text("left", "x"), text("right", "y"), preview()]
    workflow = make_workflow(alice, nodes, "left.prompt out.value")
    both = [
        {"nodeId": name, "items": items, "mode": mode}
        for name, items in (("left", ["a", "b"]), ("right", ["1", "2"]))
    ]
    runs = execute(api, workflow, lists(*both)).json()["executionRuns"]
    assert [tuple(given(run["id"]).values()) for run in runs] == expected
    assert [run["inputIndex"] for run in runs] == indexes


def test_a_list_may_set_any_setting_of_any_node(api, workflow):
    config = {"nodeId": "make", "key": "max_tokens", "items": [100, 900]}
    execute(api, workflow, lists(config))
    stored = [
        next(node for node in one.version.nodes if node["id"] == "make")["data"]["params"]["max_tokens"]
        for one in Execution.objects.order_by("run_index")
    ]
    assert stored == [100, 900]


def test_a_list_of_one_and_no_lists_are_one_run(api, workflow):
    assert len(execute(api, workflow, lists({"nodeId": "ask", "items": ["a"]})).json()["executionRuns"]) == 1
    assert len(execute(api, workflow, lists()).json()["executionRuns"]) == 1


@pytest.mark.parametrize(
    ("configs", "said"),
    [
        ([{"nodeId": "ask", "items": []}], "iteratorConfigs"),
        ([{"nodeId": "ask", "items": ["a"] * 51}], "50"),
        ([{"nodeId": "ask", "items": ["a"], "mode": "each"}], "mode"),
        ([{"items": ["a"]}], "nodeId"),
        ([{"nodeId": "nobody", "items": ["a"]}], "There is no input “nobody”. Inputs: ask (“Text Input”, text)."),
        ([{"nodeId": "nobody", "key": "prompt", "items": ["a"]}], "The workflow has no node “nobody”."),
        ([{"nodeId": "ask", "key": "colour", "items": ["a"]}], "“ask” has no setting “colour”."),
        ([{"nodeId": "ask", "items": ["a"]}, {"nodeId": "make", "key": "prompt", "items": ["b", "c"]}],
         "Lists that advance together must be equally long (ask: 1, make: 2)."),
        ([{"nodeId": "ask", "items": ["a"] * 10, "mode": "product"},
          {"nodeId": "ask", "key": "prompt", "items": ["b"] * 6, "mode": "product"}],
         "This makes 60 runs; a batch may have 50. Send shorter lists."),
    ],
)  # fmt: skip
def test_lists_that_make_no_batch_are_refused(api, workflow, configs, said):
    status, body = refusal(api, workflow, lists(*configs))
    assert status == 400
    assert said in body["error"]
    assert not Batch.objects.exists()


def test_a_batch_is_paid_whole_or_not_at_all(api, alice):
    workflow = make_workflow(alice, *prompt("x"), credits=2)
    status, body = refusal(api, workflow, lists({"nodeId": "ask", "items": ["a", "b", "c"]}))
    assert (status, body["error"]) == (402, "Insufficient credits. Required: 3, Available: 2")
    assert body["breakdown"] == [{"nodeId": "make", "nodeLabel": "Gemini Text", "credits": 3}]
    assert wallet(alice) == (2, 0, 0)


def test_runs_beyond_the_plan_wait_for_their_turn(alice):
    executions = batch_of(alice, 12)
    assert statuses() == ["RUNNING"] * 10 + ["PENDING"] * 2
    assert Hold.objects.count() == 12
    waiting = NodeRun.objects.filter(execution=executions[10], status=NodeStatus.READY)
    age(waiting, ready_at="2020-01-01T00:00:00Z")
    assert claims.claim([row.pk for row in waiting]) == []
    assert neglected() == ([], [])


def test_a_waiting_run_polls_as_running(api, alice):
    executions = batch_of(alice, 11)
    got = poll(api, executions[10])
    assert (got["status"], got["endTime"]) == ("RUNNING", None)


def test_the_end_of_one_lets_the_next_go(alice, django_capture_on_commit_callbacks):
    executions = batch_of(alice, 12)
    with django_capture_on_commit_callbacks(execute=True):
        Hand().finish(executions[0])
    assert statuses() == ["COMPLETED", *["RUNNING"] * 10, "PENDING"]
    with django_capture_on_commit_callbacks(execute=True):
        cancel_execution(execution_id=executions[1].pk)
    assert statuses() == ["COMPLETED", "CANCELLED", *["RUNNING"] * 10]
    for execution in executions[2:]:
        prove(Hand().finish(execution))
    assert statuses() == ["COMPLETED", "CANCELLED", *["COMPLETED"] * 10]
    assert wallet(alice) == (989, 0, 11)


def test_a_waiting_run_can_be_cancelled(alice):
    executions = batch_of(alice, 11)
    assert cancel_execution(execution_id=executions[10].pk)
    prove(executions[10])
    assert executions[10].status == ExecutionStatus.CANCELLED
    assert wallet(alice) == (990, 10, 0)


def test_waiting_does_not_use_up_the_time_of_a_run(alice):
    executions = batch_of(alice, 11)
    Execution.objects.update(deadline_at="2020-01-01T00:00:00Z")
    assert sweep().timed_out == 10
    executions[10].refresh_from_db()
    assert (executions[10].status, time_out_execution(execution_id=executions[0].pk)) == ("PENDING", False)
    sweep()
    executions[10].refresh_from_db()
    assert executions[10].status == "RUNNING"
    assert executions[10].deadline_at > executions[10].created_at


def test_the_sweeper_lets_go_what_nobody_let_go(alice):
    executions = batch_of(alice, 12)
    Hand().finish(executions[0])
    assert statuses().count("PENDING") == 2
    sweep()
    assert statuses().count("PENDING") == 1
    assert turns.let_go(team_of(alice).pk) == 0


def test_without_a_limit_nothing_waits(api, workflow):
    execute(api, workflow, lists({"nodeId": "ask", "items": ["a"] * 12}))
    assert set(statuses()) == {"RUNNING"}


def test_runs_that_are_over_at_once_take_no_turn(alice):
    workflow = make_workflow(alice, [text("ask", "x"), preview()], "ask.prompt out.value")
    on_plan(alice, "pro")
    start = Start(lists=[ItemList("ask", ["a"] * 15)])
    accept_executions(workflow=workflow, team=Team.objects.get(pk=workflow.team_id), start=start)
    assert set(statuses()) == {"COMPLETED"}
    assert Workflow.objects.get().execution_count == 15


def test_an_estimate_is_of_the_whole_batch(api, workflow):
    body = lists({"nodeId": "ask", "items": ["a", "b", "c"]})
    got = api.post(f"/workflows/{workflow.pk}/estimate", body).json()["data"]
    assert (got["estimatedCredits"], got["sufficient"]) == (3, True)
    assert [
        (one["nodeId"], one["credits"], one["unitCredits"], one["iterations"]) for one in got["breakdown"]
    ] == [("make", 3, 1, 3)]
    assert not Execution.objects.exists()


def test_an_empty_list_of_items_is_refused_in_our_words(api, workflow):
    status, body = refusal(api, workflow, {"iteratorConfigs": [{"nodeId": "ask", "items": []}]})
    assert (status, body["error"]) == (400, "iteratorConfigs.0.items: This list must not be empty.")
