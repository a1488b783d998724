"""What an API key may be allowed to do. Sessions of the dashboard hold every scope."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "workflows:read": "List, read, check and price workflows; read the catalog",
        "workflows:write": "Create, change and delete workflows; upload media",
        "workflows:execute": "Start executions",
        "executions:read": "Follow executions and read their history",
        "usage:read": "Read the credit balance and usage",
        "apps:execute": "Run published apps",
    }
)
