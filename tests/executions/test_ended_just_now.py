"""What a socket tells of a run that ended in this process just now, without asking the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from cachetools import TTLCache

from accounts.models import User
from executions.actions import cancel_execution
from executions.models import GUEST, Execution
from executions.runs import ENDED_SECONDS, MOST_ENDED, MOST_ROWS_OF_ENDED, _kept
from executions.story import Story
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import Hand, prompt, start
from tests.factories import team_of
from tests.workflows.graphs import node

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Stands still until the test moves it."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(_kept, "_ended", TTLCache(MOST_ENDED, ENDED_SECONDS, timer=made))
    return made


def of_a_list(words: str) -> tuple[Any, ...]:
    nodes = [text("words", words), lines(), each(), llm("make"), collect()]
    return (nodes, *LIST, "each.item make.prompt", "make.text all.item")


def on_the_spot(words: str) -> tuple[Any, ...]:
    return [text("ask", words), preview()], "ask.prompt out.value"


def carried(user: User, *graph: Any) -> Execution:
    return Hand().finish(start(user, *graph))


def stopped(user: User, *graph: Any) -> Execution:
    execution = start(user, *graph)
    cancel_execution(execution_id=execution.pk)
    return execution


def at_hand(execution: Execution, **within: Any) -> list[dict[str, Any]] | None:
    return Story(execution.pk, within).at_hand()


@pytest.mark.parametrize(
    ("end", "graph"),
    [
        (carried, prompt("a boat")),
        (carried, prompt("[block]")),
        (carried, of_a_list("a,[block],c")),
        (carried, on_the_spot("a boat")),
        (start, on_the_spot("a boat")),
        (stopped, prompt("a boat")),
    ],
)
def test_it_is_what_is_stored(alice, end: Callable[..., Execution], graph: tuple[Any, ...]):
    execution = end(alice, *graph)
    story, asking = Story(execution.pk, {}), Story(execution.pk, {})
    frames, stored = story.at_hand(), asking.frames()
    assert frames is not None and stored
    assert json.loads(json.dumps(frames)) == json.loads(json.dumps(stored))
    assert story.is_over and asking.is_over
    assert story.at_hand() is None  # once is enough


def test_it_is_told_to_those_alone_who_may_see_it(alice, charlie):
    execution = start(alice, *on_the_spot("a boat"))
    mine = {"workflow": execution.workflow_id, "team": team_of(alice).pk}
    assert at_hand(execution, **mine)
    assert at_hand(execution, **{**mine, "team": team_of(charlie).pk}) is None
    assert at_hand(execution, **{**mine, "workflow": "other"}) is None
    assert at_hand(start(alice, *on_the_spot("a boat"), trigger=GUEST)) == []


def test_runs_that_go_on_large_ones_and_older_ones_are_asked_for(alice):
    first = start(alice, *on_the_spot("a boat"))
    assert at_hand(start(alice, *prompt("a boat"))) is None
    many = ",".join(str(number) for number in range(MOST_ROWS_OF_ENDED))
    nodes = [text("words", many), lines(), each(), node("step", "utility:text_replace", find="1"), collect()]
    large = start(alice, nodes, *LIST, "each.item step.text", "step.text all.item")
    assert large.is_over
    assert at_hand(large) is None
    for _ in range(MOST_ENDED):
        start(alice, *on_the_spot("a boat"))
    assert at_hand(first) is None


def test_it_is_asked_for_a_moment_later(alice, clock):
    execution = start(alice, *on_the_spot("a boat"))
    clock.seconds = ENDED_SECONDS * 0.9
    assert at_hand(execution)
    clock.seconds = ENDED_SECONDS
    assert at_hand(execution) is None
