"""Sounds taken out of videos and laid together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from providers.base import Media, Request, Value
from providers.errors import InvalidInput
from providers.local.films import film_input, nearest
from providers.local.limits import as_list, check_items, check_sound
from providers.local.recording import Soundtrack, write_sound
from providers.local.soundtracks import (
    Shape,
    check_header,
    common_shape,
    fading_out,
    length,
    mixed,
    samples,
)
from providers.local.values import number_of, text_of

_LOUDEST = 10
_MOST_TRACKS = 8


def extract_audio(request: Request) -> dict[str, Value]:
    """``audio``: the whole sound of the video. Raises `InvalidInput` when there is none."""
    film = film_input(request)
    if not film.has_sound:
        raise InvalidInput("This video has no sound; there is nothing to extract.")
    cure = "Trim the video first"
    check_header(film.media, cure=cure)
    shape = common_shape([film.media])
    count = length(film.media, shape, cure=cure)
    sound = Soundtrack(shape, samples(film.media, shape, count=count))
    return {"audio": write_sound(request, sound, request.params["format"])}


def audio_mix(request: Request) -> dict[str, Value]:
    """``audio``: the tracks over one another or one after another, each as loud as ``volumes`` says."""
    params = request.params
    tracks = _tracks(request)
    volumes = _volumes(params["volumes"], len(tracks))
    shape = common_shape(tracks)
    cure = "Use shorter or fewer tracks"
    for media in tracks:
        check_header(media, cure=cure)
    lengths = [length(media, shape, cure=cure) for media in tracks]
    if params["mode"] == "sequence":
        count = sum(lengths)
        check_sound(count / shape.rate, cure=cure)
        blocks = _in_a_row(tracks, lengths, volumes, shape)
    else:
        count = {"longest": max(lengths), "shortest": min(lengths)}.get(params["length"], lengths[0])
        blocks = mixed([samples(media, shape, count=count) for media in tracks], volumes, shape)
    fade = nearest(params["fade_out_s"] * shape.rate)
    if fade:
        blocks = fading_out(blocks, count, fade, shape)
    return {"audio": write_sound(request, Soundtrack(shape, blocks), params["format"])}


def _in_a_row(
    tracks: Sequence[Media], lengths: Sequence[int], volumes: Sequence[float], shape: Shape
) -> Iterator[bytes]:
    return itertools.chain.from_iterable(
        mixed([samples(media, shape, count=count)], [volume], shape)
        for media, count, volume in zip(tracks, lengths, volumes, strict=True)
    )


def _tracks(request: Request) -> list[Media]:
    tracks = as_list(request.inputs.get("tracks"))
    if not tracks:
        raise InvalidInput("No sound arrived at tracks.")
    check_items(tracks, limit=_MOST_TRACKS, what="The list of tracks")
    for media in tracks:
        if not isinstance(media, Media) or media.kind != "audio":
            raise InvalidInput("Tracks holds something that is not a sound.")
    return tracks


def _volumes(given: Value, count: int) -> list[float]:
    """One volume per track, 1 where none is given."""
    volumes = as_list(given)
    if len(volumes) > count:
        raise InvalidInput(f"Volumes has {len(volumes)} numbers for {count} tracks; leave out the last ones.")
    numbers = []
    for volume in volumes:
        number = number_of(volume)
        if number is None or not 0 <= number <= _LOUDEST:
            raise InvalidInput(
                f"Volumes holds “{text_of(volume)[:40]}”; write numbers between 0 (silent) and {_LOUDEST}."
            )
        numbers.append(float(number))
    return numbers + [1.0] * (count - len(numbers))
