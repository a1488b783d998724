"""Media on their way to a provider."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from providers.base import Media, Provider, Request, Value
from providers.catalog import load_catalog
from providers.errors import InvalidInput
from providers.routes import Route

#: Provider → what all pictures of a call may hold together, before they are written as text.
MOST_TOGETHER: Mapping[str, int] = MappingProxyType({"gemini": 20 << 20, "vertex": 20 << 20})


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


def refuse_weight(inputs: Mapping[str, Value], most_bytes: int, title: str) -> None:
    """Raises `InvalidInput` when the media together are too large for one call."""
    values = [one for value in inputs.values() for one in (value if isinstance(value, list) else [value])]
    if sum(one.path.stat().st_size for one in values if isinstance(one, Media)) > most_bytes:
        limit = most_bytes >> 20
        raise InvalidInput(f"{title} takes {limit} MB of pictures in a call. Make them smaller with Resize.")


async def with_masks_turned(request: Request, route: Route, local: Provider) -> dict[str, Value]:
    """The inputs with masks as the provider means them; ours are white where something is to be changed.

    The route's input says ``inverted`` (black is meant) or ``clear`` (the transparent part is meant, in the size of
    the first picture). Pictures are only opened where local nodes do their work, in a child process.
    """
    inputs = dict(request.inputs)
    first = next((one for name in inputs if name != "mask" for one in _pictures(inputs[name])), None)
    for name, spec in route.inputs.items():
        form = spec.get("mask", "") if isinstance(spec, Mapping) else ""
        mask = inputs.get(name)
        if not form or not isinstance(mask, Media):
            continue
        if form == "inverted":
            inputs[name] = await _by(local, request, "utility:mask_adjust", {"mask": mask}, invert=True)
            continue
        if first is not None and first.width and first.height:
            size = {"width": first.width, "height": first.height, "fit": "stretch"}
            mask = await _by(local, request, "utility:image_resize", {"image": mask}, **size)
        both = {"image": mask, "mask": mask}
        inputs[name] = await _by(local, request, "utility:apply_mask", both, invert=True)
    return inputs


def _pictures(value: Value) -> list[Media]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Media)]


async def _by(local: Provider, request: Request, name: str, inputs: dict[str, Value], **params: Any) -> Media:
    """What a local node makes of these."""
    kind = load_catalog()[name]
    scratch = request.scratch / name.partition(":")[2]
    scratch.mkdir(exist_ok=True)
    values = {param.id: param.default for param in kind.params} | params
    job = await local.submit(Request(kind, inputs, values, scratch))
    made = job.outputs[kind.outputs[0].id]
    assert isinstance(made, Media)
    return made
