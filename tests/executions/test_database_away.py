"""The database is away while a provider's answer comes in: the answer is kept in hand until it can be noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from executions.engine import due
from executions.models import Submission
from providers.errors import ContentBlocked, ServerFault
from tests.executions.runs import Hand, node_run, prompt, prove, start, wallet
from tests.executions.scripted import Answer, Scripted, done, serve_by, taken


@contextmanager
def away(*, times: int) -> Iterator[list[str]]:
    """So many times a move of a node run does not reach the database. The moves that were tried."""
    tried: list[str] = []

    def refuse(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith('UPDATE "executions_noderun"'):
            tried.append(sql)
            if len(tried) <= times:
                raise OperationalError("the database system is shutting down")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield tried


@pytest.mark.parametrize(
    ("answer", "status", "state", "spent"),
    [
        (done("made"), "COMPLETED", "done", (999, 0, 1)),
        (taken(), "WAITING", "sent", (999, 1, 0)),
        (ServerFault("Down."), "WAITING", "failed", (999, 1, 0)),
        (ContentBlocked("No."), "FAILED", "failed", (1000, 0, 0)),
    ],
)
def test_an_answer_is_noted_when_the_database_is_back(
    alice, monkeypatch, answer: Answer, status: str, state: str, spent: tuple[int, int, int]
):
    provider = serve_by(Scripted(submits=[answer], takes_keys=False), monkeypatch)
    execution = start(alice, *prompt("x"))
    hand = Hand()
    [claim] = hand.claim([node_run(execution)])
    with away(times=2) as tried:
        hand.carry(claim)
    assert len(tried) > 2
    assert (node_run(execution).status, len(provider.keys)) == (status, 1)
    assert Submission.objects.get().state == state
    assert wallet(alice) == spent
    prove(execution)


def test_a_poll_that_cannot_be_noted_is_noted_later(alice, monkeypatch):
    provider = serve_by(Scripted(submits=[taken()], fetches=[taken(progress=0.5)]), monkeypatch)
    execution = start(alice, *prompt("x"))
    hand = Hand()
    hand.do(execution)
    [claim] = due.claim_polls([node_run(execution).pk])
    with away(times=1) as tried:
        hand.poll(claim)
    assert (len(tried), provider.asked, node_run(execution).progress) == (2, ["job-1"], 0.5)
    prove(execution)


def test_an_answer_that_can_never_be_noted_is_left_to_the_sweeper(alice, monkeypatch):
    monkeypatch.setattr("executions.engine.work.NOTED_SECONDS", 0)
    serve_by(Scripted(submits=[done("made")]), monkeypatch)
    execution = start(alice, *prompt("x"))
    hand = Hand()
    [claim] = hand.claim([node_run(execution)])
    with away(times=100), pytest.raises(OperationalError):
        hand.carry(claim)
    assert (node_run(execution).status, wallet(alice)) == ("RUNNING", (999, 1, 0))
    assert Submission.objects.get().state == "intent"
    prove(execution)
