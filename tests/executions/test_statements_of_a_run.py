"""What a run asks of the database: every statement costs every run, so their number is told here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executions.actions import Start, start_execution
from executions.engine import claims, due, waits
from executions.engine.claims import Claim
from executions.engine.results import complete
from executions.engine.waits import Wait
from executions.models import Execution
from tests.executions.boards import preview, text
from tests.executions.runs import make_workflow, node_run, prompt, prove, result_of
from tests.factories import team_of

pytestmark = pytest.mark.django_db(transaction=True)


def asked(what: Callable[[], object]) -> list[str]:
    """The statements of ``what``, each as its first word and its table."""
    with CaptureQueriesContext(connection) as context:
        what()
    found = [
        query["sql"].rpartition(" times: ")[2].replace('"', "").split() for query in context.captured_queries
    ]
    return [_short(words) for words in found if words[0] not in ("BEGIN", "COMMIT")]


def _short(words: list[str]) -> str:
    after = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}[words[0]]
    return f"{words[0]} {words[words.index(after) + 1].partition('_')[2]}"


def test_a_run_of_one_call(here, alice):
    workflow = make_workflow(alice, *prompt("a boat"))
    run: list[Execution] = []

    def accept() -> None:
        run.append(start_execution(workflow=workflow, team=team, start=Start(), user=alice))

    team = team_of(alice)
    accept()
    here.work()  # from now on graph and version are known
    assert asked(accept) == [
        "INSERT batch",
        "INSERT noderun",
        "INSERT hold",
        "INSERT entry",
        "INSERT event",
        "INSERT execution",
        "UPDATE wallet",  # from here to the commit other runs of the team wait
        "UPDATE workflow",
        "UPDATE noderun",  # taken up at once
        "INSERT event",
        "UPDATE execution",
        "INSERT submission",
    ]
    assert asked(here.work) == [
        "SELECT execution",
        "UPDATE noderun",
        "SELECT hold",
        "INSERT holdclosing",
        "INSERT entry",
        "UPDATE submission",
        "UPDATE noderun",  # what shows the text
        "INSERT event",
        "UPDATE execution",
        "UPDATE wallet",
        "SELECT execution",  # does another one wait for its turn?
    ]
    prove(run[-1])
    assert run[-1].status == "COMPLETED"


def test_a_run_that_is_over_as_it_begins(here, alice):
    workflow = make_workflow(alice, [text("ask", "a boat"), preview()], "ask.prompt out.value")
    team = team_of(alice)

    def accept() -> None:
        execution = start_execution(workflow=workflow, team=team, start=Start(), user=alice)
        assert execution.status == "COMPLETED"

    accept()
    assert asked(accept) == [
        "INSERT batch",
        "INSERT noderun",
        "INSERT event",
        "INSERT execution",
        "UPDATE workflow",
        "SELECT execution",
    ]
    prove(Execution.objects.latest("created_at"))


def test_runs_that_wait_for_their_provider_share_their_statements(alice):
    team = team_of(alice)
    workflow = make_workflow(alice, *prompt("a boat"))
    how = {"workflow": workflow, "team": team, "user": alice}
    runs = [start_execution(start=Start(), **how) for _ in range(6)]
    ids = [node_run(run).pk for run in runs]
    begun: list[Claim] = []
    due_again: list[Claim] = []
    assert asked(lambda: begun.extend(claims.claim(ids))) == [
        "SELECT execution",
        "SELECT version",
        "SELECT noderun",
        "SELECT team",
        "UPDATE noderun",
        "UPDATE execution",
        "INSERT event",
        "INSERT submission",
    ]
    assert asked(lambda: waits.wait_for_results([promise(one, 0.1) for one in begun])) == [
        "SELECT execution",
        "UPDATE submission",
        "UPDATE noderun",
        "UPDATE execution",
        "INSERT event",
    ]
    assert asked(lambda: due_again.extend(due.claim_polls(ids))) == [
        "SELECT execution",
        "SELECT noderun",
        "UPDATE noderun",
        "SELECT submission",
    ]
    assert asked(lambda: waits.still_waiting([promise(one, 0.5) for one in due_again])) == [
        "SELECT execution",
        "UPDATE noderun",
        "UPDATE execution",
        "INSERT event",
    ]
    assert asked(lambda: complete([result_of(one, "made") for one in due_again])) == [
        "SELECT execution",
        "SELECT hold",
        "INSERT holdclosing",
        "INSERT entry",
        "UPDATE submission",
        "UPDATE noderun",
        "UPDATE noderun",  # what shows the texts
        "UPDATE execution",
        "INSERT event",
        "UPDATE wallet",
        "SELECT execution",  # does another one wait for its turn?
    ]
    for run in runs:
        prove(run)
        assert run.status == "COMPLETED"


def promise(claim: Claim, progress: float) -> Wait:
    assert claim.submission is not None
    return Wait(
        claim.execution_id,
        claim.node_run_id,
        claim.attempt,
        delay=0,
        progress=progress,
        submission_id=claim.submission.id,
        ref=f"job-{claim.node_run_id}",
    )
