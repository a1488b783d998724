"""The same call with the same key gets the same answer, and starts nothing twice.

The answer is stored in the transaction that makes it: one commit does it all, and no half-done row can outlive a crash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Team
from executions.clock import in_seconds
from executions.models import Execution, IdempotencyKey
from wireflow_ui.errors import Conflict, WireflowError

KEPT = timedelta(hours=24)

#: (status, body, Location, execution) of an accepted call.
Accept = Callable[[], tuple[int, dict[str, Any], str, Execution]]


def answer_once(request: Request, team: Team, accept: Accept) -> Response:
    """Answer by ``accept``, or with the stored answer of an earlier call with this key.

    Only successes are stored: a refusal raises through, and the key may be used again. Raises `WireflowError` for a
    key of the wrong length and `Conflict` for the same key with another body.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        status, body, location, _ = accept()
        return Response(body, status=status, headers={"Location": location})
    if not 1 <= len(key) <= 255:
        raise WireflowError("Idempotency-Key must have 1 to 255 characters.", code="invalid_idempotency_key")
    door = f"{request.method} {request.path}"[:300]
    canonical = json.dumps(request.data, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    if (stored := _stored(team, door, key)) is not None:
        return _replay(stored, digest)
    try:
        with transaction.atomic():
            IdempotencyKey.objects.filter(team=team, door=door, key=key, expires_at__lte=Now()).delete()
            status, body, location, execution = accept()
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            IdempotencyKey.objects.create(
                team=team,
                door=door,
                key=key,
                body_hash=digest,
                status=status,
                body=text,
                location=location,
                execution=execution,
                expires_at=in_seconds(KEPT.total_seconds()),
            )
    except IntegrityError:
        stored = _stored(team, door, key)
        if stored is None:
            raise
        return _replay(stored, digest)
    except OperationalError as error:
        raise InProgress("The first call with this key is still being answered.", retryAfter=1) from error
    return Response(body, status=status, headers={"Location": location})


class InProgress(Conflict):
    """Another call with the same key has not ended yet."""

    code = "idempotency_in_progress"


def _stored(team: Team, door: str, key: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(team=team, door=door, key=key, expires_at__gt=Now()).first()


def _replay(stored: IdempotencyKey, digest: str) -> Response:
    if stored.body_hash != digest:
        raise Conflict(
            "This Idempotency-Key was used for another body. Send a new key.", code="idempotency_key_conflict"
        )
    headers = {"Location": stored.location, "Idempotent-Replayed": "true"}
    return Response(json.loads(stored.body), status=stored.status, headers=headers)
