"""Blurs, outlines and other effects.

What ``amount`` means: blurs, unsharp mask and median: radius in pixels; edge enhance and emboss: strength;
posterize: bits per colour; pixelate: size of a block in pixels; grayscale, sepia, invert: 0 is no change,
1 and more the whole effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageFilter, ImageOps

from providers.base import Request, Value
from providers.local.adjust import with_alpha_of
from providers.local.limits import check_held
from providers.local.pictures import image_input, open_picture, save_picture

#: Pixels times window looked at by a median; more is done on a smaller picture, which looks the same.
MEDIAN_WORK = 400_000_000


def image_filter(request: Request) -> dict[str, Value]:
    """``image`` with the filter applied; alpha is kept, blurs soften it too."""
    name, amount = request.params["filter"], request.params["amount"]
    media = image_input(request, "image")
    picture = open_picture(media)
    check_held(picture.size, picture.size, picture.size)
    if name in _ON_ALPHA:
        result = _ON_ALPHA[name](picture, amount)
    else:
        result = with_alpha_of(picture, _ON_COLORS[name](picture.convert("RGB"), amount))
    return {"image": save_picture(result, request, like=media)}


def _gaussian_blur(picture: Image.Image, radius: float) -> Image.Image:
    return _premultiplied(picture, ImageFilter.GaussianBlur(radius))


def _box_blur(picture: Image.Image, radius: float) -> Image.Image:
    return _premultiplied(picture, ImageFilter.BoxBlur(radius))


def _premultiplied(picture: Image.Image, effect: ImageFilter.Filter) -> Image.Image:
    """Filter without letting the colour of clear pixels bleed into visible ones."""
    if picture.mode != "RGBA":
        return picture.filter(effect)
    return picture.convert("RGBa").filter(effect).convert("RGBA")


def _pixelate(picture: Image.Image, amount: float) -> Image.Image:
    block = min(max(1, round(amount)), max(picture.size))
    small = picture.reduce(block)
    big = small.resize((small.width * block, small.height * block), Image.Resampling.NEAREST)
    return big.crop((0, 0, *picture.size))


def _unsharp_mask(colors: Image.Image, radius: float) -> Image.Image:
    return colors.filter(ImageFilter.UnsharpMask(radius, percent=150, threshold=3))


def _median(colors: Image.Image, radius: float) -> Image.Image:
    window = 2 * min(round(radius), max(colors.size)) + 1
    work = colors.width * colors.height * window**2
    if work > MEDIAN_WORK:
        factor = math.ceil((work / MEDIAN_WORK) ** 0.25)
        small = _median(colors.reduce(factor), max(1.0, radius / factor))
        return small.resize(colors.size, Image.Resampling.BICUBIC)
    return colors.filter(ImageFilter.MedianFilter(window)) if window > 1 else colors


def _edge_enhance(colors: Image.Image, strength: float) -> Image.Image:
    side = -strength / 2
    kernel = (side, side, side, side, 1 + 4 * strength, side, side, side, side)
    return colors.filter(ImageFilter.Kernel((3, 3), kernel, scale=1))


def _emboss(colors: Image.Image, strength: float) -> Image.Image:
    kernel = (-strength, 0, 0, 0, strength, 0, 0, 0, 0)
    return colors.filter(ImageFilter.Kernel((3, 3), kernel, scale=1, offset=128))


def _grayscale(colors: Image.Image, strength: float) -> Image.Image:
    return _mixed(colors, ImageOps.grayscale(colors).convert("RGB"), strength)


def _sepia(colors: Image.Image, strength: float) -> Image.Image:
    matrix = (0.393, 0.769, 0.189, 0, 0.349, 0.686, 0.168, 0, 0.272, 0.534, 0.131, 0)
    return _mixed(colors, colors.convert("RGB", matrix), strength)


def _invert(colors: Image.Image, strength: float) -> Image.Image:
    return _mixed(colors, ImageOps.invert(colors), strength)


def _posterize(colors: Image.Image, bits: float) -> Image.Image:
    return ImageOps.posterize(colors, min(8, max(1, round(bits))))


def _mixed(before: Image.Image, after: Image.Image, strength: float) -> Image.Image:
    return after if strength >= 1 else Image.blend(before, after, strength)


_Effect = Callable[[Image.Image, float], Image.Image]
_ON_ALPHA: dict[str, _Effect] = {
    "gaussian_blur": _gaussian_blur, "box_blur": _box_blur, "pixelate": _pixelate,
}  # fmt: skip
_ON_COLORS: dict[str, _Effect] = {
    "unsharp_mask": _unsharp_mask, "median": _median, "edge_enhance": _edge_enhance, "emboss": _emboss,
    "grayscale": _grayscale, "sepia": _sepia, "invert": _invert, "posterize": _posterize,
}  # fmt: skip
