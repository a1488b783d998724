"""Links to the results of one execution, for people without an account.

A token is kept as a hash alone and made anew from a random seed and the server's secret key, as the ids of webhooks
are: a stolen copy of the database opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import secrets

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.actor import Actor
from accounts.secrets import digest
from executions.models import Execution
from history.actions import need
from history.models import Share
from wireflow_ui.errors import NotFound


def token_from(seed: str) -> str:
    """26 base32 letters: 130 bits."""
    mixed = salted_hmac("history.sharing", seed, algorithm="sha256").digest()
    return base64.b32encode(mixed).decode().lower()[:26]


def share(*, actor: Actor, execution: Execution) -> Share:
    """Make a link to an execution; one that is there stays."""
    need(actor, "edit", "share runs")
    seed = secrets.token_hex(16)
    with transaction.atomic():
        made, is_new = Share.objects.get_or_create(
            execution=execution,
            defaults={"seed": seed, "digest": digest(token_from(seed)), "created_by": actor.user},
        )
        if is_new:
            audit.record(team=actor.team, change="run.shared", subject=execution.pk, by=actor)
    return made


def unshare(*, actor: Actor, execution: Execution) -> None:
    """Close the link; it opens nothing from now on, and a new one is another one."""
    need(actor, "edit", "share runs")
    with transaction.atomic():
        closed, _ = Share.objects.filter(execution=execution).delete()
        if closed:
            audit.record(team=actor.team, change="run.unshared", subject=execution.pk, by=actor)


def address_of(share: Share) -> str:
    """The whole address; "" where it was made under another secret key."""
    token = token_from(share.seed)
    known = hmac.compare_digest(digest(token), share.digest)
    return f"{settings.PUBLIC_URL}/shared/run/{token}" if known else ""


def find_shared(token: str) -> Execution:
    """The execution that a token shows. Raises `NotFound` for one that is closed, thrown away or never was."""
    found = Share.objects.select_related("execution").filter(digest=digest(token), execution__deleted_at=None)
    share = found.first()
    if share is None:
        raise NotFound("This link shows nothing any more. Ask whoever gave it to you for a new one.")
    return share.execution
