"""Vector drawings among results: wires carry pictures of them, and the drawings themselves are kept beside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assets.children import pool
from providers.base import Media, Value
from providers.local import sniff
from providers.local.wire import decode_media, encode_media

#: The output of node types that may make drawings; see catalog.
PORT = "vectors"
DRAWING_SECONDS = 30


def has_drawing(outputs: Mapping[str, Value]) -> bool:
    return any(_is_drawing(one) for name, value in outputs.items() if name != PORT for one in _listed(value))


def with_pictures(outputs: Mapping[str, Value]) -> dict[str, Value]:
    """The outputs with a picture in the place of each drawing, which is at `PORT` instead. Raises a `ProviderError`."""
    drawings: list[Media] = []

    def drawn(value: Any) -> Any:
        if isinstance(value, list):
            return [drawn(one) for one in value]
        if not _is_drawing(value):
            return value
        target = value.path.with_name(f"drawing-{len(drawings)}")
        payload = {"media": encode_media(value), "target": str(target)}
        answer = pool().call("vector", payload, timeout=DRAWING_SECONDS)
        drawings.append(decode_media(answer["vector"]))
        return decode_media(answer["picture"])

    found = {name: value if name == PORT else drawn(value) for name, value in outputs.items()}
    return found | ({PORT: drawings} if drawings else {})


def _is_drawing(value: Any) -> bool:
    return isinstance(value, Media) and value.content_type == sniff.VECTOR.content_type


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
