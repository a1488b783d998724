"""Masks: mode L, white is the area meant."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter, ImageOps

from providers.base import Request, Value
from providers.local.limits import check_held
from providers.local.pictures import image_input, open_mask, open_picture, save_mask, save_picture


def mask_from_alpha(request: Request) -> dict[str, Value]:
    """``mask``: white where the picture is opaque."""
    picture = open_picture(image_input(request, "image"))
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else Image.new("L", picture.size, 255)
    return {"mask": save_mask(_worked_over(alpha, request), request)}


def mask_adjust(request: Request) -> dict[str, Value]:
    """``mask`` with threshold, growth, feathering and inversion applied, in this order."""
    mask = open_mask(image_input(request, "mask"))
    return {"mask": save_mask(_worked_over(mask, request), request)}


def apply_mask(request: Request) -> dict[str, Value]:
    """``image``, clear where the mask is black. What was clear stays clear."""
    picture = open_picture(image_input(request, "image"))
    mask = open_mask(image_input(request, "mask"))
    check_held(picture.size, mask.size, picture.size)
    if mask.size != picture.size:
        mask = mask.resize(picture.size, Image.Resampling.BILINEAR)
    if request.params["feather"]:
        mask = mask.filter(ImageFilter.GaussianBlur(request.params["feather"]))
    if request.params["invert"]:
        mask = ImageOps.invert(mask)
    picture = picture.convert("RGBA")
    picture.putalpha(ImageChops.multiply(picture.getchannel("A"), mask))
    return {"image": save_picture(picture, request)}


def grown(mask: Image.Image, pixels: int) -> Image.Image:
    """Light areas wider by ``pixels`` in every direction, round at the corners; negative shrinks them.

    The disc is put together from horizontal bars, and a bar of any length from two bars whose length is a
    power of two: a few hundred fast passes where a window per pixel would take minutes.
    """
    if pixels == 0:
        return mask
    if pixels < 0:
        return ImageOps.invert(grown(ImageOps.invert(mask), -pixels))
    # Room on the left, so that a bar that begins outside is not lost.
    size = mask.size
    mask = mask.crop((-pixels, 0, *size))
    bars = {0: mask}
    power = 0
    while 2 ** (power + 1) <= 2 * pixels + 1:
        bars[power + 1] = ImageChops.lighter(bars[power], shifted(bars[power], 2**power, 0))
        power += 1
    result = mask
    for down in range(pixels + 1):
        half = math.isqrt(pixels**2 - down**2)
        power = (2 * half + 1).bit_length() - 1
        bar = ImageChops.lighter(shifted(bars[power], -half, 0), shifted(bars[power], half + 1 - 2**power, 0))
        result = ImageChops.lighter(result, shifted(bar, 0, down))
        result = ImageChops.lighter(result, shifted(bar, 0, -down))
    return result.crop((pixels, 0, pixels + size[0], size[1]))


def shifted(mask: Image.Image, right: int, down: int) -> Image.Image:
    """The mask read ``right`` and ``down`` pixels further on; black comes in from outside."""
    if right == 0 and down == 0:
        return mask
    return mask.crop((right, down, right + mask.width, down + mask.height))


def _worked_over(mask: Image.Image, request: Request) -> Image.Image:
    params = request.params
    if params["threshold"]:
        threshold = params["threshold"]
        mask = mask.point([255 if value >= threshold else 0 for value in range(256)])
    mask = grown(mask, params["grow"])
    if params["feather"]:
        mask = mask.filter(ImageFilter.GaussianBlur(params["feather"]))
    return ImageOps.invert(mask) if params["invert"] else mask
