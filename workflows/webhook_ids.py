"""The ids of webhooks: kept as a hash alone, and yet shown to the team again.

An id is ``whk_`` and 130 bits of an HMAC of its random seed with the server's secret key. The database holds the seed
and the id's SHA-256, so a stolen copy of it opens nothing; the server makes the id anew whenever it is to be shown.
Sealing the id would need a second secret and a library for it; this needs neither. Under another secret key the ids
made before still work, for they are found by their hash, but cannot be shown until they are changed.
"""

from __future__ import annotations

import base64
import hmac
import secrets

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.actor import Actor
from accounts.secrets import digest
from workflows.models import Listed, Workflow


def new_seed() -> str:
    """What a new id is made of: 32 hex digits."""
    return secrets.token_hex(16)


def webhook_id_from(seed: str) -> str:
    """``whk_`` and 26 base32 letters, the same ones each time."""
    mixed = salted_hmac("workflows.webhook_ids", seed, algorithm="sha256").digest()
    return f"whk_{base64.b32encode(mixed).decode().lower()[:26]}"


def shown_webhook_id(workflow: Workflow | Listed) -> str | None:
    """The id of the workflow's webhook; None while it is off, and where it was made under another secret key."""
    if not workflow.webhook_digest:
        return None
    webhook_id = webhook_id_from(workflow.webhook_seed)
    return webhook_id if hmac.compare_digest(digest(webhook_id), workflow.webhook_digest) else None


def webhook_url(webhook_id: str) -> str:
    """The address that starts the workflow."""
    return f"{settings.PUBLIC_URL}/api/v1/workflow/{webhook_id}/trigger"


def sees_webhooks(actor: Actor) -> bool:
    """Whether the actor may start the team's executions: whoever has a webhook's id may."""
    return actor.may("run") and actor.has_scope("workflows:execute")


def webhook_fields(workflow: Workflow | Listed, actor: Actor) -> dict[str, str | None]:
    """``webhookId`` and ``webhookUrl``, null for those who may not start executions."""
    is_own = workflow.team_id == actor.team.pk
    webhook_id = shown_webhook_id(workflow) if is_own and sees_webhooks(actor) else None
    return {"webhookId": webhook_id, "webhookUrl": webhook_url(webhook_id) if webhook_id else None}
