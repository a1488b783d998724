"""Frames in yuv420p mixed and painted on: brightness and two half-size colours, each a grey picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import av
from PIL import Image

Planes = tuple[Image.Image, Image.Image, Image.Image]
_BLACK = (16, 128, 128)
#: Shares of red, green and blue, and what is added: BT.709 in the limited range.
_LUMA = (0.182586, 0.614231, 0.062007, 16.0)
_BLUE = (-0.100644, -0.338572, 0.439216, 128.0)
_RED = (0.439216, -0.398942, -0.040274, 128.0)


def planes_of(frame: av.VideoFrame) -> Planes:
    """The pictures a yuv420p frame consists of."""
    brightness, blue, red = (
        Image.frombuffer("L", (plane.width, plane.height), bytes(plane), "raw", "L", plane.line_size, 1)
        for plane in frame.planes
    )
    return brightness, blue, red


def frame_of(planes: Iterable[Image.Image], size: tuple[int, int]) -> av.VideoFrame:
    """A yuv420p frame of such pictures."""
    frame = av.VideoFrame(*size, "yuv420p")
    for plane, picture in zip(frame.planes, planes, strict=True):
        rows = picture
        if plane.line_size != picture.width:
            rows = Image.new("L", (plane.line_size, picture.height))
            rows.paste(picture)
        plane.update(rows.tobytes().ljust(plane.buffer_size, b"\0"))
    return frame


def blended(first: av.VideoFrame, second: av.VideoFrame, share: float) -> av.VideoFrame:
    """``share`` of the second frame, the rest of the first."""
    pairs = zip(planes_of(first), planes_of(second), strict=True)
    return frame_of((Image.blend(a, b, share) for a, b in pairs), (first.width, first.height))


def darkened(frame: av.VideoFrame, share: float) -> av.VideoFrame:
    """``share`` of the frame, the rest black."""
    pictures = zip(planes_of(frame), _BLACK, strict=True)
    mixed = (Image.blend(Image.new("L", one.size, black), one, share) for one, black in pictures)
    return frame_of(mixed, (frame.width, frame.height))


def laid_on(frame: av.VideoFrame, smaller: av.VideoFrame, at: tuple[int, int]) -> av.VideoFrame:
    """The frame with a smaller one on it, whose corner stands at even places."""
    planes = [picture.copy() for picture in planes_of(frame)]
    for number, (picture, upper) in enumerate(zip(planes, planes_of(smaller), strict=True)):
        scale = 2 if number else 1
        picture.paste(upper, (at[0] // scale, at[1] // scale))
    return frame_of(planes, (frame.width, frame.height))


@dataclass(frozen=True, slots=True)
class Painting:
    """What is painted on frames, cut to where there is something: its corner, planes, and how thick each is."""

    at: tuple[int, int]
    planes: Planes
    masks: Planes

    @classmethod
    def of(cls, layer: Image.Image) -> Painting | None:
        """A clear layer with something on it; None when it is all clear."""
        box = layer.getchannel("A").getbbox()
        if box is None:
            return None
        left, top = box[0] & ~1, box[1] & ~1
        cut = layer.crop((left, top, (box[2] + 1) & ~1, (box[3] + 1) & ~1))
        alpha = cut.getchannel("A")
        half = (cut.width // 2, cut.height // 2)
        thin = alpha.resize(half, Image.Resampling.BOX)
        # The colours of clear pixels must not bleed into their neighbours where four share one.
        solid = cut.convert("RGBa").resize(half, Image.Resampling.BOX).convert("RGBA")
        brightness = _brightness(cut)
        blue, red = _colors(solid)
        return cls((left, top), (brightness, blue, red), (alpha, thin, thin))


def painted(frame: av.VideoFrame, painting: Painting) -> av.VideoFrame:
    """The frame with the painting on it."""
    planes = [picture.copy() for picture in planes_of(frame)]
    for number, picture in enumerate(planes):
        scale = 2 if number else 1
        at = (painting.at[0] // scale, painting.at[1] // scale)
        picture.paste(painting.planes[number], at, painting.masks[number])
    return frame_of(planes, (frame.width, frame.height))


def _brightness(picture: Image.Image) -> Image.Image:
    """Y of BT.709 in the limited range."""
    return picture.convert("RGB").convert("L", _LUMA)


def _colors(picture: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Cb and Cr of BT.709 in the limited range."""
    flat = picture.convert("RGB")
    return flat.convert("L", _BLUE), flat.convert("L", _RED)
