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
#: What is in `digest_of` or comes and goes by itself. The data of a wire is how it is led.
_NOT_DRAWN = frozenset(["selected", "dragging", "resizing", "measured"])


def without_results(nodes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The nodes without what runs left on them; the choice of a result stays."""
    return [
        {**raw, "data": {key: value for key, value in data_of(raw).items() if key not in _RESULTS}}
        for raw in nodes
    ]


def layout_of(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of what `digest_of` leaves out and people drew: places, sizes, frames, how wires are led."""
    drawn = {
        "nodes": [
            {key: value for key, value in raw.items() if key not in _NOT_DRAWN | {"data"}} for raw in nodes
        ],
        "edges": [{key: value for key, value in raw.items() if key not in _NOT_DRAWN} for raw in edges],
    }
    return _hash(drawn)


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
    return _hash(matters)


def _hash(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
