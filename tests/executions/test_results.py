"""Results that come together are written together, and none for another."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executions.actions import cancel_execution
from executions.engine import claims
from executions.engine.results import Result, complete
from executions.models import Execution, NodeRun, Submission
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import (
    end_of,
    everything_stored,
    node_run,
    prompt,
    prove,
    result_of,
    start,
    statuses,
    wallet,
)
from tests.executions.scripted import Scripted, done, serve_by


def results_of(*executions: Execution) -> list[Result]:
    ids = NodeRun.objects.filter(execution__in=executions, status="READY").values_list("pk", flat=True)
    return [result_of(one, f"made {one.node_run_id}") for one in claims.claim(list(ids))]


@pytest.mark.django_db
def test_results_of_several_runs_cost_as_many_statements_as_one(alice):
    runs = [start(alice, *prompt(f"boat {n}")) for n in range(4)]
    several = results_of(*runs)
    with CaptureQueriesContext(connection) as context:
        assert complete(several) == []
    sent = [one["sql"] for one in context.captured_queries]
    # for all together the wallet and the submissions; for each the node run, what shows its text, and the execution
    assert sum('UPDATE "' in one for one in sent) == 2 + 3
    assert sum(one.startswith("4 times: UPDATE") for one in sent) == 3
    assert sum("INSERT" in one for one in sent) == 3  # closings, entries, events
    for run in runs:
        prove(run)
        assert (run.status, node_run(run).output) == ("COMPLETED", {"text": f"made {node_run(run).pk}"})
    assert wallet(alice) == (3996, 0, 4)
    assert Submission.objects.filter(state="done").count() == 4


@pytest.mark.django_db
def test_results_of_one_run_let_it_go_on_once(alice):
    nodes = [text("words", "a,b,c"), lines(), each(), llm("make"), collect(), preview()]
    execution = start(
        alice, nodes, *LIST, "each.item make.prompt", "make.text all.item", "all.list out.value"
    )
    first, *others = results_of(execution)
    complete([first])
    assert complete(others) == []
    prove(execution)
    assert (execution.status, wallet(alice)) == ("COMPLETED", (997, 0, 3))
    assert set(statuses(execution).values()) == {"COMPLETED"}


@pytest.mark.django_db
def test_one_that_came_too_late_is_passed_over_and_the_others_are_taken(alice):
    gone, kept = start(alice, *prompt("x")), start(alice, *prompt("y"))
    late, right = results_of(gone, kept)
    cancel_execution(execution_id=gone.pk)
    complete([late, right, right, replace(right, attempt=2)])
    prove(gone)
    prove(kept)
    assert (gone.status, kept.status, wallet(alice)) == ("CANCELLED", "COMPLETED", (1999, 0, 1))
    before = everything_stored()
    assert complete([late, right]) == []
    assert everything_stored() == before


def test_one_that_cannot_be_written_fails_alone(alice, engine, monkeypatch):
    """While the first one is written, two more come; one of them would cost more than is held for it."""
    come, written = Event(), []

    def writing(results):
        if not written:
            come.wait(30)
        written.append(len(results))
        return complete([replace(one, price=2) if "bad" in str(one.outputs) else one for one in results])

    monkeypatch.setattr("executions.engine.finishing.complete", writing)
    serve_by(Scripted(submits=[done("first"), done("bad"), done("good")]), monkeypatch)
    runs = [start(alice, *prompt("x")) for _ in range(3)]
    come.set()
    ended = [end_of(run) for run in runs]
    assert sorted(run.status for run in ended) == ["COMPLETED", "COMPLETED", "FAILED"]
    assert {run.error_code for run in ended} == {"", "internal_error"}
    assert wallet(alice) == (2998, 0, 2)
