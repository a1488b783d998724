"""Pictures that are too large for a provider are made smaller on their way to it, and that is told.

What is stored stays as it is, and so does the content hash, which is made of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assets.children import pool
from providers.base import Media, Request
from providers.local.shrinking import MOST_BYTES, is_too_large
from providers.local.wire import decode_media, encode_media
from providers.sending import MOST_TOGETHER

SHRINK_SECONDS = 60


def fitted(request: Request, provider: str) -> tuple[Request, str]:
    """The request with no picture in it that is too large for the provider, and a sentence about what was done."""
    pictures = [one for value in request.inputs.values() for one in _listed(value) if isinstance(one, Media)]
    most = _most_each([one.path.stat().st_size for one in pictures if one.kind == "image"], provider)
    said: list[str] = []

    def fit(name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [fit(name, one) for one in value]
        if not isinstance(value, Media) or not is_too_large(value, most):
            return value
        target = request.scratch / f"smaller-{len(said)}"
        payload = {"media": encode_media(value), "target": str(target), "most_bytes": most}
        made = decode_media(pool().call("shrink", payload, timeout=SHRINK_SECONDS)["media"])
        said.append(f"{name} {_size(value)} → {_size(made)}")
        return made

    inputs: Mapping[str, Any] = {name: fit(name, value) for name, value in request.inputs.items()}
    if not said:
        return request, ""
    return replace(request, inputs=inputs), f"Made smaller for {provider}: {'; '.join(said)}."


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _most_each(weights: list[int], provider: str) -> int:
    """What each picture may weigh: less than usual where all of them together would be too much for one call."""
    together = MOST_TOGETHER.get(provider)
    if together is None or sum(min(weight, MOST_BYTES) for weight in weights) <= together:
        return MOST_BYTES
    return together // len(weights)


def _size(media: Media) -> str:
    return f"{media.width} × {media.height} ({media.path.stat().st_size / 1024 / 1024:.1f} MB)"
