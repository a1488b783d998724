"""What makes two graphs the same for running."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from workflows.nodes import data_of

#: Results of earlier runs, which a graph carries along for the canvas.
_RESULTS = frozenset(["output", "result", "selectedOutput", "isExecuting"])
#: Drawn from the catalog or from the values, so they say nothing new.
_DRAWN = frozenset(["inputs", "outputs", "category", "dims"])


def without_results(nodes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The nodes without what runs left on them; the choice of a result stays."""
    return [
        {**raw, "data": {key: value for key, value in data_of(raw).items() if key not in _RESULTS}}
        for raw in nodes
    ]


def digest_of(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of what matters for running: ids, types, labels, values, choices, wires and their order."""
    matters = {
        "nodes": [
            {
                "id": raw.get("id"),
                "data": {key: value for key, value in data_of(raw).items() if key not in _RESULTS | _DRAWN},
            }
            for raw in nodes
        ],
        "edges": [
            [edge.get(key) for key in ("source", "sourceHandle", "target", "targetHandle")] for edge in edges
        ],
    }
    text = json.dumps(matters, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
