"""Films and sounds written: H.264 and AAC in MP4, and MP3, WAV or M4A. The same input gives the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.video.frame import PictureType

from providers.base import Media, Request
from providers.local import sniff
from providers.local.framing import BT709, LIMITED_RANGE, Size
from providers.local.soundtracks import Shape, audio_frame, even_blocks

_EXACT = {"fflags": "+bitexact"}  # no times and versions in the file
_H264 = {"preset": "veryfast", "crf": "18"}
#: Of frames this large the encoder may hold a few only, or it takes more memory than a step has.
_LARGE_PIXELS = 5_000_000
_HELD_FEW = {"rc-lookahead": "2", "bf": "0", "refs": "1"}
_BITS_PER_CHANNEL = 96_000
#: The encoder's result depends on how many share the work, so it is not left to the machine.
_ENCODERS = 2
_FORMATS = {
    "mp3": (sniff.MP3, "mp3", "libmp3lame"),
    "wav": (sniff.WAV, "wav", "pcm_s16le"),
    "m4a": (sniff.M4A, "ipod", "aac"),
}


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """Samples in one shape, as `providers.local.soundtracks` makes them."""

    shape: Shape
    blocks: Iterator[bytes]


def write_film(
    request: Request, frames: Iterator[av.VideoFrame], *, size: Size, rate: Fraction, sound: Soundtrack | None
) -> Media:
    """``video.mp4`` in the request's folder, fit to be played while it is loaded. Frames are yuv420p in BT.709."""
    path, count = request.scratch / "video.mp4", 0
    with av.open(str(path), "w", format="mp4", options={**_EXACT, "movflags": "+faststart"}) as container:
        large = size[0] * size[1] > _LARGE_PIXELS
        stream = container.add_stream("libx264", rate=rate, options=_H264 | _HELD_FEW if large else _H264)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        encoder = stream.codec_context
        encoder.colorspace = encoder.color_primaries = encoder.color_trc = BT709
        encoder.color_range = LIMITED_RANGE
        encoder.thread_count, encoder.thread_type = 1 if large else _ENCODERS, "FRAME"
        voice = _Voice(container, "aac", sound) if sound else None
        for frame in frames:
            frame.pts, frame.time_base, frame.pict_type = count, 1 / rate, PictureType.NONE
            container.mux(stream.encode(frame))
            count += 1
            if voice:
                voice.write_until(count / rate)
        container.mux(stream.encode(None))
        if voice:
            voice.finish()
    return Media(path, sniff.MP4.content_type, *size, seconds=round(float(count / rate), 3))


def write_sound(request: Request, sound: Soundtrack, name: str) -> Media:
    """``audio.<name>`` in the request's folder; ``name`` is mp3, wav or m4a."""
    kind, muxer, codec = _FORMATS[name]
    path = request.scratch / f"audio{kind.suffix}"
    options = {**_EXACT, "movflags": "+faststart"} if kind is sniff.M4A else _EXACT
    with av.open(str(path), "w", format=muxer, options=options) as container:
        voice = _Voice(container, codec, sound)
        voice.finish()
    return Media(path, kind.content_type, seconds=round(voice.made / sound.shape.rate, 3))


class _Voice:
    """The sound stream of a file that is being written."""

    def __init__(self, container: av.container.OutputContainer, codec: str, sound: Soundtrack) -> None:
        self.made = 0
        self._container = container
        self._shape = sound.shape
        self._blocks = even_blocks(sound.blocks, sound.shape)
        stream = container.add_stream(codec, rate=sound.shape.rate, layout=sound.shape.layout)
        assert isinstance(stream, av.AudioStream)
        self._stream = stream
        if codec != "pcm_s16le":
            self._stream.bit_rate = _BITS_PER_CHANNEL * sound.shape.channels

    def write_until(self, seconds: Fraction) -> None:
        """Keep up with the pictures, so that the file holds what is played together side by side."""
        while self.made < seconds * self._shape.rate and (block := next(self._blocks, b"")):
            self._write(block)

    def finish(self) -> None:
        """Write what is left."""
        for block in self._blocks:
            self._write(block)
        self._container.mux(self._stream.encode(None))

    def _write(self, block: bytes) -> None:
        self._container.mux(self._stream.encode(audio_frame(block, self._shape, self.made)))
        self.made += len(block) // self._shape.step
