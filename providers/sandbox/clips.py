"""Clips and sounds of the sandbox: H.264 in MP4, and tones in WAV or MP3."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
from PIL import Image

from providers.base import Media
from providers.errors import InvalidInput
from providers.sandbox.dice import Dice
from providers.sandbox.wire import Order

FRAME_RATE = 24
SAMPLE_RATE = 24_000
DEFAULT_SECONDS = 5.0
LONGEST_CLIP, LONGEST_SOUND = 60.0, 600.0
CHARACTERS_PER_SECOND = 15
ZOOM = 0.14  # how much closer the last frame is than the first

#: Services that answer with uncompressed sound.
_WAV_NODES = frozenset({"audio:gemini_tts", "audio:kokoro_tts", "audio:stable_audio"})
_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)  # pentatonic, in half tones: any order sounds well
_EXACT = {"fflags": "+bitexact"}  # no times and versions in the file: the same input gives the same bytes


def seconds_of(order: Order, longest: float) -> float:
    """How long the artefact lasts, as the node's catalog entry says; at most ``longest``."""
    rule = order.kind.spec["sandbox"]
    seconds: float | None = None
    match rule.get("seconds"):
        case int(number):
            seconds = float(number)
        case "as the input":
            clips = order.media("video") + order.media("audio")
            seconds = clips[0].seconds if clips else None
        case str():  # 15 characters per second
            seconds = len(order.prompt) / CHARACTERS_PER_SECOND
    name, _, divisor = rule.get("seconds_from", "").removeprefix("param:").partition("/")
    if name and (value := order.params.get(name)):
        seconds = float(value) / float(divisor or 1)
    return min(max(seconds if seconds is not None else DEFAULT_SECONDS, 0.5), longest)


def audio(order: Order, stem: Path) -> Media:
    """A little tune in a file beside ``stem``, WAV or MP3, mono."""
    seconds = seconds_of(order, LONGEST_SOUND)
    samples = tune(order.seed, seconds)
    if order.kind.name in _WAV_NODES:
        path = stem.with_name(stem.name + ".wav")
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(samples)
        return Media(path, "audio/wav", seconds=seconds)
    path = stem.with_name(stem.name + ".mp3")
    with av.open(str(path), "w", format="mp3", options=_EXACT) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = 64_000
        _mux_sound(container, stream, samples)
    return Media(path, "audio/mpeg", seconds=seconds)


def video(order: Order, path: Path, start: Image.Image, end: Image.Image | None, notes: Image.Image) -> Media:
    """A slow zoom into ``start`` under the lettering of ``notes`` (RGBA, the size of the clip).

    With ``end`` (the size of ``start``) the last third fades over to it. Nodes that make sound add a tune.
    """
    seconds = seconds_of(order, LONGEST_CLIP)
    frames = max(1, round(seconds * FRAME_RATE))
    frame_of: Any = av.VideoFrame.from_image
    width, height = notes.size
    with av.open(str(path), "w", format="mp4", options={**_EXACT, "movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAME_RATE, options={"preset": "veryfast", "crf": "22"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        sound = None
        if order.params.get("generate_audio") or order.kind.category == "audio":
            sound = container.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        for number in range(frames):
            picture = _zoomed(start, end, notes.size, number / max(1, frames - 1))
            picture.paste(notes, mask=notes)
            frame = frame_of(picture)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _mux_sound(container, sound, tune(order.seed, frames / FRAME_RATE))
    return Media(path, "video/mp4", width, height, frames / FRAME_RATE)


def first_frame(path: Path) -> Image.Image:
    """The first picture of a clip, RGB. Raises InvalidInput when there is none."""
    try:
        with av.open(str(path), options={"protocol_whitelist": "file,pipe"}) as container:
            for frame in container.decode(video=0):
                picture: Any = frame
                still: Image.Image = picture.to_image()
                return still.convert("RGB")
    except (av.FFmpegError, OSError, IndexError) as error:
        raise InvalidInput("A clip wired in cannot be read; use an MP4, MOV or WEBM.") from error
    raise InvalidInput("A clip wired in holds no pictures.")


def tune(seed: str, seconds: float) -> bytes:
    """A calm melody from the seed: 16-bit mono samples at 24 kHz."""
    dice = Dice(seed, "tune")
    root = 220.0 * 2 ** (int(dice.between(-5, 6)) / 12)
    beat = dice.between(0.28, 0.5)
    notes = [_note(root * 2 ** (step / 12), beat) for step in _SCALE]
    total = round(seconds * SAMPLE_RATE)
    melody = b"".join(_melody(dice, notes, total))
    return melody[: 2 * total]


def _melody(dice: Dice, notes: list[bytes], total: int) -> Iterator[bytes]:
    place, made = int(dice.between(0, len(notes))), 0
    while made < total:
        place = min(max(place + dice.pick((-2, -1, -1, 0, 1, 1, 2)), 0), len(notes) - 1)
        made += len(notes[place]) // 2
        yield notes[place]


def _note(pitch: float, seconds: float) -> bytes:
    """One plucked note: a tone and two overtones under a fast rise and a slow fall."""
    count = round(seconds * SAMPLE_RATE)
    turn = math.tau * pitch / SAMPLE_RATE
    samples = array("h")
    for i in range(count):
        level = 9000 * min(1.0, i / 240) * math.exp(-3.2 * i / count) * min(1.0, (count - i) / 240)
        tone = math.sin(turn * i) + 0.35 * math.sin(2 * turn * i) + 0.12 * math.sin(3 * turn * i)
        samples.append(round(level * tone))
    return samples.tobytes()


def _mux_sound(container: Any, stream: Any, samples: bytes) -> None:
    step = 2 * SAMPLE_RATE  # one second of bytes
    for offset in range(0, len(samples), step):
        part = samples[offset : offset + step]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(part) // 2, align=1)
        frame.planes[0].update(part)
        frame.sample_rate, frame.pts = SAMPLE_RATE, offset // 2
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _zoomed(start: Image.Image, end: Image.Image | None, size: tuple[int, int], place: float) -> Image.Image:
    share = 1 - ZOOM * place
    width, height = start.size
    left, top = width * (1 - share) / 2, height * (1 - share) / 2
    box = (left, top, width - left, height - top)
    picture = start.resize(size, Image.Resampling.BILINEAR, box=box)
    if end is not None and place > 2 / 3:
        later = end.resize(size, Image.Resampling.BILINEAR, box=box)
        picture = Image.blend(picture, later, min(1.0, place * 3 - 2))
    return picture
