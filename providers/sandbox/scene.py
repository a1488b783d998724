"""Drawn scenes: a soft gradient with hills, orbs, ribbons or arches, all from a seed.

A scene is drawn small and scaled up: its forms are soft, so nothing is lost, and a 4K picture costs little
more than a small one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from providers.sandbox.dice import Dice

Colour = tuple[int, int, int]
Size = tuple[int, int]
Point = tuple[float, float]

WORKING_SIDE = 1024

#: From the top of the sky to the depths, then an accent.
_PALETTES: tuple[tuple[str, str, str, str, str], ...] = (
    ("#f9d5a7", "#f28a6a", "#b4506c", "#3d2c5e", "#ffe9c2"),
    ("#bfe3f2", "#7fb6d9", "#4a7fae", "#1f3b63", "#fff3d6"),
    ("#e9f0c9", "#a9c686", "#5f8d5e", "#234a40", "#fbe38e"),
    ("#f6d7e4", "#d99ac0", "#8b62a8", "#33285e", "#ffd9a0"),
    ("#fbe7d3", "#e8b38a", "#b06a4f", "#4b2a2e", "#fff6e8"),
    ("#d5f2ea", "#7dcfc0", "#2f8f92", "#123f52", "#ffe0b0"),
    ("#2c3e6b", "#4b4f96", "#8a5a9e", "#151a38", "#ffc9a3"),
    ("#fff1c9", "#ffc46b", "#e8763f", "#6b2737", "#fffaf0"),
    ("#e3e6f5", "#aab4de", "#6a74b8", "#272c5c", "#f7c8d0"),
    ("#123047", "#1f5f74", "#4fa39a", "#081a2b", "#f4d58d"),
    ("#f3e8ee", "#d8b4b8", "#9c7a86", "#41394a", "#f9e4b7"),
    ("#dff3ff", "#ffc8dd", "#bd8ad6", "#3a2a6b", "#ffffff"),
)


def palette(dice: Dice) -> list[Colour]:
    return [_rgb(text) for text in dice.pick(_PALETTES)]


def paint(seed: str, size: Size) -> Image.Image:
    """An RGB picture of ``size`` pixels; the same seed and size give the same picture."""
    dice = Dice(seed, "scene")
    scale = min(1.0, WORKING_SIDE / max(size))
    working = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    colours = palette(dice)
    canvas = _sky(dice, colours, working)
    dice.pick((_hills, _hills, _orbs, _ribbons, _arches))(dice, colours, canvas)
    return canvas if working == size else canvas.resize(size, Image.Resampling.BICUBIC)


def tinted(seed: str, picture: Image.Image) -> Image.Image:
    """``picture`` in the colours of a scene: its darks deep, its lights pale."""
    pale, _, middle, deep, light = palette(Dice(seed, "tint"))
    return ImageOps.colorize(picture.convert("L"), deep, _along([pale, light], 0.5), mid=middle)


def _sky(dice: Dice, colours: list[Colour], size: Size) -> Image.Image:
    """Patches of colour, light above and darker below, blended into each other."""
    patches = Image.new("RGB", (4, 5))
    for y in range(5):
        for x in range(4):
            depth = min(max(y / 4 * 2.0 + dice.between(-0.55, 0.55), 0.0), 2.0)
            patches.putpixel((x, y), _along(colours[:3], depth))
    return patches.resize(size, Image.Resampling.BICUBIC, box=(0.6, 0.6, 3.4, 4.4))


def _hills(dice: Dice, colours: list[Colour], canvas: Image.Image) -> None:
    width, height = canvas.size
    side = min(width, height)
    centre = dice.between(0.2, 0.8) * width, dice.between(0.2, 0.42) * height
    radius = side * dice.between(0.09, 0.16)
    _light(canvas, centre, radius * 3.2, colours[4], 0.55)
    _fill(canvas, colours[4], 0.95, partial(_ellipse, centre, (radius, radius)))
    ridges = 5
    for ridge in range(ridges):
        share = ridge / (ridges - 1)
        base = height * (0.48 + 0.40 * share)
        rise = side * (0.13 - 0.05 * share)
        waves = [_wave(dice, 0.5, 2.2, dice.between(0.4, 1.0)) for _ in range(3)]
        waves.append(_wave(dice, 4, 7, 0.14))
        line = []
        for x in range(-4, width + 8, 4):
            turn = x / max(width, height) * math.tau
            swell = sum(strength * math.sin(turn * pace + start) for pace, start, strength in waves)
            line.append((x, base - rise * swell / 1.6))
        colour = _along([colours[1], colours[2], colours[3]], 0.5 + 1.5 * share)
        _fill(canvas, colour, 0.93, partial(_polygon, [*line, (width + 8, height + 8), (-4, height + 8)]))
        if ridge < ridges - 1:  # mist between the ridges
            _light(canvas, (width * dice.roll(), base + rise), side * 0.5, colours[0], 0.16)


def _wave(dice: Dice, slow: float, fast: float, strength: float) -> tuple[float, float, float]:
    return dice.between(slow, fast), dice.between(0, math.tau), strength


def _orbs(dice: Dice, colours: list[Colour], canvas: Image.Image) -> None:
    width, height = canvas.size
    side = min(width, height)
    for _ in range(3):
        _light(canvas, (width * dice.roll(), height * dice.roll()), side * 0.7, dice.pick(colours[:3]), 0.5)
    for number in range(9):
        centre = width * dice.between(0.05, 0.95), height * dice.between(0.05, 0.95)
        radius = side * dice.between(0.05, 0.12 if number > 2 else 0.26)
        colour = dice.pick(colours)
        _light(canvas, (centre[0], centre[1] + radius * 0.25), radius * 1.7, colours[3], 0.28)
        _fill(canvas, colour, dice.between(0.55, 0.9), partial(_ellipse, centre, (radius, radius)))
        _light(canvas, (centre[0] - radius * 0.3, centre[1] - radius * 0.35), radius * 0.7, colours[4], 0.55)


def _ribbons(dice: Dice, colours: list[Colour], canvas: Image.Image) -> None:
    width, height = canvas.size
    long = max(width, height)
    _light(canvas, (width * dice.roll(), height * 0.2), min(width, height) * 0.8, colours[4], 0.5)
    for ribbon in range(6):
        middle = height * (0.22 + 0.13 * ribbon)
        pace, start = dice.between(0.5, 1.3), dice.between(0, math.tau)
        twist, swing = dice.between(0, math.tau), height * dice.between(0.06, 0.14)
        thick = height * dice.between(0.05, 0.12)
        upper, lower = [], []
        for x in range(-4, width + 8, 4):
            turn = x / long * math.tau * pace
            y = middle + swing * math.sin(turn + start)
            half = thick * (0.55 + 0.45 * math.sin(turn * 1.7 + twist))
            upper.append((x, y - half))
            lower.append((x, y + half))
        colour = _along([colours[0], colours[1], colours[2], colours[3]], ribbon / 5 * 3)
        _fill(canvas, colour, 0.72, partial(_polygon, upper + lower[::-1]))


def _arches(dice: Dice, colours: list[Colour], canvas: Image.Image) -> None:
    width, height = canvas.size
    side = min(width, height)
    ground = height * dice.between(0.66, 0.78)
    _light(canvas, (width * dice.between(0.3, 0.7), height * 0.3), side * 0.8, colours[4], 0.5)
    count = max(2, round(width / side * 2.4))
    for number in range(count):
        middle = width * (number + dice.between(0.35, 0.65)) / count
        half, tall = side * dice.between(0.12, 0.2), side * dice.between(0.28, 0.52)
        for step, colour in enumerate((colours[2], colours[1], colours[0], colours[4])):
            inner = half * (1 - step * 0.24)
            top = ground - tall + step * half * 0.24
            _fill(canvas, colour, 0.9, partial(_arch, middle, inner, top, ground))
    floor = [(0.0, ground), (width, ground), (width, height), (0.0, height)]
    _fill(canvas, colours[3], 0.94, partial(_polygon, floor))
    _light(canvas, (width / 2, ground), side * 0.9, colours[1], 0.3)


def _fill(canvas: Image.Image, colour: Colour, strength: float, shape: partial[None]) -> None:
    """Lay ``colour`` over the canvas where ``shape`` draws; drawn at twice the size for smooth edges."""
    mask = Image.new("L", (canvas.width * 2, canvas.height * 2))
    shape(ImageDraw.Draw(mask), round(255 * strength))
    canvas.paste(colour, mask=mask.reduce(2))


def _light(canvas: Image.Image, centre: Point, radius: float, colour: Colour, strength: float) -> None:
    """A soft spot of ``colour``, fading out at ``radius`` pixels."""
    side = max(4, round(radius * 2))
    spot = Image.radial_gradient("L").resize((side, side), Image.Resampling.BILINEAR)
    spot = spot.point([round(255 * strength * max(0.0, 1 - level / 181) ** 2) for level in range(256)])
    canvas.paste(colour, (round(centre[0] - side / 2), round(centre[1] - side / 2)), spot)


def _ellipse(centre: Point, radii: Point, draw: ImageDraw.ImageDraw, ink: int) -> None:
    (x, y), (a, b) = centre, radii
    draw.ellipse((2 * (x - a), 2 * (y - b), 2 * (x + a), 2 * (y + b)), fill=ink)


def _polygon(points: Sequence[Point], draw: ImageDraw.ImageDraw, ink: int) -> None:
    draw.polygon([(2 * x, 2 * y) for x, y in points], fill=ink)


def _arch(middle: float, half: float, top: float, ground: float, draw: ImageDraw.ImageDraw, ink: int) -> None:
    draw.pieslice((2 * (middle - half), 2 * top, 2 * (middle + half), 2 * top + 4 * half), 180, 360, fill=ink)
    draw.rectangle((2 * (middle - half), 2 * (top + half), 2 * (middle + half), 2 * ground), fill=ink)


def _along(stops: list[Colour], place: float) -> Colour:
    """The colour at ``place`` between stops 0 … n-1."""
    index = min(int(place), len(stops) - 2)
    share = place - index
    start, end = stops[index], stops[index + 1]
    return (
        round(start[0] + (end[0] - start[0]) * share),
        round(start[1] + (end[1] - start[1]) * share),
        round(start[2] + (end[2] - start[2]) * share),
    )


def _rgb(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def soften(picture: Image.Image, radius: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius))
