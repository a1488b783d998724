"""Short ways to start a run, to work on it by hand, and to look at what became of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any
from unittest import mock

from django.db import connection
from django.db.models import Sum

from accounts.models import User
from credits.actions import grant
from credits.models import Entry, Hold, Wallet
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.engine import claims, waits
from executions.engine.polls import poll
from executions.engine.results import Result, complete
from executions.engine.waits import Wait
from executions.engine.work import note, work
from executions.models import Event, Execution, NodeRun, Submission
from executions.states import NodeStatus
from tests.executions.boards import llm, preview, text
from tests.factories import actor_for, team_of
from tests.processes import PATIENCE
from tests.workflows.graphs import Json, chain
from workflows import actions
from workflows.models import Workflow


def make_workflow(user: User, nodes: list[Json], *steps: str, credits: int = 1000) -> Workflow:
    """A workflow of this person's team, which gets ``credits`` to spend."""
    if credits:
        grant(team=team_of(user), amount=credits, reason="test")
    return actions.create_workflow(
        actor=actor_for(user), name="Words", nodes=nodes, edges=chain(*steps)
    ).workflow


def start(user: User, nodes: list[Json], *steps: str, credits: int = 1000, **how: Any) -> Execution:
    workflow = make_workflow(user, nodes, *steps, credits=credits)
    return start_execution(workflow=workflow, team=team_of(user), start=Start(**how), user=user)


def prompt(words: str, *, credits: int = 1000) -> tuple[list[Json], str, str]:
    """Arguments for `start`: one call with this prompt, and its text shown."""
    return [text("ask", words), llm("make"), preview()], "ask.prompt make.prompt", "make.text out.value"


def node_run(execution: Execution, node_id: str = "make", item_path: str = "") -> NodeRun:
    return NodeRun.objects.get(execution=execution, node_id=node_id, item_path=item_path)


def statuses(execution: Execution) -> dict[str, str]:
    """Node id (and item) → status, as stored."""
    return {
        str(row): row.status for row in NodeRun.objects.filter(execution=execution).order_by("position", "id")
    }


def until(what: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
    """What ``what()`` gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, f"It did not come true within {seconds:g} seconds."
        time.sleep(0.005)
    return found


def end_of(execution: Execution, *, seconds: float = PATIENCE) -> Execution:
    """The execution once it is over; by then events and money are right."""

    def over() -> bool:
        execution.refresh_from_db()
        return execution.is_over

    until(over, seconds=seconds)
    prove(execution)
    return execution


def prove(execution: Execution) -> None:
    """Events are numbered without a gap, and the money agrees with the runs."""
    execution.refresh_from_db()
    seqs = list(Event.objects.filter(execution=execution).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, execution.last_seq + 1))
    assert faults() == []


def wallet(user: User) -> tuple[int, int, int]:
    """(available, held, spent)"""
    one = Wallet.objects.get(team=team_of(user))
    return one.available, one.held, one.spent


def everything_stored() -> dict[str, Any]:
    """What a refusal must leave as it was."""
    tables = (Execution, NodeRun, Submission, Event, Hold, Entry)
    counts: dict[str, Any] = {table.__name__: table.objects.count() for table in tables}
    sums = Wallet.objects.aggregate(Sum("available"), Sum("held"), Sum("spent"))
    return counts | sums | {"runs": sum(Workflow.objects.values_list("execution_count", flat=True))}


class _Here(Executor):
    """Leaves every call to the thread of the test: its transaction is there."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[tuple[Future[Any], Callable[..., Any]] | None] = SimpleQueue()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._calls.put((future, lambda: function(*args, **kwargs)))
        return future

    def serve(self, doing: Coroutine[Any, Any, None]) -> None:
        """Carry a coroutine on a loop elsewhere and do here what it asks for."""
        # The connection is the test's own: not to be given back, as Django's test client keeps it for its requests.
        keeping = mock.patch("executions.engine.work.close_old_connections")
        with keeping, ThreadPoolExecutor(1) as elsewhere:
            done = elsewhere.submit(asyncio.run, doing)
            done.add_done_callback(lambda _: self._calls.put(None))
            while (call := self._calls.get()) is not None:
                future, function = call
                try:
                    future.set_result(function())
                except Exception as error:  # noqa: BLE001  # as every executor does
                    future.set_exception(error)
            done.result()


class Hand:
    """An engine without loop and bell: each step is made by the test, in its transaction.

    ``waits`` are the pauses that were asked for, ``stopped`` the node runs whose jobs should stop.
    """

    def __init__(self) -> None:
        self.database = self.notes = self.files = _Here()
        self.ready_ids: list[int] = []
        self.waits: list[float] = []
        self.stopped: list[int] = []

    async def complete(self, result: Result) -> None:
        self.ready(await note(self.notes, complete, [result]))

    async def wait(self, wait: Wait) -> bool:
        [is_ours] = await note(self.notes, waits.wait_for_results, [wait])
        return is_ours

    async def wait_on(self, wait: Wait) -> bool:
        [is_ours] = await note(self.notes, waits.still_waiting, [wait])
        return is_ours

    def ready(self, node_run_ids: list[int]) -> None:
        self.ready_ids += node_run_ids

    def later(self, seconds: float, node_run_id: int) -> None:
        self.waits.append(seconds)

    def cancelled(self, node_run_ids: list[int]) -> None:
        self.stopped += node_run_ids

    def claim(self, rows: Iterable[NodeRun]) -> list[claims.Claim]:
        return claims.claim([row.pk for row in rows])

    def carry(self, claim: claims.Claim) -> None:
        self.database.serve(work(claim, self))

    def poll(self, claim: claims.Claim) -> None:
        self.database.serve(poll(claim, self))

    def do(self, execution: Execution) -> int:
        """Claim and carry all that lies ready; how much there was."""
        claimed = self.claim(NodeRun.objects.filter(execution=execution, status=NodeStatus.READY))
        for claim in claimed:
            self.carry(claim)
        return len(claimed)

    def finish(self, execution: Execution) -> Execution:
        """Carry what lies ready until nothing does."""
        while self.do(execution):
            pass
        execution.refresh_from_db()
        return execution


def result_of(claim: claims.Claim, text: str) -> Result:
    """What a worker writes down that made this text of it."""
    return Result(
        execution_id=claim.execution_id,
        team_id=claim.team_id,
        node_run_id=claim.node_run_id,
        attempt=claim.attempt,
        outputs={"text": text},
        price=claim.price,
        content_hash=claim.content_hash,
        submission_id=claim.submission.id if claim.submission else None,
    )


class Here:
    """Is given what is claimed in this process (`executions.dispatch.Carrier`), and leaves the work to the test."""

    def __init__(self) -> None:
        self.taken: list[claims.Claim] = []

    def carry(self, claimed: Sequence[claims.Claim]) -> None:
        assert not connection.in_atomic_block, "It is committed by then."
        self.taken += claimed

    def work(self) -> None:
        Hand().carry(self.taken.pop(0))


def age(rows: Collection[NodeRun], **times: Any) -> None:
    """Set times of node runs, as if so much had passed."""
    NodeRun.objects.filter(pk__in=[row.pk for row in rows]).update(**times)
