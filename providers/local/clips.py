"""Videos and sounds: measured, and copied without metadata."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import av
from av.stream import Disposition
from PIL import Image

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import sniff
from providers.local.limits import check_picture

AnyStream = TypeVar("AnyStream", bound=av.stream.Stream)

_AUDIO_ONLY = {sniff.MP4: sniff.M4A, sniff.MOV: sniff.M4A, sniff.WEBM: sniff.WEBM_AUDIO}
_WITH_VIDEO = {sniff.M4A: sniff.MP4}
_MUXERS = {sniff.M4A: "ipod"}
_MICROSECONDS = 1_000_000
#: What FFmpeg raises on damaged files and on what a container cannot hold; AttributeError because a stream
#: of an unknown codec has no context, whatever its type says.
CLIP_FAULTS = (av.FFmpegError, ValueError, OSError, EOFError, IndexError, OverflowError, AttributeError)


@dataclass(frozen=True, slots=True)
class Clip:
    """A measured file, and its first frame as shown where it has pictures."""

    media: Media
    still: Image.Image | None
    kind: sniff.FileType


def prepare_clip(path: Path, scratch: Path, kind: sniff.FileType) -> Clip:
    """A copy without metadata, stream by stream; where that fails, of the bytes as they are.

    Raises `InvalidInput` when there is no video or sound that can be decoded.
    """
    clip = read_clip(path, kind)
    target = scratch / f"upload{clip.kind.suffix}"
    try:
        _copy_streams(path, target, clip.kind)
        copied = read_clip(target, clip.kind)
        if copied.kind == clip.kind:
            return copied
    except (*CLIP_FAULTS, InvalidInput):
        pass  # a rare codec that the container may not hold anew: the file itself is fine
    shutil.copyfile(path, target)
    return replace(clip, media=replace(clip.media, path=target))


def read_clip(path: Path, kind: sniff.FileType) -> Clip:
    """Measure a file and decode its first frame. Raises `InvalidInput` when it cannot be decoded."""
    name = kind.suffix[1:].upper()
    try:
        with path.open("rb") as file, av.open(file, "r", format=kind.reader) as container:
            video = kept_streams(container.streams.video)
            if not video and not kept_streams(container.streams.audio):
                raise InvalidInput(
                    f"This {name} file holds no video or sound that can be read. Save it anew."
                )
            if video:
                return _read_video(path, container, video[0], _WITH_VIDEO.get(kind, kind))
            return _read_audio(path, container, _AUDIO_ONLY.get(kind, kind))
    except MemoryError:
        raise
    except CLIP_FAULTS:
        raise InvalidInput(f"This {name} file is damaged and cannot be read. Save it anew.") from None


def _read_video(
    path: Path, container: av.container.InputContainer, stream: av.VideoStream, kind: sniff.FileType
) -> Clip:
    check_picture(stream.codec_context.width, stream.codec_context.height, what="This video")
    frame = next(container.decode(stream), None)
    if kind.kind != "video" or frame is None:
        raise InvalidInput("This file holds no video that can be read. Save it anew as MP4.")
    check_picture(frame.width, frame.height, what="This video")
    still: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    if frame.rotation % 360:
        still = still.rotate(frame.rotation, expand=True)
    seconds = _seconds(container)
    return Clip(Media(path, kind.content_type, still.width, still.height, seconds), still, kind)


def _read_audio(path: Path, container: av.container.InputContainer, kind: sniff.FileType) -> Clip:
    streams = kept_streams(container.streams.audio)
    if not streams or kind.kind != "audio" or next(container.decode(streams[0]), None) is None:
        raise InvalidInput("This file holds no sound that can be read. Save it anew as MP3 or WAV.")
    return Clip(Media(path, kind.content_type, seconds=_seconds(container)), None, kind)


def _seconds(container: av.container.InputContainer) -> float | None:
    """The longest of what the container and its streams say."""
    lengths = [
        float(stream.duration * stream.time_base)
        for stream in container.streams
        if stream.duration and stream.time_base
    ]
    if container.duration:
        lengths.append(container.duration / _MICROSECONDS)
    return round(max(lengths), 3) if lengths else None


def _copy_streams(path: Path, target: Path, kind: sniff.FileType) -> None:
    options = {"movflags": "+faststart"} if kind in (sniff.MP4, sniff.MOV, sniff.M4A) else {}
    muxer = _MUXERS.get(kind, kind.reader)
    with (
        path.open("rb") as file,
        av.open(file, "r", format=kind.reader) as source,
        av.open(str(target), "w", format=muxer, options=options) as copy,
    ):
        kept = [*kept_streams(source.streams.video), *kept_streams(source.streams.audio)]
        copies = {stream.index: copy.add_stream_from_template(stream) for stream in kept}
        for packet in source.demux(kept):
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                copy.mux(packet)


def kept_streams(streams: Iterable[AnyStream]) -> list[AnyStream]:
    """The streams without cover pictures: they are metadata."""
    return [stream for stream in streams if not stream.disposition & Disposition.attached_pic]
