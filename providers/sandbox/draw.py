"""Pictures of the sandbox, and the entry of the child process that makes all its files.

`run` is called by `providers.local.child` for the task ``sandbox``.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageOps

from providers.base import Media, Value
from providers.catalog import Port
from providers.errors import BadOutput, InvalidInput
from providers.local.sniff import VECTOR
from providers.local.wire import encode
from providers.sandbox import clips, lettering, scene
from providers.sandbox.sizes import MOST_PIXELS, Size, clip_size, image_size
from providers.sandbox.wire import Order, unpack
from providers.sandbox.words import first_words, speak

_READABLE = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
_FORMATS = {"png": "PNG", "jpeg": "JPEG", "jpg": "JPEG", "webp": "WEBP"}
#: Level 1 is four times as fast as the default and the files are hardly larger: the scenes are soft.
_SAVING: dict[str, dict[str, Any]] = {
    "PNG": {"compress_level": 1},
    "JPEG": {"quality": 90},
    "WEBP": {"quality": 88, "method": 1},
}
CARD_SIDE = 2048
VECTOR_STYLE = "vector_illustration"
_OVAL = (0.16, 0.08, 0.84, 0.92)  # left, top, right, bottom, as shares of the picture


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Make the outputs of one stored request: ``{node, seed, params, inputs, scratch}`` → ``{"outputs": …}``.

    Media are ``{"$media": {path, content_type, …}}`` on both sides; the files are written into ``scratch``.
    Raises InvalidInput when the asked size is beyond what a picture may be.
    """
    order, scratch = unpack(payload), Path(payload["scratch"])
    scratch.mkdir(parents=True, exist_ok=True)
    outputs: dict[str, Value] = {}
    words: Mapping[str, Value] = {}
    for port in order.kind.outputs:
        match port.type:
            case "IMAGE":
                outputs[port.id] = _images(order, port, scratch)
            case "VIDEO":
                outputs[port.id] = _listed(port, _video(order, port, scratch))
            case "AUDIO":
                outputs[port.id] = _listed(port, clips.audio(order, scratch / port.id))
            case "FILE":  # vector drawings, where they were asked for
                if order.params.get("style", VECTOR_STYLE) == VECTOR_STYLE:
                    outputs[port.id] = _listed(port, _drawing(order, scratch / f"{port.id}.svg"))
            case _:
                words = words or speak(order)
                outputs[port.id] = words[port.id]
    return {"outputs": encode(outputs)}


def _drawing(order: Order, path: Path) -> Media:
    """A vector drawing: one colour of the seed, and the word that marks it."""
    width, height = image_size(order.kind, order.params, None)
    color = hashlib.sha256(order.seed.encode()).hexdigest()[:6]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#{color}"/>'
        f'<text x="{width // 20}" y="{height // 10}" font-size="{height // 16}" fill="#fff">SANDBOX</text></svg>',
        encoding="utf-8",
    )
    return Media(path, VECTOR.content_type)


def _listed(port: Port, media: Media) -> Value:
    return [media] if port.multiple else media


def _images(order: Order, port: Port, scratch: Path) -> Value:
    wired = order.media("image")
    pictures: list[Image.Image] = []
    frame: Size | None = None
    for media in wired:
        picture = _opened(media)
        frame = frame or picture.size
        if len(wired) > 1:  # many large ones would not fit into a child's memory side by side
            picture.thumbnail((CARD_SIDE, CARD_SIDE))
        pictures.append(picture)
    size = image_size(order.kind, order.params, frame)
    count = _count(order)
    if port.id == "grid":
        return _saved(order, _grid(order, pictures, size, count), scratch / port.id)
    if not port.multiple:
        return _saved(order, _picture(order, port, pictures, size, 0, 1), scratch / port.id, port.role)
    made = []
    for number in range(count):
        picture = _picture(order, port, pictures, size, number, count)
        made.append(_saved(order, picture, scratch / f"{port.id}-{number + 1}", port.role))
    return made


def _count(order: Order) -> int:
    count = order.kind.spec["sandbox"].get("count", 1)
    if isinstance(count, str):
        count = order.params.get(count.removeprefix("param:")) or 1
    return max(1, int(count))


def _picture(
    order: Order, port: Port, pictures: list[Image.Image], size: Size, number: int, count: int
) -> Image.Image:
    rule = order.kind.spec["sandbox"]
    if port.role == "mask":
        return _oval(size)
    if order.kind.category == "upscale":
        scaled = pictures[0] if pictures else scene.paint(order.seed, size)
        scaled = scaled.resize(size, Image.Resampling.BICUBIC)
        lettering.mark(scaled, round(min(size) * 0.06), right=True)
        return scaled
    if rule.get("transparent"):
        cut = (pictures[0] if pictures else scene.paint(order.seed, size)).convert("RGBA")
        lettering.mark(cut)
        cut.putalpha(ImageChops.multiply(cut.getchannel("A"), _oval(size)))
        return cut.crop(_oval_box(size)) if order.params.get("crop_to_bbox") else cut
    seed = f"{order.seed}/{number}"
    canvas = _composed(order, pictures, size, seed)
    title = order.kind.title + (f"  ·  {number + 1} of {count}" if count > 1 else "")
    cut_out = order.params.get("background") == "transparent" and order.params.get("output_format") != "jpeg"
    lettering.caption(canvas, title, first_words(order.prompt), derived=bool(pictures), oval=cut_out)
    if cut_out:
        canvas.putalpha(_oval(size))
    return canvas


def _composed(order: Order, pictures: list[Image.Image], size: Size, seed: str) -> Image.Image:
    """A scene; with pictures wired in, one of them relit, several laid out as cards on it."""
    if not pictures:
        return scene.paint(seed, size)
    if order.kind.category == "background":
        canvas = scene.paint(seed, size)
        canvas.paste(_fitted(pictures[0], size), mask=_oval(size))
        return canvas
    if len(pictures) > 1:
        canvas = scene.paint(seed, size)
        _lay_cards(canvas, pictures)
        return canvas
    plain = _fitted(pictures[0], size)
    masks = order.media("image", role="mask")
    if masks:
        where = _fitted(_opened(masks[0]), size).convert("L")
        return Image.composite(Image.blend(plain, scene.paint(seed, size), 0.72), plain, where)
    return Image.blend(plain, scene.tinted(seed, plain), 0.6)


def _lay_cards(canvas: Image.Image, pictures: list[Image.Image]) -> None:
    """The pictures as cards with round corners and a soft shadow, in the upper three quarters."""
    width, height = canvas.size
    top, bottom = height * 0.14, height * 0.72
    shape = sum(picture.width / picture.height for picture in pictures) / len(pictures)

    def cell_of(columns: int) -> tuple[float, float]:
        return width * 0.94 / columns, (bottom - top) / math.ceil(len(pictures) / columns)

    def card_width(columns: int) -> float:
        wide, high = cell_of(columns)
        return min(wide, high * shape)

    columns = max(range(1, len(pictures) + 1), key=card_width)
    cell = cell_of(columns)
    most = max(8, round(cell[0] * 0.9)), max(8, round(cell[1] * 0.9))
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        in_row = min(columns, len(pictures) - row * columns)
        card = ImageOps.contain(picture.convert("RGB"), most)
        x = round(width / 2 + (column - (in_row - 1) / 2) * cell[0] - card.width / 2)
        y = round(top + (row + 0.5) * cell[1] - card.height / 2)
        corner = max(2, min(card.size) // 16)
        mask = Image.new("L", (card.width * 2, card.height * 2))
        ImageDraw.Draw(mask).rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), corner * 2, fill=255)
        mask = mask.reduce(2)
        shadow = ImageOps.expand(mask.point([level * 2 // 5 for level in range(256)]), corner * 2)
        shadow = scene.soften(shadow, corner * 0.8)
        canvas.paste((12, 10, 26), (x - corner * 2, y - corner * 2 + corner // 2), shadow)
        canvas.paste(card, (x, y), mask)


def _grid(order: Order, pictures: list[Image.Image], size: Size, count: int) -> Image.Image:
    """The pictures of one call, two by two, each at half its size."""
    half = size[0] // 2, size[1] // 2
    sheet = Image.new("RGB", size)
    for number in range(min(count, 4)):
        part = _composed(order, pictures, half, f"{order.seed}/{number}")
        sheet.paste(part, (number % 2 * half[0], number // 2 * half[1]))
    lettering.caption(sheet, f"{order.kind.title}  ·  grid", first_words(order.prompt))
    return sheet


def _video(order: Order, port: Port, scratch: Path) -> Media:
    stills = [_opened(media).convert("RGB") for media in order.media("image")]
    films = order.media("video")
    if not stills and films:
        stills = [clips.first_frame(films[0].path)]
    size = clip_size(order.kind, order.params, stills[0].size if stills else None)
    large = round(size[0] * 1.5), round(size[1] * 1.5)
    frames = [_fitted(still, large) for still in (stills[0], *stills[1:][-1:])] if stills else []
    for frame in frames:
        lettering.frost(frame, round(large[1] * 0.72))
    start = frames[0] if frames else scene.paint(f"{order.seed}/0", large)
    end = frames[1] if len(frames) > 1 else None
    notes = Image.new("RGBA", size)
    lettering.caption(notes, order.kind.title, first_words(order.prompt), derived=bool(stills))
    return clips.video(order, scratch / f"{port.id}.mp4", start, end, notes)


def _opened(media: Media) -> Image.Image:
    """The picture in a file, RGB or RGBA. Raises InvalidInput when it is none, or too large."""
    try:
        picture = Image.open(media.path, formats=_READABLE)
        if picture.width * picture.height > MOST_PIXELS:
            raise InvalidInput(
                f"A picture wired in has {picture.width} × {picture.height} pixels; the limit is"
                f" {MOST_PIXELS // 10**6} megapixels."
            )
        has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        return picture.convert("RGBA" if has_alpha else "RGB")
    except FileNotFoundError as error:
        raise InvalidInput("A picture wired in is no longer stored; run the node before it again.") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InvalidInput("A picture wired in cannot be read; use PNG, JPEG, WEBP, GIF or AVIF.") from error


def _fitted(picture: Image.Image, size: Size) -> Image.Image:
    """``picture`` filling ``size``, cropped around its middle; transparent parts become white."""
    if picture.mode == "RGBA":
        ground = Image.new("RGB", picture.size, (255, 255, 255))
        ground.paste(picture, mask=picture.getchannel("A"))
        picture = ground
    return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.BICUBIC)


def _oval_box(size: Size) -> tuple[int, int, int, int]:
    left, top, right, bottom = _OVAL
    return round(size[0] * left), round(size[1] * top), round(size[0] * right), round(size[1] * bottom)


def _oval(size: Size) -> Image.Image:
    """White in an oval, black outside; drawn large and reduced so that its edge is smooth."""
    mask = Image.new("L", size)
    left, top, right, bottom = _oval_box(size)
    inner = Image.new("L", ((right - left) * 2, (bottom - top) * 2))
    if inner.width and inner.height:
        ImageDraw.Draw(inner).ellipse((0, 0, inner.width - 1, inner.height - 1), fill=255)
        mask.paste(inner.reduce(2), (left, top))
    return mask


def _saved(order: Order, picture: Image.Image, stem: Path, role: str = "") -> Media:
    asked = _FORMATS.get(str(order.params.get("output_format") or "png"), "PNG")
    if asked == "JPEG" and picture.mode != "RGB":
        asked = "PNG" if picture.mode == "RGBA" and order.kind.spec["sandbox"].get("transparent") else asked
        picture = picture if asked == "PNG" else picture.convert("RGB")
    path = stem.with_name(f"{stem.name}.{asked.lower()}")
    picture.info.clear()  # no profile, no text of the pictures wired in
    try:
        picture.save(path, asked, **_SAVING[asked])
    except ValueError as error:  # WEBP ends at 16383 pixels a side, JPEG at 65535
        size = f"{picture.width} × {picture.height} pixels"
        raise BadOutput(f"A picture of {size} cannot be saved as {asked}; choose png.") from error
    return Media(path, f"image/{asked.lower()}", picture.width, picture.height, role=role)
