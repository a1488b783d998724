"""Photos as a camera writes them."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SKY, GRASS = (70, 140, 220), (60, 150, 60)
ORIENTATION = 0x0112


def turned_photo(path: Path) -> Path:
    """A 4,000 × 3,000 photo, sky above grass, stored lying on its side as a phone held upright does."""
    upright = Image.new("RGB", (4000, 3000), GRASS)
    upright.paste(SKY, (0, 0, 4000, 1500))
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # shown turned a quarter to the right
    upright.transpose(Image.Transpose.ROTATE_90).save(path, quality=92, exif=exif)
    return path


def landscape(path: Path) -> Path:
    """A 3,000 × 2,250 evening over five ranges of hills and a lake, drawn here, for pictures of the product."""
    width, height = 3000, 2250
    photo = Image.new("RGB", (1, height))
    for y in range(height):
        photo.putpixel((0, y), _between((38, 54, 110), (255, 176, 112), min(1.0, y / 1300)))
    photo = photo.resize((width, height))
    glow = Image.new("RGB", (width, height))
    ImageDraw.Draw(glow).ellipse((1750, 760, 2150, 1160), fill=(255, 236, 190))
    photo = ImageChops.screen(photo, glow.filter(ImageFilter.GaussianBlur(220)))
    photo = ImageChops.lighter(photo, glow.filter(ImageFilter.GaussianBlur(9)))
    pen = ImageDraw.Draw(photo)
    for ridge in range(5):
        base, colour = 1080 + ridge * 170, _between((176, 120, 130), (22, 30, 52), ridge / 4)
        line = [(x, base - _ridge(x, ridge)) for x in range(0, width + 8, 8)]
        pen.polygon([*line, (width, height), (0, height)], fill=colour)
    lake = photo.crop((0, 1080, width, 1900)).transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((width, 350))
    lake = lake.filter(ImageFilter.GaussianBlur(9)).point(lambda level: int(level * 0.85 + 14))
    photo.paste(lake, (0, 1900))
    photo.filter(ImageFilter.GaussianBlur(1.2)).save(path, quality=92)
    return path


def _between(one: tuple[int, int, int], other: tuple[int, int, int], part: float) -> tuple[int, int, int]:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _ridge(x: int, ridge: int) -> float:
    """How high the hills of a ridge stand at ``x``, in pixels."""
    waves = ((260, 1.0), (90, 2.7), (34, 7.1), (12, 19.0))
    return sum(size * math.sin(x / 900 * speed + ridge * (2.1 + speed)) for size, speed in waves) * (
        1 - ridge * 0.12
    )
