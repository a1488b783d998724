"""Clips joined into one video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial

from providers.base import Media, Request, Value
from providers.errors import InvalidInput
from providers.local.films import Film, measure, nearest, shots
from providers.local.framing import Fitting, even_size
from providers.local.limits import as_list, check_film, check_items
from providers.local.recording import Soundtrack, write_film
from providers.local.soundtracks import Shape, common_shape, mixed, samples
from providers.local.transitions import Joints, joined_frames, joined_sound, joints_for

_MOST_CLIPS = 50


def video_concat(request: Request) -> dict[str, Value]:
    """``video``: the clips in order, all in one size and rate.

    ``audio_mode`` ``keep`` takes the clips' own sound, or ``audio`` where none of them has any; ``replace`` takes
    ``audio`` alone, ``mix`` both. The pictures say how long the video is: sound that is longer ends with them.
    """
    params = request.params
    films = _films(request)
    audio = sound_input(request)
    if params["audio_mode"] == "replace" and audio is None:
        raise InvalidInput(
            "Audio mode is replace, but no sound arrived at audio; connect one, or choose keep or mute."
        )
    rate, size = Fraction(params["fps"]), even_size((params["width"], params["height"]))
    counts = [film.frames(rate) for film in films]
    joints = joints_for(counts, params["transition"], params["transition_s"], rate, what="clip")
    check_film(
        float(joints.total / rate), joints.total, size, cure="Lower Width, Height or Fps, or use fewer clips"
    )
    pieces = [
        partial(shots, film, rate, Fitting(size, params["fit"], film.pixel_aspect), count=count)
        for film, count in zip(films, counts, strict=True)
    ]
    sound = _sound(films, joints, rate, audio, params["audio_mode"])
    return {"video": write_film(request, joined_frames(pieces, joints), size=size, rate=rate, sound=sound)}


def sound_input(request: Request) -> Media | None:
    """The sound wired to ``audio``, None where nothing is. Raises `InvalidInput` when it is something else."""
    value = next(iter(as_list(request.inputs.get("audio"))), None)
    if value is not None and not (isinstance(value, Media) and value.kind in ("audio", "video")):
        raise InvalidInput("Audio holds something that is not a sound.")
    return value


def laid_under(audio: Media, seconds: Fraction) -> Soundtrack:
    """A sound for that time: cut off there, or silent from its end on."""
    shape = common_shape([audio])
    return Soundtrack(shape, samples(audio, shape, count=nearest(seconds * shape.rate)))


def _sound(
    films: Sequence[Film], joints: Joints, rate: Fraction, audio: Media | None, mode: str
) -> Soundtrack | None:
    seconds = joints.total / rate
    spoken = [film.media for film in films if film.has_sound]
    if mode == "mute" or (audio is None and not spoken):
        return None
    if audio is not None and (mode == "replace" or not spoken):
        return laid_under(audio, seconds)
    if audio is None or mode == "keep":
        shape = common_shape(spoken)
        return Soundtrack(shape, joined_sound(_sounds(films, shape), joints, rate, shape))
    shape = common_shape([*spoken, audio])
    own = joined_sound(_sounds(films, shape), joints, rate, shape)
    other = samples(audio, shape, count=nearest(seconds * shape.rate))
    return Soundtrack(shape, mixed([own, other], [1.0, 1.0], shape))


def _sounds(films: Sequence[Film], shape: Shape) -> list[Callable[[int], Iterator[bytes]]]:
    def own(film: Film, count: int) -> Iterator[bytes]:
        return samples(film.media, shape, count=count) if film.has_sound else shape.silence(count)

    return [partial(own, film) for film in films]


def _films(request: Request) -> list[Film]:
    clips = as_list(request.inputs.get("videos"))
    if not clips:
        raise InvalidInput("No video arrived at videos.")
    check_items(clips, limit=_MOST_CLIPS, what="The list of videos")
    films = []
    for clip in clips:
        if not isinstance(clip, Media):
            raise InvalidInput("Videos holds something that is not a video.")
        films.append(measure(clip))
    return films
