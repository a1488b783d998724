"""Words on pictures: the SANDBOX mark, the name of the node and the first words of the prompt."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

MARK = "SANDBOX"
LETTERED_SIDE = 160  # smaller pictures get the mark alone
_INK, _PAPER = (34, 30, 52, 255), (255, 255, 255, 255)
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@lru_cache(maxsize=64)
def font(points: int, *, latin: bool = True) -> Font:
    """The font that comes with Pillow, the same everywhere; for other scripts DejaVu where installed."""
    if not latin:
        try:
            return ImageFont.truetype("DejaVuSans.ttf", points)
        except OSError:
            pass
    return ImageFont.load_default(points)


def caption(
    picture: Image.Image, title: str, prompt: str, *, derived: bool = False, oval: bool = False
) -> None:
    """Mark ``picture`` (RGB or RGBA, changed in place) at the top; write title and prompt at its foot.

    A picture ``derived`` from others has its mark on the right, and lettering it brought along is blurred.
    With ``oval`` everything stays within the oval that is going to be cut out.
    """
    width, height = picture.size
    unit = _unit(picture.size)
    margin = round(unit * 1.1)
    left, bottom = (round(width * 0.28), round(height * 0.82)) if oval else (margin, height - margin)
    if min(picture.size) < LETTERED_SIDE:
        mark(picture)
        return
    letters = font(unit, latin=_is_latin(prompt))
    small = font(max(9, round(unit * 0.62)), latin=_is_latin(title))
    lines = wrap(prompt, letters, width - 2 * left, most=max(1, min(3, height // (unit * 5))))
    step = round(unit * 1.28)
    foot = bottom - step * len(lines) - round(unit * 0.9)
    if derived:
        frost(picture, foot - 3 * unit)
    _shade(picture, max(0, foot - 4 * unit))
    mark(picture, None if oval else margin, right=derived)
    draw = ImageDraw.Draw(picture)
    draw.text((left, foot), wrap(title, small, width - 2 * left, most=1)[0], font=small, fill=_PAPER)
    for number, line in enumerate(lines):
        draw.text((left, foot + round(unit * 0.9) + step * number), line, font=letters, fill=_PAPER)


def mark(picture: Image.Image, margin: int | None = None, *, right: bool = False) -> None:
    """A light pill with the word SANDBOX in an upper corner; in the middle when no ``margin`` is given."""
    unit = _unit(picture.size)
    points = max(9, round(unit * 0.74))
    spaced = " ".join(MARK) if picture.width >= LETTERED_SIDE else MARK
    while points > 5 and font(points).getlength(spaced) > picture.width * 0.86:
        points -= 1
    letters = font(points)
    x0, y0, x1, y1 = letters.getbbox(spaced)
    pad = max(2, round(points * 0.66))
    size = round(x1 - x0) + 2 * pad, round(y1 - y0) + pad
    pill = Image.new("L", (size[0] * 4, size[1] * 4))
    ImageDraw.Draw(pill).rounded_rectangle((0, 0, size[0] * 4 - 1, size[1] * 4 - 1), size[1] * 2, fill=235)
    if margin is None:
        x, y = (picture.width - size[0]) // 2, round(picture.height * 0.14)
    else:
        x, y = picture.width - margin - size[0] if right else margin, margin
    bands = len(picture.getbands())
    picture.paste(_PAPER[:bands], (x, y), pill.reduce(4))
    ImageDraw.Draw(picture).text((x + pad - x0, y + pad // 2 - y0), spaced, font=letters, fill=_INK[:bands])


def frost(picture: Image.Image, top: int) -> None:
    """Blur everything below ``top``, softly: what was written there cannot be read any more."""
    box = (0, max(0, top), *picture.size)
    blurred = picture.crop(box).filter(ImageFilter.GaussianBlur(_unit(picture.size) * 0.8))
    ramp = Image.linear_gradient("L").point([min(255, level * 5) for level in range(256)])
    picture.paste(blurred, box[:2], ramp.resize(blurred.size, Image.Resampling.BILINEAR))


def wrap(text: str, letters: Font, width: float, most: int) -> list[str]:
    """``text`` in at most ``most`` lines of ``width`` pixels; what does not fit is cut with ``…``."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and letters.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    cut = len(lines) > most
    lines = lines[:most]
    for number, line in enumerate(lines):
        is_cut = cut and number == len(lines) - 1
        while line and letters.getlength(line + "…" * is_cut) > width:
            line, is_cut = line[:-1].rstrip(), True
        lines[number] = line if not is_cut or line.endswith("…") else line + "…"
    return lines


def _unit(size: tuple[int, int]) -> int:
    """The height of the letters: by the short side, and never too long for a narrow picture."""
    return max(11, round(min(min(size) / 17, max(size) / 24)))


def _shade(picture: Image.Image, top: int) -> None:
    """Darken everything below ``top``, softly, so that white letters can be read on anything."""
    height = max(1, picture.height - top)
    ramp = Image.linear_gradient("L").point([round(196 * (level / 255) ** 1.3) for level in range(256)])
    mask = ramp.resize((picture.width, height), Image.Resampling.BILINEAR)
    ink = (16, 12, 30, 255)[: len(picture.getbands())]
    picture.paste(ink, (0, top), mask)


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 0x250 or 0x2000 <= ord(letter) < 0x2070 for letter in text)
