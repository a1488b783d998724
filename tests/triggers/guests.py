"""Publishing an app, and running it as those do who do not own it."""

from __future__ import annotations

from typing import Any

from executions.models import IdempotencyKey
from tests.executions.doors import Api
from tests.executions.runs import everything_stored
from workflows.models import Workflow

EXPOSED = {"nodeId": "ask", "key": "subject", "label": "Subject"}


def publish(api: Api, workflow: Workflow, **body: Any) -> Any:
    return api.post(f"/workflows/{workflow.pk}/publish", body)


def execute(api: Api, slug: str, inputs: Any = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    body = more or ({} if inputs is None else {"inputs": inputs})
    return api.post(f"/apps/{slug}/execute", body, **headers)


def refused(api: Api, slug: str, inputs: Any = None, **more: Any) -> tuple[int, Any]:
    """Status and body of a run that is refused; nothing may change."""
    before = everything_stored() | {"keys": IdempotencyKey.objects.count()}
    answer = execute(api, slug, inputs, **more)
    assert everything_stored() | {"keys": IdempotencyKey.objects.count()} == before
    return answer.status_code, answer.json()
