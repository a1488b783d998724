"""Calls of the REST API as one person, a body it takes, and the keys of its answers."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from accounts.models import User
from tests.factories import bearer
from tests.workflows.graphs import PICTURE_GRAPH

BODY: dict[str, Any] = {"name": "Lighthouse", **PICTURE_GRAPH}
LIST_KEYS = [
    "id", "name", "description", "webhookId", "webhookUrl", "isActive", "isPublished", "executionCount",
    "lastExecutedAt", "tags", "createdAt", "updatedAt",
]  # fmt: skip
FULL_KEYS = [*LIST_KEYS, "nodes", "edges", "mediaId", "teamId", "userId", "linkPermission", "exposedInputs"]


class Api:
    """Calls as one person, with a key."""

    def __init__(self, client: Client, user: User, **key: Any) -> None:
        self.client, self.headers = client, bearer(user, **key)

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        data: dict[str, Any] = {} if method == "get" else {"content_type": "application/json"}
        data |= {} if body is None else {"data": json.dumps(body)}
        return getattr(self.client, method)(f"/api/v1{path}", headers=self.headers, **data)
