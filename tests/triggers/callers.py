"""Calling webhooks as the world does: without a key, from anywhere."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from executions.models import IdempotencyKey
from tests.executions.runs import everything_stored
from triggers.webhooks import switch_on
from workflows.models import Workflow
from workflows.webhook_ids import shown_webhook_id

ADDRESS = "/api/v1/workflow/{}/trigger"


def opened(workflow: Workflow) -> str:
    """The id of the workflow's webhook, which is on from now on."""
    switch_on(workflow=workflow, user=None)
    found = shown_webhook_id(workflow)
    assert found is not None
    return found


def call(client: Client, name: str, body: Any = None, **headers: str) -> Any:
    data = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    return client.post(ADDRESS.format(name), data, content_type="application/json", headers=headers)


def refused(client: Client, name: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """Status and body of a call that is refused; nothing but the list of calls may change."""
    before = everything()
    answer = call(client, name, body, **headers)
    assert everything() == before
    assert is_open_to_all(answer)
    return answer.status_code, answer.json()


def everything() -> dict[str, Any]:
    return everything_stored() | {"keys": IdempotencyKey.objects.count()}


def is_open_to_all(answer: Any) -> bool:
    return answer.headers["Access-Control-Allow-Origin"] == "*"
