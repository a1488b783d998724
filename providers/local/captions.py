"""Subtitles drawn into a video."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import av

from providers.base import Request, Value
from providers.local.cues import Cue, spread, timed
from providers.local.films import film_input, shots
from providers.local.framing import Fitting, Size, even_size
from providers.local.lettering import Style, lettered, style_of
from providers.local.limits import check_film, check_text_bytes
from providers.local.planes import Painting, painted
from providers.local.recording import write_film
from providers.local.values import is_empty, text_of
from providers.local.video import own_sound


def captions(request: Request) -> dict[str, Value]:
    """``video`` with the words on it: as ``word_timestamps`` times them, else the text spread over the clip."""
    params = request.params
    film = film_input(request)
    size, count = even_size(film.size), film.frames(film.rate)
    check_film(float(film.seconds), count, size, cure="Trim or resize the video first")
    cues = _cues(request, style := style_of(params), size, float(film.seconds))
    frames = shots(film, film.rate, Fitting(size, "crop", film.pixel_aspect), count=count)

    def paint(cue: Cue) -> Painting | None:
        layer = lettered(size, cue.lines, style, params["position"], margin=params["margin"])
        return Painting.of(layer)

    shown = _captioned(frames, cues, film.rate, paint)
    sound = own_sound(film, Fraction(0), count / film.rate)
    return {"video": write_film(request, shown, size=size, rate=film.rate, sound=sound)}


def _cues(request: Request, style: Style, size: Size, seconds: float) -> list[Cue]:
    params = request.params

    def fits(line: str) -> bool:
        return len(line) <= params["max_chars"] and style.width(line) <= size[0]

    stamps = request.inputs.get("word_timestamps")
    if not is_empty(stamps):
        return timed(stamps, seconds, fits, params["max_lines"])
    text = text_of(request.inputs.get("text", params["text"]))
    check_text_bytes(len(text))
    return spread(text, seconds, fits, params["max_lines"])


def _captioned(
    frames: Iterator[av.VideoFrame],
    cues: Sequence[Cue],
    rate: Fraction,
    paint: Callable[[Cue], Painting | None],
) -> Iterator[av.VideoFrame]:
    """The frames, each with the caption of its moment."""
    waiting = iter(cues)
    cue, painting, drawn = next(waiting, None), None, False
    for number, frame in enumerate(frames):
        moment = float(number / rate)
        while cue is not None and cue.end <= moment:
            cue, drawn = next(waiting, None), False
        if cue is None or cue.start > moment:
            yield frame
            continue
        if not drawn:
            painting, drawn = paint(cue), True
        yield painted(frame, painting) if painting else frame
