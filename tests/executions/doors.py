"""The REST doors as one person with a key comes through them."""

from __future__ import annotations

import json
from typing import Any

from executions.models import Execution, IdempotencyKey
from tests.executions.runs import everything_stored
from tests.factories import bearer
from workflows.models import Workflow


class Api:
    """Calls as one person, with a key."""

    def __init__(self, client, user, **key):
        self.client, self.headers = client, bearer(user, **key)

    def get(self, path):
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path, body=None, **headers):
        return self.client.post(
            f"/api/v1{path}",
            data=json.dumps({} if body is None else body),
            content_type="application/json",
            headers={**self.headers, **headers},
        )


def execute(api: Api, workflow: Workflow, body: dict[str, Any] | None = None, **headers: str):
    return api.post(f"/workflows/{workflow.pk}/execute", body, **headers)


def poll(api: Api, execution: Execution) -> dict[str, Any]:
    answer = api.get(f"/workflows/executions/{execution.pk}/poll")
    assert answer.status_code == 200
    return answer.json()


def refusal(
    api: Api, workflow: Workflow, body: dict[str, Any] | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """Status and body of an execute call that is refused; everything must be as it was."""
    before = everything_stored()
    answer = execute(api, workflow, body, **headers)
    assert everything_stored() == before
    assert not IdempotencyKey.objects.exists()
    return answer.status_code, answer.json()
