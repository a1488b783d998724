"""Videos read frame by frame, on an even timeline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
from av.container import InputContainer

from providers.base import Media, Request
from providers.errors import InvalidInput
from providers.local import sniff
from providers.local.clips import CLIP_FAULTS, kept_streams
from providers.local.framing import Fitting, Size, shown_size
from providers.local.limits import check_picture

#: Rates a film may have; a file that claims another one is counted instead.
LOWEST_RATE, HIGHEST_RATE = 1, 120
_USUAL_RATE = Fraction(30)
#: WEBM counts whole milliseconds, so a moment may be noted half of one too late.
_SLACK = Fraction(1, 2000)
#: How much of its place a frame may come late: cameras are not quite even.
_LATE = Fraction(1, 8)
#: Custom input has no need of any protocol, and a file inside that names another one gets none.
_CLOSED = {"protocol_whitelist": "none"}


@dataclass(frozen=True, slots=True)
class Film:
    """A measured video: its size as shown, frames a second, length, and whether it has a sound track."""

    media: Media
    size: Size
    pixel_aspect: Fraction
    rate: Fraction
    seconds: Fraction
    has_sound: bool

    def frames(self, rate: Fraction) -> int:
        """How many frames the film has at that rate, at least one."""
        return max(1, nearest(self.seconds * rate))


def film_input(request: Request, port: str = "video") -> Film:
    """The video wired to ``port``, measured. Raises `InvalidInput` when there is none."""
    value = request.inputs.get(port)
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if not isinstance(value, Media):
        raise InvalidInput(f"No video arrived at {port}.")
    return measure(value)


def measure(media: Media) -> Film:
    """Measure a video by its packets, whatever its header says. Raises `InvalidInput`."""
    if media.kind != "video":
        raise InvalidInput(f"A video is needed here, not {media.content_type}.")
    with opened(media) as container:
        streams = kept_streams(container.streams.video)
        if not streams:
            raise InvalidInput("This file holds no video that can be read. Save it anew as MP4.")
        stream = streams[0]
        check_picture(stream.codec_context.width, stream.codec_context.height, what="This video")
        base, zero, end, packets = stream.time_base or Fraction(1), start_of(container), Fraction(0), 0
        guessed = stream.guessed_rate or stream.average_rate
        pixel_aspect = _pixel_aspect(stream.sample_aspect_ratio)
        for packet in container.demux(stream):
            if packet.pts is not None:
                packets += 1
                end = max(end, (packet.pts + (packet.duration or 0)) * base - zero)
        has_sound = bool(kept_streams(container.streams.audio))
    if guessed is None or not LOWEST_RATE <= guessed <= HIGHEST_RATE:
        counted = Fraction(nearest(packets / end)) if end > 0 else _USUAL_RATE
        guessed = min(max(counted, Fraction(LOWEST_RATE)), Fraction(HIGHEST_RATE))
    first = next(decoded(media))[1]
    size = shown_size(first, pixel_aspect)
    check_picture(*size, what="This video")
    rate = Fraction(guessed)
    return Film(media, size, pixel_aspect, rate, max(end, 1 / rate), has_sound)


@contextmanager
def opened(media: Media) -> Iterator[InputContainer]:
    """A video or sound, opened as what its bytes are. Raises `InvalidInput` when it is damaged."""
    with media.path.open("rb") as file:
        kind = sniff.media_type(file.read(sniff.HEAD_BYTES))
    if kind is None or kind.kind not in ("video", "audio"):
        raise InvalidInput(f"This file is not {media.content_type}.")
    try:
        with (
            media.path.open("rb") as file,
            av.open(file, "r", format=kind.reader, options=_CLOSED) as container,
        ):
            yield container
    except MemoryError:
        raise
    except CLIP_FAULTS:
        name = kind.suffix[1:].upper()
        raise InvalidInput(f"This {name} file is damaged and cannot be read. Save it anew.") from None


def start_of(container: InputContainer) -> Fraction:
    """The moment that counts as the beginning of all its streams."""
    return Fraction(container.start_time or 0, av.time_base)


def decoded(media: Media, start: Fraction = Fraction(0)) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Moments and frames, from some frame at or before ``start`` on. Raises `InvalidInput`."""
    with opened(media) as container:
        stream = kept_streams(container.streams.video)[0]
        zero, moment = start_of(container), Fraction(0)
        step = 1 / (stream.guessed_rate or _USUAL_RATE)
        if start > 0:
            container.seek(int((start + zero) * av.time_base))
        found = False
        for frame in container.decode(stream):
            check_picture(frame.width, frame.height, what="This video")
            if frame.pts is not None and frame.time_base:
                moment = frame.pts * frame.time_base - zero
            yield moment, frame
            moment, found = moment + step, True
    if not found and start == 0:
        raise InvalidInput("This file holds no video that can be read. Save it anew as MP4.")


def shots(
    film: Film, rate: Fraction, fitting: Fitting, *, start: Fraction = Fraction(0), count: int
) -> Iterator[av.VideoFrame]:
    """Exactly ``count`` frames at an even ``rate``: each place shows the latest frame that belongs to it.

    What is missing at either end is filled with the nearest frame.
    """
    made, shown = 0, None
    for moment, frame in decoded(film.media, start):
        place = math.ceil((moment - start) * rate - _LATE)
        if shown is not None and place > made:
            fitted = fitting(shown)
            for _ in range(min(place, count) - made):
                yield fitted
            made = min(place, count)
        if made == count:
            return
        shown = frame
    if shown is None:
        raise InvalidInput("This video is damaged and cannot be read. Save it anew.")
    fitted = fitting(shown)
    for _ in range(count - made):
        yield fitted


def frame_at(film: Film, moment: Fraction) -> av.VideoFrame:
    """The frame shown at ``moment``; the first one when the film begins later."""
    found = None
    for begins, frame in decoded(film.media, moment):
        if found is not None and begins > moment + _SLACK:
            break
        found = frame
    return found if found is not None else next(decoded(film.media))[1]


def last_frame(film: Film) -> av.VideoFrame:
    """The frame the film ends with."""
    found = None
    for start in (max(Fraction(0), film.seconds - 1), Fraction(0)):
        for _, frame in decoded(film.media, start):
            found = frame
        if found is not None:
            break
    assert found is not None
    return found


def nearest(number: Fraction | float) -> int:
    """The nearest whole number, halves up."""
    return math.floor(number + Fraction(1, 2))


def _pixel_aspect(ratio: Fraction | None) -> Fraction:
    """Width of a pixel by its height; what no camera makes counts as square."""
    return ratio if ratio and Fraction(1, 4) <= ratio <= 4 else Fraction(1)
