"""Small videos and sounds to try local nodes on, and what can be seen and heard in the results."""

from __future__ import annotations

import wave
from array import array
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from providers.base import Media
from tests.providers.local_work import work

PALETTE = {
    "R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), "W": (255, 255, 255), "K": (0, 0, 0),
    "Y": (255, 255, 0), "C": (0, 255, 255), "M": (255, 0, 255),
}  # fmt: skip
_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm"}
_CODECS = {".mp4": "libx264", ".mov": "libx264", ".webm": "libvpx-vp9"}


def clip(
    path: Path,
    shown: str | Sequence[Image.Image],
    *,
    size: tuple[int, int] = (64, 48),
    rate: int | Fraction = 25,
    level: int | None = None,
    sound: dict[str, Any] | None = None,
    times: Sequence[int] | None = None,
    aspect: Fraction | None = None,
    pix_fmt: str = "yuv420p",
) -> Media:
    """A video of the pictures, or of one plain colour per letter of `PALETTE`, with a steady ``level`` as sound.

    ``times`` are the frames' places, one after another where left out.
    """
    pictures = [Image.new("RGB", size, PALETTE[one]) if isinstance(one, str) else one for one in shown]
    with av.open(str(path), "w") as container:
        options = {"crf": "0"} if path.suffix == ".webm" else {"preset": "ultrafast", "qp": "4"}
        stream: Any = container.add_stream(_CODECS[path.suffix], rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *pictures[0].size, pix_fmt
        stream.codec_context.thread_count = 1
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        voice: Any = None
        if level is not None:
            codec, usual = ("libopus", 48_000) if path.suffix == ".webm" else ("aac", 44_100)
            settings = {"rate": usual, "layout": "mono", **(sound or {})}
            voice = container.add_stream(codec, **settings)
        for number, picture in enumerate(pictures):
            frame: Any = av.VideoFrame.from_image(picture)
            frame.pts = times[number] if times else number
            frame.time_base = 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if voice is not None and level is not None:
            count = round(len(pictures) / rate * settings["rate"])
            channels = 1 if settings["layout"] == "mono" else 2
            sounding = av.AudioFrame(format="s16", layout=settings["layout"], samples=count, align=1)
            sounding.planes[0].update(array("h", [level]) * (count * channels))
            sounding.sample_rate, sounding.pts = settings["rate"], 0
            container.mux(voice.encode(sounding))
            container.mux(voice.encode(None))
    return Media(path, _TYPES[path.suffix])


def wav(path: Path, levels: Sequence[int], *, rate: int = 8000, channels: int = 1) -> Media:
    """A sound of those samples, the same in each channel."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(array("h", [level for level in levels for _ in range(channels)]).tobytes())
    return Media(path, "audio/wav")


def samples(media: Media) -> list[int]:
    """The samples of a WAV."""
    with wave.open(str(media.path), "rb") as file:
        return array("h", file.readframes(file.getnframes())).tolist()


def pictures(media: Media) -> list[Image.Image]:
    """All frames, RGB, and what `Media` says of them checked."""
    with av.open(str(media.path)) as container:
        stream = container.streams.video[0]
        made: list[Any] = list(container.decode(stream))
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert stream.sample_aspect_ratio in (None, 0, 1)
        assert media.content_type == "video/mp4" and media.seconds is not None
        assert abs(float(len(made) / stream.average_rate) - media.seconds) < 0.001
    assert {(frame.width, frame.height) for frame in made} == {(media.width, media.height)}
    return [frame.to_image() for frame in made]


def colors(media: Media, at: tuple[int, int] = (10, 10)) -> str:
    """The colour of one place in each frame, a letter each."""
    return "".join(letter(picture, at) for picture in pictures(media))


def letter(picture: Image.Image, at: tuple[int, int]) -> str:
    """The colour of `PALETTE` that stands there; ``?`` when it is none of them."""
    seen: Any = picture.getpixel(at)
    for name, color in PALETTE.items():
        if all(abs(a - b) <= 6 for a, b in zip(seen, color, strict=True)):
            return name
    return "?"


def streams(media: Media) -> list[tuple[str, str, float]]:
    """Type, codec and seconds of each stream, the sound with its rate and channels."""
    with av.open(str(media.path)) as container:
        return [
            (stream.type, stream.codec_context.name, round(float(stream.duration * stream.time_base), 2))
            for stream in container.streams
            if stream.duration and stream.time_base
        ]


def heard(media: Media, moment: float) -> int:
    """How loud it is around a moment, over a fiftieth of a second, left or only channel."""
    total, count = 0.0, 0
    with av.open(str(media.path)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        heard_all = array("h")
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                heard_all.frombytes(bytes(part.planes[0])[: 2 * part.samples])
    for level in heard_all[round(moment * 8000) - 80 : round(moment * 8000) + 80]:
        total, count = total + level, count + 1
    return round(total / count)


def made(kind: str, scratch: Path, *, inputs: dict, **params) -> Media:
    media = work(kind, scratch, inputs=inputs, **params)["video"]
    assert media.path.parent == scratch
    assert b"moov" in media.path.read_bytes()[:64], "the index comes first, so that it plays while it loads"
    return media


def turned(media: Media, degrees: int) -> Media:
    """The same packets, shown turned."""
    path = media.path.with_stem("turned")
    with av.open(str(media.path)) as source, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    return replace(media, path=path)
