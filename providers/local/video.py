"""One video: a still of it, a piece of it, another size of it."""

from __future__ import annotations

from fractions import Fraction

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.films import Film, film_input, frame_at, last_frame, nearest, shots
from providers.local.framing import Fitting, as_picture, even_size
from providers.local.limits import check_film
from providers.local.pictures import save_picture
from providers.local.recording import Soundtrack, write_film
from providers.local.soundtracks import common_shape, samples


def video_frame(request: Request) -> dict[str, Value]:
    """``image``: the picture at a place of the video, as shown."""
    film = film_input(request)
    match request.params["position"]:
        case "first":
            frame = frame_at(film, Fraction(0))
        case "middle":
            frame = frame_at(film, film.seconds / 2)
        case "last":
            frame = last_frame(film)
        case _:
            frame = frame_at(film, _inside(film, "Time", request.params["time"]))
    return {"image": save_picture(as_picture(frame, film.pixel_aspect), request)}


def video_trim(request: Request) -> dict[str, Value]:
    """``video``: the piece from ``start`` on, pictures and sound; no longer than there is."""
    params = request.params
    film = film_input(request)
    start = _inside(film, "Start", params["start"])
    left = film.seconds - start
    asked = left if params["duration"] is None else min(left, Fraction(params["duration"]))
    count = max(1, nearest(asked * film.rate))
    size = even_size(film.size)
    check_film(float(asked), count, size, cure="Shorten Duration, or resize the video first")
    frames = shots(film, film.rate, Fitting(size, "crop", film.pixel_aspect), start=start, count=count)
    sound = None if params["mute"] else own_sound(film, start, count / film.rate)
    return {"video": write_film(request, frames, size=size, rate=film.rate, sound=sound)}


def video_resize(request: Request) -> dict[str, Value]:
    """``video`` of the asked size and rate. An odd side is a pixel shorter: see `framing.even`."""
    params = request.params
    film = film_input(request)
    rate = film.rate if params["fps"] is None else Fraction(params["fps"])
    size, count = even_size((params["width"], params["height"])), film.frames(rate)
    check_film(float(film.seconds), count, size, cure="Lower Width, Height or Fps, or use a shorter video")
    frames = shots(film, rate, Fitting(size, params["fit"], film.pixel_aspect), count=count)
    sound = own_sound(film, Fraction(0), count / rate)
    return {"video": write_film(request, frames, size=size, rate=rate, sound=sound)}


def own_sound(film: Film, start: Fraction, seconds: Fraction) -> Soundtrack | None:
    """The film's sound for that time, silent where there is none; None when it has no sound track."""
    if not film.has_sound:
        return None
    shape = common_shape([film.media])
    blocks = samples(film.media, shape, start=start, count=nearest(seconds * shape.rate))
    return Soundtrack(shape, blocks)


def _inside(film: Film, name: str, seconds: float) -> Fraction:
    """A moment of the film. Raises `InvalidInput` when it lies behind the end."""
    moment = Fraction(str(seconds))
    if moment >= film.seconds:
        raise InvalidInput(
            f"{name} is {seconds:g} s, but the video is {float(film.seconds):.3g} s long; lower it."
        )
    return moment
