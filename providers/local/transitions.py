"""Pieces of film put one after another: cut, cross-faded, or faded through black."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import av

from providers.errors import InvalidInput
from providers.local.films import nearest
from providers.local.planes import blended, darkened
from providers.local.soundtracks import Shape, faded, summed

Frames = Iterator[av.VideoFrame]


@dataclass(frozen=True, slots=True)
class Joints:
    """How many frames each piece has, and how they meet.

    Cross-faded pieces lie ``shared`` frames over one another; through black each grows dark and bright again over
    ``dark`` frames of its own.
    """

    counts: Sequence[int]
    shared: int = 0
    dark: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts) - self.shared * (len(self.counts) - 1)

    def begins(self, number: int) -> int:
        """The frame of the whole at which a piece begins."""
        return sum(self.counts[:number]) - self.shared * number


def joints_for(
    counts: Sequence[int], transition: str, seconds: float, rate: Fraction, *, what: str
) -> Joints:
    """Raises `InvalidInput` when a piece is too short for its transitions."""
    frames = max(1, nearest(Fraction(str(seconds)) * rate))
    if transition == "cut" or len(counts) == 1:
        return Joints(counts)
    needed = frames if transition == "crossfade" else max(1, frames // 2)
    for number, count in enumerate(counts):
        sides = 1 if number in (0, len(counts) - 1) else 2
        if needed * sides > count:
            fits = count / sides * (1 if transition == "crossfade" else 2) / rate
            raise InvalidInput(
                f"Transition s is {seconds:g} s, but {what} {number + 1} is {float(count / rate):.2g} s long; "
                f"use {int(fits * 100) / 100:g} s or less there, or cut."
            )
    return Joints(counts, shared=needed) if transition == "crossfade" else Joints(counts, dark=needed)


def joined_frames(pieces: Sequence[Callable[[], Frames]], joints: Joints) -> Frames:
    """All frames of the whole; at most two pieces are open at a time."""
    before: Frames | None = None
    last = len(pieces) - 1
    for number, open_piece in enumerate(pieces):
        frames, shared = open_piece(), joints.shared
        if before is not None:
            for place in range(1, shared + 1):
                yield blended(next(before), next(frames), place / (shared + 1))
        alone = joints.counts[number] - shared * ((number > 0) + (number < last))
        if joints.dark:
            yield from _through_black(frames, joints, number)
        else:
            yield from islice(frames, alone)
        before = frames if shared else None


def joined_sound(
    pieces: Sequence[Callable[[int], Iterator[bytes]]], joints: Joints, rate: Fraction, shape: Shape
) -> Iterator[bytes]:
    """The sound of the whole, cut and faded like the pictures. Each piece is opened with its number of moments."""

    def moment(frame: int) -> int:
        return nearest(frame / rate * shape.rate)

    overlap, fade, last = b"", joints.shared + joints.dark, len(pieces) - 1
    for number, open_piece in enumerate(pieces):
        begins, ends = joints.begins(number), joints.begins(number) + joints.counts[number]
        rising = moment(begins + fade) - moment(begins) if number else 0
        falling = moment(ends) - moment(ends - fade) if number < last else 0
        count = moment(ends) - moment(begins)
        sound = _Sound(open_piece(count), shape)
        head = faded(sound.take(rising), 0.0, 1.0, shape)
        yield summed(overlap, head) if overlap else head
        yield from sound.pass_on(count - rising - falling)
        tail = faded(sound.take(falling), 1.0, 0.0, shape)
        if joints.shared:
            overlap = tail
        else:
            yield tail


class _Sound:
    """A stream of samples, taken piece by piece."""

    def __init__(self, blocks: Iterator[bytes], shape: Shape) -> None:
        self._blocks = blocks
        self._step = shape.step
        self._held = b""

    def take(self, count: int) -> bytes:
        """``count`` moments at once."""
        return b"".join(self.pass_on(count))

    def pass_on(self, count: int) -> Iterator[bytes]:
        """``count`` moments, block by block."""
        left = count * self._step
        while left and (block := self._held or next(self._blocks, b"")):
            yield block[:left]
            self._held = block[left:]
            left -= min(left, len(block))


def _through_black(frames: Frames, joints: Joints, number: int) -> Frames:
    count, dark = joints.counts[number], joints.dark
    for place, frame in enumerate(frames):
        share = 1.0
        if number > 0 and place < dark:
            share = (place + 1) / (dark + 1)
        if number < len(joints.counts) - 1 and place >= count - dark:
            share = (count - place) / (dark + 1)
        yield frame if share == 1.0 else darkened(frame, share)
