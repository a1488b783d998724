"""Sound read as even streams of samples, mixed and faded.

Samples travel as bytes: 32 bit floats, left and right in turn.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av.filter import Graph

from providers.base import Media
from providers.errors import InvalidInput
from providers.local.clips import kept_streams
from providers.local.films import nearest, opened, start_of
from providers.local.limits import SOUND_SECONDS, check_sound

#: Rates that all the formats we write can hold.
_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_BLOCK = 4096
_SAMPLE_BYTES = 4
#: A note of time that is off by less than this is not believed: clocks of containers are coarse.
_JITTER_SECONDS = Fraction(1, 20)
#: Encoders fill their last block with silence; a file that ends this little earlier than its blocks means that.
_PADDING_SECONDS = Fraction(1, 10)
#: Decoders need what comes before the first sample that counts.
_RUN_UP = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Shape:
    """Samples a second, and one channel or two."""

    rate: int
    channels: int

    @property
    def layout(self) -> str:
        return "mono" if self.channels == 1 else "stereo"

    @property
    def step(self) -> int:
        """Bytes of one moment."""
        return self.channels * _SAMPLE_BYTES

    def silence(self, count: int) -> Iterator[bytes]:
        """``count`` moments of it."""
        for made in range(0, count, _BLOCK):
            yield bytes(min(_BLOCK, count - made) * self.step)


def common_shape(tracks: Sequence[Media]) -> Shape:
    """What holds all the tracks without loss, up to 48 kHz and stereo. Raises `InvalidInput`."""
    rates, channels = [_RATES[0]], [1]
    for media in tracks:
        with opened(media) as container:
            stream = _sound_of(container)
            rates.append(stream.codec_context.sample_rate)
            channels.append(stream.codec_context.layout.nb_channels)
    rate = next((known for known in _RATES if known >= max(rates)), _RATES[-1])
    return Shape(rate, 1 if max(channels) == 1 else 2)


def samples(
    media: Media, shape: Shape, *, start: Fraction = Fraction(0), count: int, padded: bool = True
) -> Iterator[bytes]:
    """The sound from ``start`` on, ``count`` moments at most; ``padded`` with silence to be exactly that many."""
    made = 0
    for at, block in _placed(media, shape, start):
        if at > made:
            yield from shape.silence(min(at, count) - made)
            made = min(at, count)
        fresh = block[max(0, made - at) * shape.step :][: (count - made) * shape.step]
        if fresh:
            yield fresh
            made += len(fresh) // shape.step
        if made >= count:
            return
    if padded:
        yield from shape.silence(count - made)


def length(media: Media, shape: Shape, *, cure: str) -> int:
    """Moments of a whole track, counted. Raises `TooLarge`."""
    most = (SOUND_SECONDS + 1) * shape.rate
    count = sum(len(block) for block in samples(media, shape, count=most, padded=False)) // shape.step
    said = nearest(_said_end(media) * shape.rate)
    if 0 < count - said < _PADDING_SECONDS * shape.rate:
        count = said
    check_sound(count / shape.rate, cure=cure)
    return count


def _said_end(media: Media) -> Fraction:
    """Where the file says that its sound ends, 0 when it says nothing."""
    with opened(media) as container:
        stream = _sound_of(container)
        if not stream.duration or not stream.time_base:
            return Fraction(0)
        return ((stream.start_time or 0) + stream.duration) * stream.time_base - start_of(container)


def check_header(media: Media, *, cure: str) -> None:
    """Refuse a file that says itself that it is too long, before it is read. Raises `TooLarge`."""
    with opened(media) as container:
        seconds = (container.duration or 0) / av.time_base
    check_sound(seconds, cure=cure)


def mixed(tracks: Sequence[Iterator[bytes]], volumes: Sequence[float], shape: Shape) -> Iterator[bytes]:
    """Tracks of one length over one another, each as loud as its volume says; sums too loud are cut later."""
    graph = Graph()
    graph.threads = 1
    weights = " ".join(f"{volume:.6f}" for volume in volumes)
    mix = graph.add("amix", inputs=str(len(tracks)), weights=weights, normalize="0")
    sources = [
        graph.add_abuffer(
            sample_rate=shape.rate, format="flt", layout=shape.layout, time_base=Fraction(1, shape.rate)
        )
        for _ in tracks
    ]
    for number, source in enumerate(sources):
        source.link_to(mix, 0, number)
    mix.link_to(form := graph.add("aformat", "sample_fmts=flt"))
    form.link_to(graph.add("abuffersink"))
    graph.configure()
    made = 0
    for blocks in zip(*(even_blocks(track, shape) for track in tracks), strict=True):
        for source, block in zip(sources, blocks, strict=True):
            source.push(audio_frame(block, shape, made))
        made += len(blocks[0]) // shape.step
        yield from _pulled(graph, shape)
    for source in sources:
        source.push(None)
    yield from _pulled(graph, shape)


def faded(block: bytes, first: float, last: float, shape: Shape) -> bytes:
    """The samples, their loudness going evenly from ``first`` to ``last``."""
    values = array("f", block)
    count = len(values) // shape.channels
    slope = (last - first) / max(1, count)
    for number in range(count):
        gain = first + slope * number
        for at in range(number * shape.channels, (number + 1) * shape.channels):
            values[at] *= gain
    return values.tobytes()


def summed(first: bytes, second: bytes) -> bytes:
    """Two blocks of one length over one another."""
    return array("f", map(float.__add__, array("f", first), array("f", second))).tobytes()


def fading_out(track: Iterator[bytes], count: int, fade: int, shape: Shape) -> Iterator[bytes]:
    """A track of ``count`` moments whose last ``fade`` ones grow silent."""
    fade, made = min(fade, count), 0
    for block in track:
        moments = len(block) // shape.step
        loud = max(0, min(moments, count - fade - made))
        yield block[: loud * shape.step]
        if loud < moments:
            first = (count - made - loud) / fade
            yield faded(block[loud * shape.step :], first, (count - made - moments) / fade, shape)
        made += moments


def even_blocks(track: Iterator[bytes], shape: Shape) -> Iterator[bytes]:
    """The same samples in blocks of one size; the last may be shorter."""
    size, held = _BLOCK * shape.step, b""
    for block in track:
        held += block
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def audio_frame(block: bytes, shape: Shape, at: int) -> av.AudioFrame:
    """The block as a frame that begins ``at`` moments after the start."""
    frame = av.AudioFrame(format="flt", layout=shape.layout, samples=len(block) // shape.step, align=1)
    frame.planes[0].update(block)
    frame.sample_rate, frame.pts, frame.time_base = shape.rate, at, Fraction(1, shape.rate)
    return frame


def _placed(media: Media, shape: Shape, start: Fraction) -> Iterator[tuple[int, bytes]]:
    """Blocks of samples and the moments after ``start`` at which they begin; early ones are negative."""
    with opened(media) as container:
        stream, zero = _sound_of(container), start_of(container)
        if start > _RUN_UP:
            container.seek(int((start - _RUN_UP + zero) * av.time_base))
        resampler, kind, at = None, None, None
        for frame in container.decode(stream):
            if resampler is None or kind != _kind(frame):
                # FFmpeg would turn the one channel down where it makes two of it.
                layout = "mono" if frame.layout.nb_channels == 1 else shape.layout
                resampler = av.AudioResampler(format="flt", layout=layout, rate=shape.rate)
                kind = _kind(frame)
            if frame.pts is not None and frame.time_base:
                noted = nearest((frame.pts * frame.time_base - zero - start) * shape.rate)
                if at is None or abs(noted - at) > _JITTER_SECONDS * shape.rate:
                    at = noted
            at = at or 0
            for block in _blocks_of(resampler.resample(frame), shape):
                yield at, block
                at += len(block) // shape.step
        if resampler is not None:
            for block in _blocks_of(resampler.resample(None), shape):
                yield at or 0, block
                at = (at or 0) + len(block) // shape.step


def _kind(frame: av.AudioFrame) -> tuple[str, str, int]:
    return frame.format.name, frame.layout.name, frame.sample_rate


def _blocks_of(frames: Sequence[av.AudioFrame], shape: Shape) -> Iterator[bytes]:
    """The samples of the frames; one channel is as loud in each of two."""
    for frame in frames:
        channels = frame.layout.nb_channels
        block = bytes(frame.planes[0])[: frame.samples * channels * _SAMPLE_BYTES]
        if channels < shape.channels:
            one, both = array("f", block), array("f", bytes(2 * len(block)))
            both[0::2], both[1::2] = one, one
            block = both.tobytes()
        yield block


def _pulled(graph: Graph, shape: Shape) -> Iterator[bytes]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield from _blocks_of([frame], shape)


def _sound_of(container: av.container.InputContainer) -> av.AudioStream:
    streams = kept_streams(container.streams.audio)
    if not streams:
        raise InvalidInput("This file has no sound.")
    return streams[0]
