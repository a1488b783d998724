"""Pictures cut: by shape, by box, by their empty border, into tiles."""

from __future__ import annotations

from PIL import Image, ImageChops

from providers.base import Request, Value
from providers.errors import InvalidInput
from providers.local.limits import check_held, check_items
from providers.local.pictures import image_input, open_picture, save_picture
from providers.local.resize import scaled

Box = tuple[int, int, int, int]
#: How far a colour channel may be from the border's colour and still count as border (JPEG noise).
TRIM_TOLERANCE = 12


def image_crop(request: Request) -> dict[str, Value]:
    """``image``: the part inside the box."""
    media = image_input(request, "image")
    picture = open_picture(media)
    match request.params["mode"]:
        case "box":
            box = _asked_box(request, picture.size)
        case "trim":
            box = _without_border(picture)
        case _:
            box = aspect_box(picture.size, request.params["aspect_ratio"], request.params["anchor"])
    return {"image": save_picture(picture.crop(box), request, like=media)}


def image_split(request: Request) -> dict[str, Value]:
    """``images``: the tiles, row by row; sides that do not divide evenly differ by one pixel."""
    rows, columns = request.params["rows"], request.params["columns"]
    check_items(rows * columns, what="The split picture")
    media = image_input(request, "image")
    picture = open_picture(media)
    width, height = picture.size
    if columns > width or rows > height:
        raise InvalidInput(
            f"The picture is {width} × {height} pixels and cannot be cut into {columns} × {rows} pieces."
        )
    check_held(picture.size, picture.size)
    tiles = [
        (
            column * width // columns,
            row * height // rows,
            (column + 1) * width // columns,
            (row + 1) * height // rows,
        )
        for row in range(rows)
        for column in range(columns)
    ]
    return {
        "images": [
            save_picture(picture.crop(tile), request, like=media, name=f"tile-{number:03}")
            for number, tile in enumerate(tiles, 1)
        ]
    }


def aspect_box(size: tuple[int, int], aspect_ratio: str, anchor: str) -> Box:
    """The largest box of that shape, against the side named by ``anchor``."""
    across, down = (int(part) for part in aspect_ratio.split(":"))
    width, height = size
    if width * down >= height * across:
        width = min(width, scaled(height, across, down))
    else:
        height = min(height, scaled(width, down, across))
    left = {"left": 0, "right": size[0] - width}.get(anchor, (size[0] - width) // 2)
    top = {"top": 0, "bottom": size[1] - height}.get(anchor, (size[1] - height) // 2)
    return left, top, left + width, top + height


def _asked_box(request: Request, size: tuple[int, int]) -> Box:
    left, top = request.params["x"], request.params["y"]
    if left >= size[0] or top >= size[1]:
        raise InvalidInput(
            f"The box begins at {left}, {top}, outside the picture of {size[0]} × {size[1]} pixels."
        )
    right = left + (request.params["width"] or size[0] - left)
    bottom = top + (request.params["height"] or size[1] - top)
    if right > size[0] or bottom > size[1]:
        raise InvalidInput(
            f"The box ends at {right}, {bottom}, outside the picture of {size[0]} × {size[1]} pixels. "
            "Make it smaller, or leave width and height empty to go to the edge."
        )
    return left, top, right, bottom


def _without_border(picture: Image.Image) -> Box:
    """The box of what is not border: clear pixels, else the colour of the top left corner."""
    whole = (0, 0, *picture.size)
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema()[0] == 0:
        return picture.getchannel("A").getbbox() or whole
    colors = picture.convert("RGB")
    border = Image.new("RGB", picture.size, colors.getpixel((0, 0)))
    difference = ImageChops.difference(colors, border)
    inside = difference.point(lambda value: 255 if value > TRIM_TOLERANCE else 0)
    return inside.getbbox() or whole
