"""What a run asks of the database: every statement costs every run, so their number is told here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from executions.actions import Start, start_execution
from executions.models import Execution
from tests.executions.boards import preview, text
from tests.executions.runs import make_workflow, prompt, prove
from tests.factories import team_of

pytestmark = pytest.mark.django_db(transaction=True)


def asked(what: Callable[[], object]) -> list[str]:
    """The statements of ``what``, each as its first word and its table."""
    with CaptureQueriesContext(connection) as context:
        what()
    found = [query["sql"].replace('"', "").split() for query in context.captured_queries]
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
        "UPDATE wallet",
        "INSERT hold",
        "INSERT entry",
        "INSERT event",
        "INSERT execution",
        "UPDATE workflow",
        "UPDATE noderun",  # taken up at once
        "INSERT event",
        "INSERT submission",
        "UPDATE execution",
    ]
    assert asked(here.work) == [
        "SELECT execution",
        "UPDATE noderun",
        "SELECT hold",
        "INSERT holdclosing",
        "INSERT entry",
        "UPDATE wallet",
        "UPDATE submission",
        "UPDATE noderun",  # what shows the text
        "UPDATE execution",
        "INSERT event",
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
