"""Accepting a run: one transaction, or a refusal that leaves everything as it was."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Team
from credits.models import Hold
from credits.wallets import InsufficientCredits
from executions.actions import Start, start_execution
from executions.models import Event, Execution, NodeRun
from executions.states import ExecutionStatus
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import (
    Hand,
    everything_stored,
    make_workflow,
    prompt,
    prove,
    start,
    statuses,
    wallet,
)
from tests.executions.scripted import Scripted, done, serve_by
from tests.factories import team_of
from tests.workflows.graphs import chain, node
from wireflow_ui.errors import WireflowError
from workflows.errors import InvalidGraph
from workflows.models import Workflow

FAN = (
    [text("words", "a,b,c"), lines(), each(), llm("make"), collect(), preview()],
    *LIST,
    "each.item make.prompt",
    "make.text all.item",
    "all.list out.value",
)


def refused(error, workflow: Workflow, **how) -> WireflowError:
    """The refusal of this start; everything must be as it was."""
    before = everything_stored()
    with pytest.raises(error) as refusal:
        start_execution(workflow=workflow, team=workflow.team, start=Start(**how))
    assert everything_stored() == before
    return refusal.value


def test_what_is_accepted_is_all_there(alice):
    execution = start(alice, *prompt("a lighthouse"))
    assert execution.status == ExecutionStatus.RUNNING
    assert statuses(execution) == {"ask": "COMPLETED", "make": "READY", "out": "PENDING"}
    make = NodeRun.objects.get(node_id="make")
    assert Hold.objects.get().reference == f"node-run:{make.pk}"
    assert wallet(alice) == (999, 1, 0)
    assert [(one.seq, one.kind) for one in Event.objects.all()] == [(1, "execution.started")]
    workflow = execution.workflow
    assert workflow is not None
    workflow.refresh_from_db()
    assert (workflow.execution_count, workflow.last_executed_at) == (1, execution.created_at)
    prove(execution)


@pytest.mark.django_db(transaction=True)
def test_a_run_is_accepted_in_one_transaction(alice):
    workflow = make_workflow(alice, *FAN)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        start_execution(workflow=workflow, team=workflow.team, start=Start())
    words = [query["sql"].split()[0] for query in queries]
    assert words.count("BEGIN") == words.count("COMMIT") == 1
    first_write = next(place for place, word in enumerate(words) if word in ("INSERT", "UPDATE", "DELETE"))
    assert words.index("BEGIN") < first_write
    assert words[-1] == "COMMIT"


def test_every_item_that_is_known_is_held_for_at_once(alice):
    execution = start(alice, *FAN)
    assert NodeRun.objects.filter(execution=execution, node_id="make").count() == 3
    assert wallet(alice) == (997, 3, 0)
    prove(execution)


def test_too_few_credits_are_refused_with_what_costs_what(alice):
    refusal = refused(InsufficientCredits, make_workflow(alice, *FAN, credits=2))
    assert refusal.as_body() == {
        "error": "Insufficient credits. Required: 3, Available: 2",
        "code": "insufficient_credits",
        "type": "insufficient_credits_error",
        "insufficientCredits": True,
        "requiredCredits": 3,
        "availableCredits": 2,
        "breakdown": [{"nodeId": "make", "nodeLabel": "Gemini Text", "credits": 3}],
    }
    assert refusal.status == 402


def test_a_team_without_a_wallet_has_no_credits(alice):
    assert (
        refused(InsufficientCredits, make_workflow(alice, *FAN, credits=0)).context["availableCredits"] == 0
    )


def test_a_team_whose_sandbox_is_free_pays_nothing(alice):
    Team.objects.filter(pk=team_of(alice).pk).update(sandbox_free=True)
    execution = start(alice, *FAN, credits=0)
    assert set(NodeRun.objects.filter(execution=execution).values_list("price", flat=True)) == {0}
    assert not Hold.objects.exists()


def test_an_empty_workflow_is_refused(alice):
    refusal = refused(WireflowError, make_workflow(alice, []))
    assert (refusal.code, refusal.message) == ("empty_workflow", "At least one node must be provided")


def test_a_graph_with_errors_is_refused_with_all_of_them(alice):
    workflow = make_workflow(alice, [])
    refusal = refused(InvalidGraph, workflow, nodes=[llm("a"), llm("b")], edges=[])
    assert [one["nodeId"] for one in refusal.context["violations"]] == ["a", "b"]


@pytest.mark.parametrize("inputs", [{}, {"ask": ""}, {"Text Input": " \n"}])
def test_a_model_whose_only_text_is_blank_is_refused_before_anything_is_paid(alice, inputs):
    workflow = make_workflow(alice, *prompt("" if not inputs else "a boat"))
    refusal = refused(InvalidGraph, workflow, inputs=inputs)
    [violation] = refusal.context["violations"]
    assert (refusal.status, violation["nodeId"], violation["field"]) == (422, "make", "prompt")
    assert violation["message"] == (
        '"Gemini Text" needs Prompt, and "Text Input", which is wired to it, is empty.'
    )


def test_a_blank_text_starts_a_run_that_gives_it_words_or_does_without_it(alice):
    workflow = make_workflow(alice, *prompt(""))
    start_execution(workflow=workflow, team=workflow.team, start=Start(inputs={"ask": "a boat"}))
    lone = make_workflow(
        alice, [text("ask", ""), text("own", "x"), llm("make")], "ask.prompt make.system_prompt", credits=0
    )
    own = [text("ask", ""), llm("make", prompt="a boat")]
    edges = chain("ask.prompt make.system_prompt")
    start_execution(workflow=lone, team=lone.team, start=Start(nodes=own, edges=edges))
    assert statuses(start(alice, *prompt(""), target_node_id="ask", credits=0)) == {"ask": "COMPLETED"}


def test_a_text_that_turns_out_blank_stops_the_next_model_and_gives_its_credits_back(alice, monkeypatch):
    provider = serve_by(Scripted(submits=[done(" \n")]), monkeypatch)
    nodes = [text("ask", "a boat"), llm("first"), llm("second"), preview()]
    execution = start(
        alice, nodes, "ask.prompt first.prompt", "first.text second.prompt", "second.text out.value"
    )
    assert wallet(alice) == (998, 2, 0)
    Hand().finish(execution)
    assert (execution.status, execution.error_code) == ("FAILED", "bad_value")
    assert NodeRun.objects.get(node_id="second").error == (
        "“Gemini Text” got an empty text for Prompt. It was not started and cost nothing."
    )
    assert (len(provider.keys), wallet(alice)) == (1, (999, 0, 1))
    prove(execution)


def test_a_node_that_cannot_run_here_is_refused(alice):
    nodes = [text("words", "a boat"), node("film", "video:remotion")]
    workflow = make_workflow(alice, [])
    violations = refused(InvalidGraph, workflow, nodes=nodes, edges=[]).context["violations"]
    assert [one["rule"] for one in violations if one["nodeId"] == "film"] == ["requirement-missing"]


def test_an_input_whose_file_is_gone_is_refused(alice):
    picture = node("photo", "input:image", image={"assetId": "as_gone", "url": "/media/as_gone.png"})
    nodes = [picture, llm("make", prompt="What is it?")]
    workflow = make_workflow(alice, nodes, "photo.image make.image1")
    [violation] = refused(InvalidGraph, workflow).context["violations"]
    assert violation["message"] == "“Image Input”: the file is not there any more. Choose it again."


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
@pytest.mark.parametrize("steps", [[], ["photo.{kind} out.media"]])
def test_an_input_that_can_be_no_file_is_refused_whether_or_not_something_hangs_on_it(alice, kind, steps):
    nodes = [
        node("photo", f"input:{kind}", **{kind: "nonsense"}),
        node("out", "output:preview"),
    ]
    workflow = make_workflow(alice, nodes, *(step.format(kind=kind) for step in steps))
    found = refused(InvalidGraph, workflow).context["violations"]
    assert [one["message"] for one in found if one["nodeId"] == "photo"] == [
        f"“{kind.title()} Input” takes a file: its address (https://…), or the address or id of one that was uploaded. "
        "“nonsense” is none of these."
    ]


def test_an_unknown_target_is_refused(alice):
    refusal = refused(WireflowError, make_workflow(alice, *FAN), target_node_id="nothing")
    assert refusal.code == "node_not_found"


def test_an_input_that_is_not_there_is_refused_naming_those_that_are(alice):
    refusal = refused(WireflowError, make_workflow(alice, *FAN), inputs={"colour": "red"})
    assert refusal.message == "There is no input “colour”. Inputs: words (“Text Input”, text)."


@pytest.mark.parametrize("key", ["ask", "TEXT INPUT", "text-input", "prompt"])
def test_inputs_are_found_by_id_label_slug_or_value_key(alice, key):
    execution = start(alice, *prompt("old"), inputs={key: "new"})
    assert NodeRun.objects.get(node_id="ask").output == {"prompt": "new"}
    assert execution.inputs == {key: "new"}
    assert execution.version.nodes[0]["data"]["params"]["prompt"] == "new"


def test_a_target_runs_with_what_it_needs_and_nothing_else(alice):
    nodes, *steps = prompt("x")
    execution = start(alice, [*nodes, llm("beside", prompt="y")], *steps, target_node_id="make")
    assert statuses(execution) == {"ask": "COMPLETED", "make": "READY"}


def test_errors_in_parts_that_do_not_run_do_not_matter(alice):
    workflow = make_workflow(alice, [])
    nodes = [*prompt("x")[0], llm("unfinished")]
    how = Start(nodes=nodes, edges=chain(*prompt("x")[1:]), target_node_id="make")
    execution = start_execution(workflow=workflow, team=workflow.team, start=how)
    assert statuses(execution) == {"ask": "COMPLETED", "make": "READY"}


def test_a_run_without_remote_work_can_end_while_it_is_accepted(alice):
    nodes = [text("a", "x"), node("p", "utility:prompt_concat", suffix="!"), preview()]
    execution = start(alice, nodes, "a.prompt p.prompt1", "p.prompt out.value", credits=0)
    assert execution.status == ExecutionStatus.COMPLETED
    kinds = list(Event.objects.order_by("seq").values_list("kind", flat=True))
    assert kinds == ["execution.started", "execution.completed"]
    prove(execution)


def test_a_given_graph_leaves_the_workflow_as_it_is(alice):
    workflow = make_workflow(alice, *prompt("saved"))
    before = workflow.graph_json()
    nodes, *steps = prompt("given")
    start_execution(workflow=workflow, team=workflow.team, start=Start(nodes=nodes, edges=chain(*steps)))
    assert workflow.graph_json() == before
    assert Execution.objects.get().version.nodes[0]["data"]["params"]["prompt"] == "given"
