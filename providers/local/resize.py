"""Pictures made bigger or smaller."""

from __future__ import annotations

from PIL import Image

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.colors import parse_color
from providers.local.limits import check_held, check_result
from providers.local.pictures import image_input, open_picture, save_picture

Size = tuple[int, int]
RESAMPLING = {
    "lanczos": Image.Resampling.LANCZOS,
    "bicubic": Image.Resampling.BICUBIC,
    "bilinear": Image.Resampling.BILINEAR,
    "nearest": Image.Resampling.NEAREST,
}


def image_resize(request: Request) -> dict[str, Value]:
    """``image`` of the asked size; with one side given the other follows."""
    params = request.params
    media = image_input(request, "image")
    picture = open_picture(media)
    box = asked_box(picture.size, params["width"], params["height"], upscale=params["upscale"])
    check_result(*box)
    check_held(picture.size, box)
    resample = RESAMPLING[params["resample"]]
    match params["fit"]:
        case "stretch":
            size = box if params["upscale"] else (min(box[0], picture.width), min(box[1], picture.height))
            result = picture.resize(size, resample)
        case "cover":
            size = box if params["upscale"] else shrunk_to_fit(box, picture.size)
            result = cover(picture, size, resample)
        case "pad":
            inner = contained(picture.size, box, upscale=params["upscale"])
            result = padded(picture.resize(inner, resample), box, params["background"])
        case _:
            result = picture.resize(contained(picture.size, box, upscale=params["upscale"]), resample)
    return {"image": save_picture(result, request, like=media)}


def asked_box(size: Size, width: int | None, height: int | None, *, upscale: bool) -> Size:
    """The box meant by a width and a height of which one may be missing."""
    if width is None and height is None:
        raise InvalidInput("Width and height are both empty; set at least one.")
    if height is None:
        assert width is not None
        width = width if upscale else min(width, size[0])
        return width, scaled(size[1], width, size[0])
    if width is None:
        height = height if upscale else min(height, size[1])
        return scaled(size[0], height, size[1]), height
    return width, height


def contained(size: Size, box: Size, *, upscale: bool = True) -> Size:
    """The largest size of the same shape inside the box; one side is exactly the box's."""
    if not upscale and size[0] <= box[0] and size[1] <= box[1]:
        return size
    if box[0] * size[1] <= box[1] * size[0]:
        return box[0], min(box[1], scaled(size[1], box[0], size[0]))
    return min(box[0], scaled(size[0], box[1], size[1])), box[1]


def shrunk_to_fit(box: Size, size: Size) -> Size:
    """The box, made smaller in its own shape until it is no larger than ``size``."""
    return contained(box, size, upscale=False)


def cover(
    picture: Image.Image, size: Size, resample: Image.Resampling = Image.Resampling.LANCZOS
) -> Image.Image:
    """The middle of the picture, filling exactly ``size``."""
    scale = min(picture.width / size[0], picture.height / size[1])
    width, height = size[0] * scale, size[1] * scale
    left, top = (picture.width - width) / 2, (picture.height - height) / 2
    right, bottom = min(left + width, picture.width), min(top + height, picture.height)
    return picture.resize(size, resample, box=(max(0.0, left), max(0.0, top), right, bottom))


def padded(picture: Image.Image, size: Size, background: str) -> Image.Image:
    """The picture in the middle of a canvas of that colour; its clear parts show the colour."""
    canvas = Image.new("RGBA", size, parse_color(background, name="Background"))
    at = ((size[0] - picture.width) // 2, (size[1] - picture.height) // 2)
    canvas.alpha_composite(picture.convert("RGBA"), at)
    return canvas


def scaled(length: int, numerator: int, denominator: int) -> int:
    """``length`` × numerator ÷ denominator, rounded half up, at least 1."""
    return max(1, (2 * length * numerator + denominator) // (2 * denominator))
