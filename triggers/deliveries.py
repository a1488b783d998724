"""Results on their way to addresses of the team's, until they are taken or nobody wants them.

A delivery is written in the transaction that has its node run wait (`take_on`). Whoever sends it claims it first, so a
process that dies leaves a row that is due again soon, with the same id: a receiver drops what it has seen. What became
of a try is noted in one transaction with what that means for the run. Locks: execution, then delivery.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.sealing import CannotOpen
from accounts.secret_names import named_by
from accounts.team_secrets import PAGE, open_secret, signing_secret
from executions import failpoints
from executions.clock import in_seconds
from executions.engine.work import DATABASE_AWAY, is_database_away
from executions.letters import Letter, NotDelivered
from executions.models import Execution, NodeRun
from executions.receipts import hand_back, waits_for_receipt
from executions.runs import lock_execution
from executions.values import is_medium
from executions.wire import when
from providers.fetch import FetchRefused
from providers.posting import NotReached, Posted, post_public
from triggers import tasks
from triggers.models import Delivery, DeliveryState
from triggers.signing import delivery_headers
from wireflow_ui.errors import Conflict, WireflowError
from wireflow_ui.json_text import dump

#: The first pause after a failure, what each is longer than the one before, and the longest one asked for by an answer.
FIRST_PAUSE, GROWTH, LONGEST_ASKED = 5, 4, 300
#: Somebody who claimed one has sent it by then, or died.
CLAIM_SECONDS = 30
MOST_AT_ONCE = 20
#: What has been due for so long is sent by the chore itself, a few each time: no worker hears the bell.
DEAF_SECONDS, MOST_DEAF = 15, 3
KEPT_TRIES = 30


_NOT_PLAIN = (
    "The secret for the header “{name}” has letters that no header can have. "
    f"Enter it again under {PAGE}, with plain ASCII letters, digits and signs alone."
)
#: What nobody foresaw, before it was posted and while it was.
OUR_FAULT = "Something went wrong in this program. Send it again, or tell whoever runs it."
BROKE_OFF = "It could not be posted. Check the address and the headers."
log = logging.getLogger("wireflow.deliveries")


class NothingToSend(Conflict):
    """It is on its way already."""

    code = "already_on_its_way"

    def __init__(self) -> None:
        super().__init__("This delivery is on its way already. Wait until it has ended, then send it again.")


@dataclass
class _Claimed:
    """A delivery in our hands: the words of its call, and what came of it. ``opened`` are the secrets in them."""

    delivery: Delivery
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    opened: Collection[str] = ()
    refused: str = ""
    status: int = 0
    said: str = ""
    wait: int = 0
    is_final: bool = False
    ms: int = 0


def take_on(row: NodeRun, letter: Letter) -> None:
    """Write the delivery of a letter, to be sent as soon as that is committed."""
    body = dump(
        {
            "executionId": str(row.execution_id),
            "workflowId": row.execution.workflow_id,
            "nodeId": row.node_id,
            "data": _public(letter.data),
            "extra": _public(letter.extra),
        }
    ).decode()
    delivery = Delivery.objects.create(
        execution_id=row.execution_id,
        node_run=row,
        address=letter.url,
        headers=dict(letter.headers),
        is_signed=letter.is_signed,
        may_fail=letter.may_fail,
        body=body,
        most_tries=letter.tries,
        due_at=Now(),
    )
    transaction.on_commit(lambda: tasks.ring_for([delivery.pk]))


def _public(value: Any) -> Any:
    """A stored value as others may have it: files by their address."""
    if is_medium(value):
        return {"url": settings.PUBLIC_URL + value["url"], "content_type": value["contentType"]}
    if isinstance(value, Mapping):
        return {key: _public(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_public(one) for one in value]
    return value


def look_for_due() -> None:
    """A chore: ring for what is due, and send what nobody takes for long."""
    due = Delivery.objects.filter(state=DeliveryState.OPEN, due_at__lte=Now()).order_by("due_at")
    if ids := list(due.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        tasks.ring_for(ids)
        deaf = due.filter(due_at__lte=in_seconds(-DEAF_SECONDS))
        send(list(deaf.values_list("pk", flat=True)[:MOST_DEAF]))


def send(ids: Collection[UUID]) -> None:
    """Send those of these that are due, side by side; they wait for each other. For a worker."""
    claimed = [one for pk in ids if (one := _claim(pk)) is not None]
    if not claimed:
        return
    for one in claimed:
        _make_ready(one)
    async_to_sync(_post_all)([one for one in claimed if not one.refused])
    failpoints.hit("after_delivery")
    with ExitStack() as notes:  # each is noted, whatever becomes of noting another
        for one in claimed:
            notes.callback(_note, one)


def send_again(*, delivery: Delivery) -> None:
    """Try it once more; what its run made of it stays as it is. Raises `NothingToSend`."""
    ended = Delivery.objects.filter(pk=delivery.pk).exclude(state=DeliveryState.OPEN)
    again = {"state": DeliveryState.OPEN, "sent_again": True, "due_at": Now(), "ended_at": None}
    if not ended.update(**again, most_tries=F("tries") + 1):
        raise NothingToSend
    transaction.on_commit(lambda: tasks.ring_for([delivery.pk]))


def _claim(pk: UUID) -> _Claimed | None:
    """Take a due delivery; None when somebody else has it, or its run was stopped."""
    won = Delivery.objects.filter(pk=pk, state=DeliveryState.OPEN, due_at__lte=Now()).update(
        due_at=in_seconds(CLAIM_SECONDS), tries=F("tries") + 1
    )
    if not won:
        return None
    delivery = Delivery.objects.select_related("execution__workflow", "node_run").get(pk=pk)
    if not delivery.sent_again and not waits_for_receipt(delivery.node_run):
        stopped = {"state": DeliveryState.STOPPED, "due_at": None, "ended_at": timezone.now()}
        Delivery.objects.filter(pk=pk).update(**stopped, tries=F("tries") - 1)
        return None
    return _Claimed(delivery)


def _make_ready(one: _Claimed) -> None:
    try:
        _prepare(one)
    except Exception as error:  # what nobody foresaw with one is that one's failure alone
        if isinstance(error, DATABASE_AWAY) and is_database_away():
            raise  # all of them are due again soon
        log.exception("Delivery %s could not be made ready.", one.delivery.pk)
        one.refused, one.is_final = OUR_FAULT, False


def _prepare(one: _Claimed) -> None:
    """Open what it names, and sign it as it is sent now."""
    if (
        one.delivery.tries > one.delivery.most_tries + 1
    ):  # one more than asked for, as a process may die with one
        one.refused, one.is_final = "The server died each time it was sent. Send it again by hand.", True
        return
    delivery, team = one.delivery, _author_of(one.delivery.execution)
    if team is None:
        one.refused, one.is_final = "The workflow was deleted, and with it what this is signed with.", True
        return
    try:
        one.url = _opened(delivery.address, team)
        own = {name: _opened(value, team) for name, value in delivery.headers.items()}
        one.opened = {one.url, *own.values()} - {delivery.address, *delivery.headers.values()}
        if wrong := next((name for name, text in own.items() if not _is_plain(text)), None):
            one.refused, one.is_final = _NOT_PLAIN.format(name=wrong), True
            return
        secret = signing_secret(team_id=team) if delivery.is_signed else ""
    except WireflowError as refused:
        one.refused, one.is_final = refused.message, True
        return
    except CannotOpen:
        one.refused, one.is_final = f"A secret cannot be opened. Enter it again under {PAGE}.", True
        return
    ours = delivery_headers(
        delivery_id=str(delivery.pk), at=int(time.time()), body=delivery.body.encode(), secret=secret
    )
    one.headers = own | ours


def _author_of(execution: Execution) -> int | None:
    """The team that wrote what goes where, whose secrets open and sign it: never a guest's. None if it is gone."""
    if not execution.is_guest:
        return execution.team_id
    return execution.workflow.team_id if execution.workflow is not None else None


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _opened(text: str, team_id: int) -> str:
    name = named_by(text)
    return text if name is None else open_secret(team_id=team_id, name=name)


async def _post_all(claimed: Sequence[_Claimed]) -> None:
    """Post them side by side. What goes wrong with one in a way that nobody foresaw is that one's failure alone."""
    ends = await asyncio.gather(*map(_post, claimed), return_exceptions=True)
    for one, end in zip(claimed, ends, strict=True):
        if end is not None:
            log.error("Delivery %s could not be posted.", one.delivery.pk, exc_info=end)
            one.refused, one.is_final = BROKE_OFF, False


async def _post(one: _Claimed) -> None:
    began = time.monotonic()
    try:
        answer = await post_public(
            one.url,
            one.delivery.body.encode(),
            one.headers,
            trusted=settings.DELIVERY_HOSTS,
            hidden=one.opened,
        )
        one.status, one.said, one.wait = answer.status, answer.said, answer.retry_after
        one.refused, one.is_final = _refusal(answer)
    except FetchRefused as error:
        one.refused, one.is_final = error.message, not isinstance(error, NotReached)
    one.ms = round((time.monotonic() - began) * 1000)


def _refusal(answer: Posted) -> tuple[str, bool]:
    """What is wrong with an answer, "" for none; and whether it makes no sense to come again."""
    if 200 <= answer.status < 300:
        return "", True
    if 300 <= answer.status < 400:
        return f"The address answered {answer.status}: it leads elsewhere, and is not followed there.", True
    is_final = 400 <= answer.status < 500 and answer.status not in (408, 429)
    return f"The address answered {answer.status}.", is_final


def _pause(tries: int, wait: int) -> int:
    """Seconds until the next try."""
    usual: int = FIRST_PAUSE * GROWTH ** (tries - 1)
    return max(usual, min(wait, LONGEST_ASKED))


def _note(one: _Claimed) -> None:
    """Write down what came of a try, and let the run go on when that was the last one."""
    now = timezone.now()
    entry = {"at": when(now), "status": one.status, "said": one.said or one.refused, "ms": one.ms}
    with transaction.atomic(durable=not settings.TESTING):
        execution = lock_execution(one.delivery.execution_id)
        mine = Delivery.objects.filter(pk=one.delivery.pk, state=DeliveryState.OPEN, tries=one.delivery.tries)
        delivery = mine.select_related("node_run").select_for_update(of=("self",)).first()
        if execution is None or delivery is None:
            return  # somebody else has sent it meanwhile, or its run is gone
        delivery.log = [*delivery.log, entry][-KEPT_TRIES:]
        is_over = not one.refused or one.is_final or delivery.tries >= delivery.most_tries
        if is_over:
            delivery.state = DeliveryState.FAILED if one.refused else DeliveryState.DELIVERED
            delivery.due_at, delivery.ended_at = None, now
        else:
            delivery.due_at = now + timedelta(seconds=_pause(delivery.tries, one.wait))
        delivery.save(update_fields=["log", "state", "due_at", "ended_at"])
        if is_over:
            receipt = {"status": one.status or None, "attempts": delivery.tries, "sent_at": when(now)}
            error = (
                None if not one.refused or delivery.may_fail else NotDelivered(_said(delivery, one.refused))
            )
            hand_back(execution=execution, node_run_id=delivery.node_run_id, receipt=receipt, error=error)


def _said(delivery: Delivery, refused: str) -> str:
    return f"Not delivered, after {delivery.tries} {'try' if delivery.tries == 1 else 'tries'}: {refused}"
