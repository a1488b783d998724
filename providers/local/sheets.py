"""Many pictures on one sheet."""

from __future__ import annotations

import math

from PIL import Image, ImageDraw

from providers.base import Media, Request, Value
from providers.errors import InvalidInput
from providers.local.colors import parse_color
from providers.local.fonts import load_font
from providers.local.lettering import shortened
from providers.local.limits import as_list, check_held, check_items, check_result
from providers.local.pictures import open_picture, save_picture
from providers.local.resize import contained, cover
from providers.local.values import text_of

_LABEL_FONT = "DejaVuSans"


def image_grid(request: Request) -> dict[str, Value]:
    """``image``: the pictures row by row in cells of one size, the gap between them.

    The sheet is no wider than there are pictures. With labels each row is followed by a line for them.
    """
    params = request.params
    pictures = as_list(request.inputs.get("images"))
    if not pictures:
        raise InvalidInput("No picture arrived at images.")
    check_items(pictures, limit=64, what="The list of pictures")
    labels = _labels(request, len(pictures))
    columns = min(params["columns"] or math.ceil(math.sqrt(len(pictures))), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    across, down, gap = params["cell_width"], params["cell_height"], params["gap"]
    label_room = round(params["label_size"] * 1.5) if any(labels) else 0
    size = (columns * across + (columns - 1) * gap, rows * (down + label_room) + (rows - 1) * gap)
    check_result(*size)
    sheet = Image.new("RGBA", size, parse_color(params["background"], name="Background"))
    font = load_font(_LABEL_FONT, params["label_size"])
    color = parse_color(params["label_color"], name="Label color")
    for number, media in enumerate(pictures):
        left = number % columns * (across + gap)
        top = number // columns * (down + label_room + gap)
        _paste_cell(sheet, media, (left, top, across, down), fit=params["fit"])
        if labels[number]:
            strip = Image.new("RGBA", (across, label_room), (*color[:3], 0))
            ImageDraw.Draw(strip).text(
                (across / 2, label_room / 2),
                shortened(labels[number], font, across),
                fill=color,
                font=font,
                anchor="mm",
            )
            sheet.alpha_composite(strip, (left, top + down))
    return {"image": save_picture(sheet, request)}


def _paste_cell(sheet: Image.Image, media: Value, cell: tuple[int, int, int, int], *, fit: str) -> None:
    """Draw one picture into its cell: left, top, width, height."""
    if not isinstance(media, Media):
        raise InvalidInput("Images holds something that is not a picture.")
    left, top, across, down = cell
    picture = open_picture(media)
    check_held(sheet.size, picture.size, (across, down))
    if fit == "cover":
        picture = cover(picture, (across, down))
    else:
        picture = picture.resize(contained(picture.size, (across, down)), Image.Resampling.LANCZOS)
    at = (left + (across - picture.width) // 2, top + (down - picture.height) // 2)
    sheet.alpha_composite(picture.convert("RGBA"), at)


def _labels(request: Request, count: int) -> list[str]:
    """One label per picture, empty where there is none."""
    given = as_list(request.inputs.get("labels"))
    if len(given) > 1:
        check_items(given, limit=count, what="The list of labels")
        texts = [text_of(label) for label in given]
    else:  # runs hand over what is written on the node as an input, too
        lines = (text_of(given[0]) if given else request.params["labels"]).splitlines()
        lines = lines * count if len(lines) == 1 else lines[:count]
        texts = [line.replace("{{index}}", str(number)) for number, line in enumerate(lines, 1)]
    return texts + [""] * (count - len(texts))
