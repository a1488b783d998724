"""Pictures of several frames."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from providers.base import Media
from providers.errors import InvalidInput
from providers.local import sniff
from providers.local.limits import HELD_PIXELS, TooLarge, megapixels

FRAMES = 200


def frame_count(picture: Image.Image) -> int:
    """How many frames an opened picture has. Raises `InvalidInput` when they are too many or too big.

    Counted one by one: a header may say anything, and some formats must decode a frame to find the next.
    """
    count = 1
    while True:
        try:
            picture.seek(count)
        except EOFError:
            return count
        count += 1
        if count > FRAMES:
            raise InvalidInput(f"This animation has more than {FRAMES} frames. Shorten it and try again.")
        if count * picture.width * picture.height > HELD_PIXELS:
            raise TooLarge(
                f"The frames of this animation have more than {megapixels(HELD_PIXELS)} megapixels together. "
                "Make it smaller or shorter and try again."
            )


def write_animation(picture: Image.Image, path: Path, kind: sniff.FileType, *, lossless: bool) -> Media:
    """Write all frames of an opened GIF or WEBP anew, with their times and nothing else."""
    loop = picture.info.get("loop")
    options: dict[str, object] = {} if loop is None else {"loop": loop}
    if kind is sniff.GIF:
        options |= {"comment": b""}
    else:
        quality = 60 if lossless else 95  # of lossless: how hard to try, not how good
        options |= {"lossless": lossless, "quality": quality, "duration": _durations(picture)}
    picture.seek(0)
    picture.save(path, kind.reader, save_all=True, **options)
    return Media(path, kind.content_type, picture.width, picture.height)


def _durations(picture: Image.Image) -> list[int]:
    """Milliseconds of each frame of a WEBP."""
    durations: list[int] = []
    count = frame_count(picture)
    picture.seek(count - 1)
    picture.load()  # Pillow forgets the time of a frame that is loaded already, so load another one
    for number in range(count):
        picture.seek(number)
        picture.load()
        durations.append(int(picture.info.get("duration", 0)))
    return durations
