"""Frames of videos: turned upright, made to fit, and in the one colour space of the films we write."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import av
from av.filter import Graph
from PIL import Image

from providers.errors import InvalidInput
from providers.local.planes import laid_on
from providers.local.resize import contained

Size = tuple[int, int]
Step = tuple[str, str]

#: Of `av.VideoFrame.colorspace` and its kin, as FFmpeg numbers them.
BT709, LIMITED_RANGE = 1, 1
_EXACTLY = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
_TURNS: dict[int, list[Step]] = {
    0: [],
    90: [("transpose", "cclock")],
    180: [("hflip", ""), ("vflip", "")],
    270: [("transpose", "clock")],
}
#: The blurred background is made this much smaller first: nobody sees it, and it takes a fraction of the time.
_BLUR_SHRINK = 8


def even(length: int) -> int:
    """H.264 in its common form has even sides only: an odd one is a pixel shorter, and none is below two."""
    return max(2, length & ~1)


def even_size(size: Size) -> Size:
    return even(size[0]), even(size[1])


def shown_size(frame: av.VideoFrame, pixel_aspect: Fraction) -> Size:
    """Width and height as people see them: square pixels, upright."""
    width = max(1, round(frame.width * pixel_aspect))
    return (frame.height, width) if _turn(frame) in (90, 270) else (width, frame.height)


class Fitting:
    """Makes frames of any shape into frames of one even ``size``, yuv420p in BT.709.

    ``cover`` cuts off what reaches over, ``contain`` leaves black around, ``blur`` shows the frame itself there, out
    of focus; ``crop`` takes the top left corner and leaves its pixels as they are.
    """

    def __init__(self, size: Size, fit: str, pixel_aspect: Fraction = Fraction(1)) -> None:
        self.size = size
        self._fit = fit
        self._pixel_aspect = pixel_aspect
        self._chains: dict[tuple[object, ...], list[_Chain]] = {}

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        shape = _shape(frame)
        if shape not in self._chains:
            self._chains = {shape: self._chains_for(frame)}  # a shape that has passed seldom comes again
        fitted = [chain(frame) for chain in self._chains[shape]]
        if len(fitted) == 1:
            return fitted[0]
        background, middle = fitted
        return laid_on(background, middle, _middle(self.size, (middle.width, middle.height)))

    def _chains_for(self, frame: av.VideoFrame) -> list[_Chain]:
        shown = shown_size(frame, self._pixel_aspect)
        upright = _upright(frame, self._pixel_aspect)
        width, height = self.size
        if self._fit == "crop" and shown[0] >= width and shown[1] >= height:
            return [_Chain(frame, [*upright, ("crop", f"{width}:{height}:0:0:exact=1"), *_scaled(self.size)])]
        inner = even_size(contained(shown, self.size))
        if self._fit in ("cover", "crop"):
            return [_Chain(frame, [*upright, _cut(shown, self.size), *_scaled(self.size)])]
        if self._fit == "contain" or inner == self.size:
            left, top = _middle(self.size, inner)
            pad = ("pad", f"{width}:{height}:{left}:{top}:black")
            return [_Chain(frame, [*upright, *_scaled(inner), pad])]
        small = even_size((width // _BLUR_SHRINK, height // _BLUR_SHRINK))
        soft = ("gblur", f"sigma={max(1.0, min(small) / 12):.2f}")
        background = [*upright, _cut(shown, self.size), *_scaled(small), soft, *_scaled(self.size)]
        return [_Chain(frame, background), _Chain(frame, [*upright, *_scaled(inner)])]


def as_picture(frame: av.VideoFrame, pixel_aspect: Fraction) -> Image.Image:
    """A frame as people see it, RGB."""
    upright = _upright(frame, pixel_aspect)
    shown = _Chain(frame, [*upright, ("scale", _EXACTLY), ("format", "rgb24")])(frame)
    picture: Image.Image = shown.to_image()  # type: ignore[no-untyped-call]
    return picture


class _Chain:
    """Filters one after another, for frames of one shape."""

    def __init__(self, like: av.VideoFrame, steps: Sequence[Step]) -> None:
        self._graph = Graph()
        self._graph.threads = 1
        source = self._graph.add(
            "buffer",
            video_size=f"{like.width}x{like.height}",
            pix_fmt=like.format.name,
            time_base="1/1000",
            colorspace=str(int(like.colorspace)),
            range=str(int(like.color_range)),
        )
        try:
            nodes = [self._graph.add(name, options) for name, options in steps]
            self._graph.link_nodes(source, *nodes, self._graph.add("buffersink")).configure()
        except av.FFmpegError:
            raise InvalidInput(
                f"This video has frames of {like.format.name}, which cannot be read here. Save it as H.264 in MP4."
            ) from None

    def __call__(self, frame: av.VideoFrame) -> av.VideoFrame:
        self._graph.push(frame)
        made = self._graph.vpull()
        return made


def _scaled(size: Size) -> list[Step]:
    scale = f"{size[0]}:{size[1]}:out_color_matrix=bt709:out_range=tv:{_EXACTLY}"
    return [("scale", scale), ("setsar", "1"), ("format", "yuv420p")]


def _cut(shown: Size, size: Size) -> Step:
    """The middle of the frame, in the shape of ``size``."""
    width, height = contained(size, shown)
    return ("crop", f"{width}:{height}:{(shown[0] - width) // 2}:{(shown[1] - height) // 2}:exact=1")


def _upright(frame: av.VideoFrame, pixel_aspect: Fraction) -> list[Step]:
    steps: list[Step] = []
    if pixel_aspect != 1:
        steps.append(("scale", f"{max(1, round(frame.width * pixel_aspect))}:{frame.height}:{_EXACTLY}"))
    return steps + _TURNS[_turn(frame)]


def _turn(frame: av.VideoFrame) -> int:
    """How far a frame is to be turned against the clock, in quarters."""
    return round(frame.rotation / 90) * 90 % 360


def _shape(frame: av.VideoFrame) -> tuple[object, ...]:
    return (
        frame.width, frame.height, frame.format.name, _turn(frame), int(frame.colorspace), int(frame.color_range),
    )  # fmt: skip


def _middle(outer: Size, inner: Size) -> Size:
    """Even, as the colours of a frame are kept for squares of four pixels."""
    return (outer[0] - inner[0]) // 2 & ~1, (outer[1] - inner[1]) // 2 & ~1
