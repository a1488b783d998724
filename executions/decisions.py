"""People's answers to what runs ask them, and what becomes of a question that nobody answers.

Each is one transaction under the execution's lock. The first answer to an item counts; a second one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.actor import Actor
from accounts.roles import RANK, is_at_least
from executions import dispatch
from executions.engine import record
from executions.models import NodeRun, WaitFor
from executions.questions import APPROVE, FAIL, PICK, Question, is_answered, outputs_of
from executions.runs import Run, load_run, lock_execution
from executions.states import NodeStatus
from executions.wire import media_in, waits_for_person, when
from executions.writing import money_in_order, proceed
from providers.errors import ProviderError
from wireflow_ui.errors import Conflict, Forbidden, NotFound, WireflowError

MOST_TEXT = 50_000


class AlreadyDecided(Conflict):
    """Somebody, or the time, has answered before."""

    code = "already_decided"

    def __init__(self) -> None:
        super().__init__("This was decided already. Load the run again to see how.")


class NotAsked(NotFound):
    """Nothing in this run waits for a decision there."""

    def __init__(self) -> None:
        super().__init__("This node waits for no decision in this run.")


class WrongAnswer(WireflowError):
    """The answer does not fit the question."""

    code = "invalid_decision"


class NobodyDecided(ProviderError):
    """The time for a decision is over."""

    code = "approval_timeout"


@dataclass(frozen=True)
class Answer:
    """A decision. ``item`` counts from 0 in a list, None means all that are open; ``value`` is a corrected item."""

    decision: str
    by: str
    note: str = ""
    item: int | None = None
    pick: int | None = None
    value: Any = None

    def as_stored(self, at: datetime) -> dict[str, Any]:
        stored: dict[str, Any] = {"decision": self.decision, "by": self.by, "note": self.note, "at": when(at)}
        stored |= {} if self.pick is None else {"pick": self.pick}
        return stored | ({} if self.value is None else {"value": self.value})


def may_decide(actor: Actor, question: Question) -> bool:
    """Whoever may run the workflow; of these only whom the node names: a role and all above it, or one person."""
    approvers = question["approvers"].lower()
    if not actor.may("run"):
        return False
    if approvers in RANK:
        return is_at_least(actor.role, approvers)
    return approvers in ("", actor.user.email.lower())


def check_may_decide(actor: Actor, question: Question) -> None:
    """Raises Forbidden, and says who may."""
    if not may_decide(actor, question):
        raise Forbidden(f"Forbidden: {question['approvers'] or 'A runner'} decides this.")


def decide(
    *,
    execution_id: UUID,
    node_id: str,
    answer: Answer,
    actor: Actor | None = None,
    path: Sequence[int] | None = None,
) -> None:
    """Answer what a node asks; the run goes on when everything it asked is answered.

    ``path`` says which item of a For Each is meant; without one, ``answer.item`` counts these where there are several,
    and all that are open are answered when neither is given. ``actor`` None: whoever holds the signed link.
    Raises `NotAsked` (404), `AlreadyDecided` (409), `WrongAnswer` (400) or `Forbidden`.
    """
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(execution_id)
        if execution is None:
            raise NotAsked
        run = load_run(execution)
        asked = sorted(
            (row for row in run.rows.values() if _is_meant(row, node_id)), key=lambda row: row.path
        )
        if not asked:
            raise NotAsked
        rows, item = _chosen(asked, path, answer.item)
        open_rows = [row for row in rows if waits_for_person(row)]
        if not open_rows or execution.is_over:
            raise AlreadyDecided
        for row in open_rows:
            if actor is not None:
                check_may_decide(actor, row.question or {})
            _answer(row, answer, item)
        ready = _go_on(run, open_rows)
        transaction.on_commit(lambda: dispatch.ring(ready))


def _is_meant(row: NodeRun, node_id: str) -> bool:
    return row.node_id == node_id and row.question is not None


def _chosen(
    asked: list[NodeRun], path: Sequence[int] | None, item: int | None
) -> tuple[list[NodeRun], int | None]:
    """The node runs that are meant, and which item of the list that each of them asks about."""
    if path is not None:
        rows = [row for row in asked if row.path == tuple(path)]
        if not rows:
            raise WrongAnswer(f"There is no item {list(path)} here; itemPath is counted from 0.")
        return rows, item
    if item is None or len(asked) == 1:
        return asked, item
    by_place = [row for row in asked if row.path[-1] == item]
    if len(by_place) != 1:
        raise WrongAnswer(f"Item {item} is not clear; give itemPath as nodeRuns tells it.")
    return by_place, None


def _answer(row: NodeRun, answer: Answer, item: int | None) -> None:
    """Put the answer into the row's question."""
    question = dict(row.question or {})
    answers = list(question["answers"])
    stored = answer.as_stored(timezone.now())
    if question["kind"] == PICK:
        count = len(question["items"])
        if answer.decision != APPROVE or answer.pick is None or not 0 <= answer.pick < count:
            raise WrongAnswer(f"Approve with pick from 0 to {count - 1}: the item that the run goes on with.")
        answers = [{**stored, "decision": PICK}]
    else:
        if item is not None and not 0 <= item < len(answers):
            raise WrongAnswer(f"There are {len(answers)} items, counted from 0.")
        _check_approval(question, answer, item)
        places = [place for place, old in enumerate(answers) if old is None]
        if item is not None:
            places = [item] if answers[item] is None else []
        if not places:
            raise AlreadyDecided
        for place in places:
            answers[place] = stored
    row.question = {**question, "answers": answers}


def _check_approval(question: Question, answer: Answer, item: int | None) -> None:
    if answer.pick is not None:
        raise WrongAnswer("There is nothing to pick here. Approve or reject, and leave pick out.")
    if answer.value is None:
        return
    if not question["mayEdit"] or answer.decision != APPROVE:
        raise WrongAnswer("Here the item cannot be corrected. Leave value out.")
    if item is None and len(question["items"]) > 1:
        raise WrongAnswer("Say which item is corrected: item, counted from 0.")
    old = question["items"][item or 0]
    if next(media_in([old, answer.value]), None) is not None:
        raise WrongAnswer("Files cannot be corrected here. Approve or reject the item, and leave value out.")
    if type(answer.value) is not type(old) and not (_is_number(answer.value) and _is_number(old)):
        raise WrongAnswer(
            "The corrected item must be of the same type: text for text, a number for a number."
        )
    if isinstance(answer.value, str) and len(answer.value) > MOST_TEXT:
        raise WrongAnswer(f"The corrected text is longer than {MOST_TEXT:,} characters.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _go_on(run: Run, rows: list[NodeRun]) -> list[int]:
    """Store the answers; what has them all is completed. Returns what became READY."""
    now = timezone.now()
    for row in rows:
        cell = run.board.cells[row.node_id, row.path]
        cell.question = row.question
        if not is_answered(row.question or {}):
            NodeRun.objects.filter(pk=row.pk).update(question=row.question)
            continue
        outputs = outputs_of(row.question or {})
        NodeRun.move(
            row.pk, to=NodeStatus.COMPLETED, question=row.question, output=outputs, ended_at=now, due_at=None
        )
        row.status, row.output, row.ended_at, row.due_at = NodeStatus.COMPLETED, outputs, now, None
        cell.status, cell.outputs = NodeStatus.COMPLETED, outputs
    with money_in_order([run]):
        return proceed(run, moved=rows)


def give_up(*, node_run_id: int) -> None:
    """The time for a decision is over: what is open is decided as the node says. Nothing, if it was decided."""
    row = NodeRun.objects.filter(pk=node_run_id, wait_for=WaitFor.PERSON, status=NodeStatus.WAITING).first()
    if row is None or row.question is None:
        return
    hours = row.question["hours"]
    if row.question["onTimeout"] == FAIL:
        error = NobodyDecided(f"Nobody decided within {hours} hours. Run it again and decide in time.")
        dispatch.ring(record.fail(node_run_id=row.pk, attempt=None, error=error))
        return
    answer = Answer(row.question["onTimeout"], by="", note=f"Nobody decided within {hours} hours.")
    try:
        decide(execution_id=row.execution_id, node_id=row.node_id, answer=answer, path=row.path)
    except AlreadyDecided:
        return  # somebody was quicker
