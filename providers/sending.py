"""Media on their way to a provider."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from providers.base import Media, Value


async def with_media_sent(
    inputs: Mapping[str, Value], send: Callable[[Media], Awaitable[Any]]
) -> dict[str, Any]:
    """The inputs with every medium in the form that ``send`` gives it, one after the other."""

    async def sent(value: Any) -> Any:
        if isinstance(value, Media):
            return await send(value)
        return [await sent(one) for one in value] if isinstance(value, list) else value

    return {name: await sent(value) for name, value in inputs.items()}


async def as_base64(media: Media) -> str:
    """The bytes of a medium as text."""
    return await asyncio.to_thread(lambda: base64.b64encode(media.path.read_bytes()).decode("ascii"))


async def as_data_uri(media: Media) -> str:
    return f"data:{media.content_type};base64,{await as_base64(media)}"
