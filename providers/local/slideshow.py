"""Pictures shown one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import partial
from itertools import pairwise

import av
from PIL import Image, ImageFilter

from providers.base import Media, Request, Value
from providers.errors import InvalidInput
from providers.local.concat import laid_under, sound_input
from providers.local.films import nearest
from providers.local.framing import Fitting, Size, even_size
from providers.local.limits import as_list, check_film, check_items
from providers.local.pictures import open_picture
from providers.local.recording import write_film
from providers.local.resize import contained, cover
from providers.local.transitions import Joints, joined_frames

_MOST_PICTURES = 100
#: How much closer a picture is at the near end of its motion.
ZOOM = Fraction(15, 100)
_BLUR_SHRINK = 8


def images_to_video(request: Request) -> dict[str, Value]:
    """``video``: each picture for its seconds, so that all together last pictures × seconds.

    A transition stands across the border of two pictures, half of it on each side.
    """
    params = request.params
    pictures = _pictures(request)
    rate, size = Fraction(params["fps"]), even_size((params["width"], params["height"]))
    each = Fraction(str(params["seconds_per_image"]))
    borders = [max(number, nearest(number * each * rate)) for number in range(len(pictures) + 1)]
    check_film(
        float(len(pictures) * each),
        borders[-1],
        size,
        cure="Lower Seconds per image, Width, Height or Fps, or use fewer pictures",
    )
    shared, dark = _transition(params, borders, rate)
    counts = [
        after - before + shared // 2 * (number > 0) + (shared - shared // 2) * (number < len(pictures) - 1)
        for number, (before, after) in enumerate(pairwise(borders))
    ]
    pieces = [
        partial(_shown, media, size, params["fit"], params["motion"], count)
        for media, count in zip(pictures, counts, strict=True)
    ]
    frames = joined_frames(pieces, Joints(counts, shared, dark))
    audio = sound_input(request)
    sound = None if audio is None else laid_under(audio, borders[-1] / rate)
    return {"video": write_film(request, frames, size=size, rate=rate, sound=sound)}


def _shown(media: Media, size: Size, fit: str, motion: str, count: int) -> Iterator[av.VideoFrame]:
    """The frames of one picture."""
    fitting = Fitting(size, "cover")
    if motion == "none":
        still = fitting(_frame(_canvas(open_picture(media), size, fit)))
        for _ in range(count):
            yield still
        return
    near = (round(size[0] * (1 + ZOOM)), round(size[1] * (1 + ZOOM)))
    canvas = _canvas(open_picture(media), near, fit)
    for place in range(count):
        share = place / max(1, count - 1)
        zoom = 1 + float(ZOOM) * (share if motion == "zoom_in" else 1 - share)
        width, height = near[0] / zoom, near[1] / zoom
        left, top = (near[0] - width) / 2, (near[1] - height) / 2
        box = (left, top, min(near[0], left + width), min(near[1], top + height))
        yield fitting(_frame(canvas.resize(size, Image.Resampling.BICUBIC, box=box)))


def _canvas(picture: Image.Image, size: Size, fit: str) -> Image.Image:
    """The picture in a frame of that size, RGB; its clear parts are black."""
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, (0, 0, 0, 255)), picture)
    picture = picture.convert("RGB")
    if fit == "cover":
        return cover(picture, size)
    inner = contained(picture.size, size)
    if fit == "blur":
        small = cover(picture, (max(1, size[0] // _BLUR_SHRINK), max(1, size[1] // _BLUR_SHRINK)))
        soft = small.filter(ImageFilter.GaussianBlur(max(1.0, min(small.size) / 12)))
        canvas = soft.resize(size, Image.Resampling.BICUBIC)
    else:
        canvas = Image.new("RGB", size)
    middle = picture.resize(inner, Image.Resampling.LANCZOS)
    canvas.paste(middle, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2))
    return canvas


def _frame(picture: Image.Image) -> av.VideoFrame:
    frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
    return frame


def _transition(params: Mapping[str, Value], borders: list[int], rate: Fraction) -> tuple[int, int]:
    """Frames that two pictures share, and frames that each is darkened for at a border."""
    if params["transition"] == "cut" or len(borders) == 2:
        return 0, 0
    seconds, each = params["transition_s"], params["seconds_per_image"]
    if seconds > each:
        raise InvalidInput(
            f"Transition s is {seconds:g} s, but a picture is shown for {each:g} s; "
            "use no more than that, show pictures longer, or choose cut."
        )
    shortest = min(after - before for before, after in pairwise(borders))
    frames = min(shortest, max(1, nearest(Fraction(str(seconds)) * rate)))
    return (frames, 0) if params["transition"] == "crossfade" else (0, max(1, frames // 2))


def _pictures(request: Request) -> list[Media]:
    pictures = as_list(request.inputs.get("images"))
    if not pictures:
        raise InvalidInput("No picture arrived at images.")
    check_items(pictures, limit=_MOST_PICTURES, what="The list of pictures")
    for media in pictures:
        if not isinstance(media, Media) or media.kind != "image":
            raise InvalidInput("Images holds something that is not a picture.")
    return pictures
