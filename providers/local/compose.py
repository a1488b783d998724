"""Two pictures put together."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageChops

from providers.base import Request, Value
from providers.local.limits import check_held, check_picture
from providers.local.pictures import image_input, open_mask, open_picture, save_picture
from providers.local.placement import place
from providers.local.resize import cover

_MODES: dict[str, Callable[[Image.Image, Image.Image], Image.Image]] = {
    "multiply": ImageChops.multiply,
    "screen": ImageChops.screen,
    "overlay": ImageChops.overlay,
    "add": ImageChops.add,
    "subtract": ImageChops.subtract,
    "darken": ImageChops.darker,
    "lighten": ImageChops.lighter,
    "difference": ImageChops.difference,
    "soft_light": ImageChops.soft_light,
    "hard_light": ImageChops.hard_light,
}


def image_composite(request: Request) -> dict[str, Value]:
    """``image``: the background with the layer on it; the mask says which part of the layer shows.

    The result has the size of the background. A mask of another size is stretched over the layer.
    """
    params = request.params
    media = image_input(request, "background")
    background = open_picture(media)
    layer = open_picture(image_input(request, "layer"))
    scale = params["scale"]
    if params["scale_relative_to"] == "background_width":
        scale *= background.width / layer.width
    size = (max(1, round(layer.width * scale)), max(1, round(layer.height * scale)))
    check_picture(*size, what="The scaled layer")
    check_held(background.size, background.size, layer.size, size)
    if size != layer.size:
        layer = layer.resize(size, Image.Resampling.LANCZOS)
    layer = layer.convert("RGBA")
    if request.inputs.get("mask") is not None:
        mask = open_mask(image_input(request, "mask"))
        mask = mask if mask.size == size else mask.resize(size, Image.Resampling.BILINEAR)
        layer.putalpha(ImageChops.multiply(layer.getchannel("A"), mask))
    layer = with_opacity(layer, params["opacity"])
    if params["position"] == "custom":
        at = (params["x"], params["y"])
    else:
        at = place(params["position"], size, background.size, margin=params["margin"])
    return {"image": save_picture(laid_over(background, layer, at), request, like=media)}


def image_blend(request: Request) -> dict[str, Value]:
    """``image``: the second picture laid over the first in a blend mode, as strongly as ``amount``.

    The result has the size of the first; the second is made to cover it.
    """
    media = image_input(request, "image_a")
    lower, upper = open_picture(media), open_picture(image_input(request, "image_b"))
    check_held(lower.size, upper.size, lower.size, lower.size)
    upper = (upper if upper.size == lower.size else cover(upper, lower.size)).convert("RGBA")
    if request.params["mode"] != "normal":
        mixed = _MODES[request.params["mode"]](lower.convert("RGB"), upper.convert("RGB"))
        if lower.mode == "RGBA":  # a mode needs a colour below it: where there is none, the upper one stays
            mixed = Image.composite(mixed, upper.convert("RGB"), lower.getchannel("A"))
        mixed.putalpha(upper.getchannel("A"))
        upper = mixed
    upper = with_opacity(upper, request.params["amount"])
    return {"image": save_picture(laid_over(lower, upper, (0, 0)), request, like=media)}


def with_opacity(layer: Image.Image, opacity: float) -> Image.Image:
    """An RGBA picture with its alpha multiplied by 0 to 1."""
    if opacity < 1:
        layer.putalpha(layer.getchannel("A").point(lambda value: int(value * opacity + 0.5)))
    return layer


def laid_over(background: Image.Image, layer: Image.Image, at: tuple[int, int]) -> Image.Image:
    """The layer on the background, its top left corner at ``at``, cut to the background's size."""
    result = background.convert("RGBA")
    left, top = max(0, at[0]), max(0, at[1])
    seen = (left - at[0], top - at[1], background.width - at[0], background.height - at[1])
    seen = (seen[0], seen[1], min(seen[2], layer.width), min(seen[3], layer.height))
    if seen[0] < seen[2] and seen[1] < seen[3]:
        result.alpha_composite(layer, (left, top), seen)
    return result
