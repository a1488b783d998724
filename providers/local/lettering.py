"""Text drawn onto pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw

from providers.base import Request, Value
from providers.local.colors import Color, parse_color
from providers.local.fonts import Font, load_font
from providers.local.limits import check_held
from providers.local.pictures import image_input, open_picture, save_picture
from providers.local.placement import place
from providers.local.values import text_of


@dataclass(frozen=True, slots=True)
class Style:
    """How letters look: sizes in pixels, colours with alpha."""

    font: Font
    size: int
    stroke: int
    color: Color
    stroke_color: Color
    box_color: Color

    @property
    def line_height(self) -> int:
        return _line_height(self.font, self.stroke)

    def width(self, line: str) -> int:
        """Of one line with its outline."""
        return _width(self.font, line) + 2 * self.stroke


def style_of(params: Mapping[str, Any]) -> Style:
    """The style that the parameters of a node describe. Raises `InvalidInput`."""
    return Style(
        font=load_font(params["font"], params["size"]),
        size=params["size"],
        stroke=params["stroke_width"],
        color=parse_color(params["color"]),
        stroke_color=parse_color(params["stroke_color"], name="Stroke color"),
        box_color=parse_color(params["box_color"], name="Box color"),
    )


def text_overlay(request: Request) -> dict[str, Value]:
    """``image`` with the text on it, wrapped. What reaches over the edge of the picture is cut off."""
    params = request.params
    media = image_input(request, "image")
    picture = open_picture(media)
    text = text_of(request.inputs.get("text", params["text"])).strip()
    if not text:
        return {"image": save_picture(picture, request, like=media)}
    check_held(picture.size, picture.size, picture.size)
    style = style_of(params)
    most_lines = picture.height // style.line_height + 2
    most_width = max(1, int(picture.width * params["max_width_ratio"]) - 2 * style.stroke)
    lines = wrap(text, style.font, most_width, most_lines=most_lines)
    layer = lettered(
        picture.size, lines, style, params["position"], margin=params["margin"], align=params["align"]
    )
    result = Image.alpha_composite(picture.convert("RGBA"), layer)
    return {"image": save_picture(result, request, like=media)}


def lettered(
    size: tuple[int, int],
    lines: Sequence[str],
    style: Style,
    position: str,
    *,
    margin: int,
    align: str = "center",
) -> Image.Image:
    """A clear layer of that size with the lines on it, as one block at ``position``."""
    block = (max(style.width(line) for line in lines), style.line_height * len(lines))
    left, top = place(position, block, size, margin=margin)
    left = max(0, min(left, size[0] - block[0]))  # a margin wider than the picture hides no text
    top = max(0, min(top, size[1] - block[1]))
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    if style.box_color[3]:
        room = max(4, style.size // 4)
        ImageDraw.Draw(layer).rectangle(
            (left - room, top - room, left + block[0] + room - 1, top + block[1] + room - 1),
            fill=style.box_color,
        )
    for number, line in enumerate(lines):
        spare = block[0] - style.width(line)
        x = left + style.stroke + {"left": 0, "center": spare // 2, "right": spare}[align]
        y = top + style.stroke + number * style.line_height
        text_layer = _draw_line(
            line, (x, y), size, style.font, (style.color, style.stroke_color), style.stroke
        )
        if text_layer is not None:
            layer.alpha_composite(*text_layer)
    return layer


def wrap(text: str, font: Font, width: int, *, most_lines: int) -> list[str]:
    """Lines no wider than ``width`` pixels; words too long for one are cut. Stops after ``most_lines``."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for word in paragraph.split():
            joined = f"{line} {word}" if line else word
            if font.getlength(joined) <= width:
                line = joined
                continue
            if line:
                lines.append(line)
            *whole, line = _cut_word(word, font, width, most_lines)
            lines += whole
            if len(lines) >= most_lines:
                return lines[:most_lines]
        lines.append(line)
        if len(lines) >= most_lines:
            break
    return lines[:most_lines]


def shortened(text: str, font: Font, width: int) -> str:
    """The text on one line, ended with … where it would be wider than ``width`` pixels."""
    line = " ".join(text[:1000].split())
    if font.getlength(line) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(line[:middle] + "…") <= width else (low, middle - 1)
    return line[:low].rstrip() + "…" if low else ""


def _cut_word(word: str, font: Font, width: int, most_pieces: int) -> list[str]:
    pieces: list[str] = []
    while font.getlength(word[:2000]) > width and len(word) > 1 and len(pieces) < most_pieces:
        low, high = 1, min(len(word), 2000)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if font.getlength(word[:middle]) <= width else (low, middle - 1)
        pieces.append(word[:low])
        word = word[low:]
    return [*pieces, word]


def _draw_line(
    line: str,
    at: tuple[int, int],
    picture: tuple[int, int],
    font: Font,
    colors: tuple[tuple[int, int, int, int], tuple[int, int, int, int]],
    stroke: int,
) -> tuple[Image.Image, tuple[int, int]] | None:
    """One line as a layer of its own and where to put it, cut to the picture; None when nothing shows.

    Outline and letters are laid over one another as shapes, so that half clear colours do not eat into
    what lies below.
    """
    bounds = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox(at, line, font=font, stroke_width=stroke)
    left, top = max(0, int(bounds[0])), max(0, int(bounds[1]))
    right, bottom = min(picture[0], int(bounds[2]) + 1), min(picture[1], int(bounds[3]) + 1)
    if not line or right <= left or bottom <= top:
        return None
    size, origin = (right - left, bottom - top), (at[0] - left, at[1] - top)
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    fill, outline = colors
    if stroke and outline[3]:
        layer.alpha_composite(_shape(size, origin, line, font, outline, stroke))
    layer.alpha_composite(_shape(size, origin, line, font, fill, 0))
    return layer, (left, top)


def _shape(
    size: tuple[int, int],
    at: tuple[int, int],
    line: str,
    font: Font,
    color: tuple[int, int, int, int],
    stroke: int,
) -> Image.Image:
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).text(at, line, fill=255, font=font, stroke_width=stroke)
    opacity = color[3]
    shape = Image.new("RGBA", size, (*color[:3], 0))
    shape.putalpha(mask.point(lambda value: (value * opacity + 127) // 255))
    return shape


def _width(font: Font, line: str) -> int:
    return int(font.getlength(line) + 0.999)


def _line_height(font: Font, stroke: int) -> int:
    if hasattr(font, "getmetrics"):
        ascent, descent = font.getmetrics()
        return max(1, ascent + descent) + 2 * stroke
    return max(1, int(font.getbbox("Ag")[3])) + 2 * stroke
