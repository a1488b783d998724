"""When is a stored result the same as what a node would make now?

The content hash stands for node type, parameters, inputs and who makes it; stored files count by their bytes, so that
one that was uploaded or made again is the same. Inside of JSON a file is its address: the node is handed that and may
write it into a text. Local nodes give the same bytes for the same content; a remote one is reused only when asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from executions.board import Path
from executions.inputs import Gathered
from executions.values import is_medium
from providers.catalog import NodeType

#: Raised when what a node type does with the same values changes.
FORMAT = 1


def content_hash(
    kind: NodeType, gathered: Gathered, *, provider: str, path: Path, digests: Mapping[str, str]
) -> str:
    """64 hex digits. Items of a list differ for remote nodes only: a local one gives the same for the same.

    ``digests`` say what stands for the bytes of the files among the values, by asset id.
    """
    content = {
        "format": FORMAT,
        "kind": kind.name,
        "provider": provider,
        "path": list(path) if kind.is_remote else [],
        "inputs": {name: _plain(value, digests) for name, value in gathered.inputs.items()},
        "params": {name: _plain(value, digests) for name, value in gathered.params.items()},
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any, digests: Mapping[str, str]) -> Any:
    """Files that the work is handed as such by their bytes alone: addresses and sizes are no part of the content. Of a
    file that is not there, or not the team's, the id has to do. It mirrors how `executions.engine.files` brings in."""
    if is_medium(value):
        digest = digests.get(value["assetId"])
        return {"assetId": value["assetId"]} if digest is None else {"bytes": digest}
    if isinstance(value, list | tuple):
        return [_plain(one, digests) for one in value]
    return value
