"""When is a stored result the same as what a node would make now?

The content hash stands for node type, parameters, inputs and who makes it. Local nodes give the same bytes for the
same content; a remote one is reused only when asked for.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from executions.board import Path
from executions.inputs import Gathered
from executions.values import is_medium
from providers.catalog import NodeType

#: Raised when what a node type does with the same values changes.
FORMAT = 1


def content_hash(kind: NodeType, gathered: Gathered, *, provider: str, path: Path) -> str:
    """64 hex digits. Items of a list differ for remote nodes only: a local one gives the same for the same."""
    content = {
        "format": FORMAT,
        "kind": kind.name,
        "provider": provider,
        "path": list(path) if kind.is_remote else [],
        "inputs": _plain(gathered.inputs),
        "params": _plain(gathered.params),
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Stored files by their id alone: their addresses are no part of the content."""
    if is_medium(value):
        return {"assetId": value["assetId"]}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
