"""The same call with the same key gets the same answer, and starts nothing twice.

The key is claimed and its answer stored in the transaction that makes it: one commit does it all, and no half-done
row can outlive a crash. Whoever comes meanwhile waits for that commit, before anything of theirs is counted or held.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.models import Team
from executions.clock import in_seconds
from executions.models import Execution, IdempotencyKey
from wireflow_ui.errors import Conflict, WireflowError

KEPT = timedelta(hours=24)
#: How long a call waits for another one with its key.
WAIT = "'2s'"
LOCK_NOT_AVAILABLE = "55P03"

#: (status, body, Location, execution) of an accepted call.
Accept = Callable[[], tuple[int, dict[str, Any], str, Execution]]


class InProgress(Conflict):
    """Another call with the same key has not ended yet."""

    code = "idempotency_in_progress"


@dataclass(frozen=True, slots=True)
class _Call:
    """A call that may come again: whose, through which door, with which key and what body."""

    team: Team
    door: str
    key: str
    digest: str

    def stored(self) -> IdempotencyKey | None:
        rows = IdempotencyKey.objects.filter(team=self.team, door=self.door, key=self.key)
        return rows.filter(expires_at__gt=Now()).first()

    def claim(self) -> IdempotencyKey | None:
        """Take the key until the end of the transaction, and for good with it; None when it has its answer.

        Waits for another call that has it. What that takes too long raises OperationalError.
        """
        _wait_for_locks(WAIT)
        IdempotencyKey.objects.filter(
            team=self.team, door=self.door, key=self.key, expires_at__lte=Now()
        ).delete()
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(
                    team=self.team,
                    door=self.door,
                    key=self.key,
                    body_hash=self.digest,
                    status=0,
                    expires_at=in_seconds(KEPT.total_seconds()),
                )
        except IntegrityError:
            return None
        _wait_for_locks("DEFAULT")
        return row


def _waited_too_long(error: OperationalError) -> bool:
    """Was it a lock that did not come? On SQLite whoever waits may wait for anybody, so nothing is said of this key."""
    return getattr(error.__cause__, "sqlstate", None) == LOCK_NOT_AVAILABLE


def _wait_for_locks(time: str) -> None:
    """How long this transaction waits for others, on PostgreSQL. On SQLite everybody waits to write at all."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout TO {time}")


def answer_once(request: Request, team: Team, accept: Accept, *, door: str = "") -> HttpResponse:
    """Answer by ``accept``, or with the stored answer of an earlier call with this key through this door.

    ``door`` stands for method and path where the path is not to be stored.
    Only successes are stored: a refusal raises through, and the key may be used again. Raises `WireflowError` for a
    key of the wrong length and `Conflict` for the same key with another body.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        status, body, location, _ = accept()
        return _answer(status, _text(body), location)
    if not 1 <= len(key) <= 255:
        raise WireflowError("Idempotency-Key must have 1 to 255 characters.", code="invalid_idempotency_key")
    canonical = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    call = _Call(team, (door or f"{request.method} {request.path}")[:300], key, digest)
    if (stored := call.stored()) is not None:
        return _replay(stored, digest)
    is_mine = False
    try:
        with transaction.atomic():
            if (row := call.claim()) is not None:
                is_mine = True
                row.status, body, row.location, row.execution = accept()
                row.body = _text(body)
                row.save(update_fields=["status", "body", "location", "execution"])
    except OperationalError as error:
        if is_mine or not _waited_too_long(error):
            raise  # the database is away, or has too much to do
        raise InProgress("The first call with this key is still being answered.", retryAfter=1) from error
    row = row or call.stored()
    if row is None:  # its 24 hours ended this very moment
        raise InProgress("The first call with this key is being forgotten.", retryAfter=1)
    return _answer(row.status, row.body, row.location) if is_mine else _replay(row, digest)


def earlier(*, team: Team, door: str, key: str) -> Execution | None:
    """What a call with this key through this door started in the last 24 hours.

    For doors that let their calls in one after the other, and note them with `note_first` in the same transaction.
    """
    rows = IdempotencyKey.objects.filter(team=team, door=door, key=key, expires_at__gt=Now())
    row = rows.select_related("execution").first()
    return row.execution if row else None


def note_first(*, execution: Execution, team: Team, door: str, key: str) -> None:
    IdempotencyKey.objects.filter(team=team, door=door, key=key).delete()  # one whose 24 hours are over
    IdempotencyKey.objects.create(
        team=team,
        door=door,
        key=key,
        status=202,
        execution=execution,
        expires_at=in_seconds(KEPT.total_seconds()),
    )


def _replay(stored: IdempotencyKey, digest: str) -> HttpResponse:
    if stored.body_hash != digest:
        raise Conflict(
            "This Idempotency-Key was used for another body. Send a new key.", code="idempotency_key_conflict"
        )
    answer = _answer(stored.status, stored.body, stored.location)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _answer(status: int, text: str, location: str) -> HttpResponse:
    """The first answer and every repeated one, made of the same text."""
    return HttpResponse(
        text,
        status=status,
        content_type="application/json",
        headers={"Location": location} if location else {},
    )
