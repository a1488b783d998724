"""Pictures turned, mirrored, given more room or a frame, and plain canvases."""

from __future__ import annotations

import math
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from providers.base import Request, Value
from providers.local.colors import Color, parse_color
from providers.local.limits import check_held, check_result
from providers.local.pictures import image_input, open_picture, save_picture
from providers.local.resize import cover

_QUARTERS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def image_pad(request: Request) -> dict[str, Value]:
    """``image`` with room added on each side; the picture itself is not changed."""
    params = request.params
    media = image_input(request, "image")
    picture = open_picture(media)
    left, top = params["left"], params["top"]
    size = (picture.width + left + params["right"], picture.height + top + params["bottom"])
    check_result(*size)
    check_held(picture.size, size, size)
    match params["fill"]:
        case "edge":
            canvas = _edges(picture, size, left, top)
        case "blur":
            canvas = _blurred(picture, size)
        case _:
            canvas = Image.new("RGBA", size, parse_color(params["color"]))
    canvas.paste(picture, (left, top))
    return {"image": save_picture(canvas, request, like=media)}


def image_rotate_flip(request: Request) -> dict[str, Value]:
    """``image`` turned clockwise by ``angle``, then mirrored. What comes into view is clear."""
    params = request.params
    media = image_input(request, "image")
    picture = rotated(
        open_picture(media, upright=params["apply_exif"]), params["angle"], expand=params["expand"]
    )
    if params["flip_horizontal"]:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if params["flip_vertical"]:
        picture = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return {"image": save_picture(picture, request, like=media)}


def image_border(request: Request) -> dict[str, Value]:
    """``image`` with a frame around it; ``radius`` rounds the outer corners."""
    width, radius = request.params["width"], request.params["radius"]
    media = image_input(request, "image")
    picture = open_picture(media)
    size = (picture.width + 2 * width, picture.height + 2 * width)
    check_result(*size)
    check_held(picture.size, size, size)
    canvas = Image.new("RGBA", size, parse_color(request.params["color"]))
    canvas.paste(picture, (width, width), rounded(picture.size, radius - width) if radius > width else None)
    if radius:
        canvas.putalpha(ImageChops.multiply(canvas.getchannel("A"), rounded(size, radius)))
    return {"image": save_picture(canvas, request, like=media)}


def solid_color(request: Request) -> dict[str, Value]:
    """``image``: one colour, or from ``color`` (top, left or middle) to ``color2``."""
    params = request.params
    size = (params["width"], params["height"])
    check_result(*size)
    first = parse_color(params["color"])
    if params["color2"] is None:
        return {"image": save_picture(Image.new("RGBA", size, first), request)}
    second = parse_color(params["color2"], name="Color2")
    if params["direction"] == "radial":
        blend = _radial().resize(size, Image.Resampling.BILINEAR)
        result = Image.composite(Image.new("RGBA", size, second), Image.new("RGBA", size, first), blend)
    else:
        across = params["direction"] == "horizontal"
        strip = _strip(first, second, size[0] if across else size[1])
        line = Image.frombytes("RGBA", (size[0], 1) if across else (1, size[1]), strip)
        result = line.resize(size, Image.Resampling.NEAREST)
    return {"image": save_picture(result, request)}


def rotated(picture: Image.Image, angle: float, *, expand: bool) -> Image.Image:
    """Turned clockwise. Without ``expand`` the canvas keeps its size; quarter turns are exact."""
    angle %= 360
    if angle == 0:
        return picture
    if angle == 180 or (angle in _QUARTERS and expand):
        return picture.transpose(_QUARTERS[int(angle)])
    size = picture.size
    if expand:
        radians = math.radians(angle)
        across, down = abs(math.cos(radians)), abs(math.sin(radians))
        size = (
            math.ceil(size[0] * across + size[1] * down) + 1,
            math.ceil(size[0] * down + size[1] * across) + 1,
        )
        check_result(*size)
    check_held(picture.size, size)
    return picture.convert("RGBA").rotate(-angle, Image.Resampling.BICUBIC, expand=expand)


def _edges(picture: Image.Image, size: tuple[int, int], left: int, top: int) -> Image.Image:
    """A canvas on which the outermost pixels run on to the rim."""
    width, height = picture.size
    right, bottom = size[0] - left - width, size[1] - top - height
    canvas = Image.new(picture.mode, size)
    nearest = Image.Resampling.NEAREST
    columns = ((0, left, 0, 1), (left, width, 0, width), (left + width, right, width - 1, width))
    rows = ((0, top, 0, 1), (top, height, 0, height), (top + height, bottom, height - 1, height))
    for x, across, x0, x1 in columns:
        for y, down, y0, y1 in rows:
            if across and down:
                canvas.paste(picture.resize((across, down), nearest, box=(x0, y0, x1, y1)), (x, y))
    return canvas


def _blurred(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture itself as an unsharp background."""
    small = max(1, max(size) // 256)
    backdrop = cover(picture, (max(1, size[0] // small), max(1, size[1] // small)), Image.Resampling.BILINEAR)
    backdrop = backdrop.filter(ImageFilter.GaussianBlur(8))
    return backdrop.resize(size, Image.Resampling.BICUBIC)


def rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """Mode L: white, with smoothly rounded black corners."""
    shape = Image.new("L", size, 255)
    radius = min(radius, size[0] // 2, size[1] // 2)
    if radius < 1:
        return shape
    fine = 4 if radius <= 1000 else 1
    corner = Image.new("L", (radius * fine, radius * fine), 0)
    ImageDraw.Draw(corner).pieslice((0, 0, 2 * radius * fine - 1, 2 * radius * fine - 1), 180, 270, fill=255)
    corner = corner.resize((radius, radius), Image.Resampling.BOX)
    for right in (False, True):
        for bottom in (False, True):
            piece = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if right else corner
            piece = piece.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if bottom else piece
            shape.paste(piece, (size[0] - radius if right else 0, size[1] - radius if bottom else 0))
    return shape


@cache
def _radial() -> Image.Image:
    """Mode L, 512 × 512: black in the middle, white from the middle of each side outwards."""
    side = range(256)
    quarter = Image.frombytes(
        "L", (256, 256), bytes(min(255, int(math.hypot(x, y))) for y in side for x in side)
    )
    whole = Image.new("L", (512, 512))
    for x in (0, 256):
        for y in (0, 256):
            piece = quarter if x else quarter.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            whole.paste(piece if y else piece.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (x, y))
    return whole


def _strip(first: Color, second: Color, length: int) -> bytes:
    """``length`` RGBA pixels from the first colour to the second, both ends exact."""
    last = max(1, length - 1)
    return bytes(
        (2 * (start * (last - at) + end * at) + last) // (2 * last)
        for at in range(length)
        for start, end in zip(first, second, strict=True)
    )
