"""Requests for local nodes, and pictures to try them on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from providers.base import Media, Request
from providers.catalog import load_catalog
from providers.local import INSTANT, MEDIA

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def work(
    kind: str, scratch: Path | None = None, *, inputs: dict[str, Any] | None = None, **params: Any
) -> dict[str, Any]:
    """Run a node in this process, as a child would."""
    request = Request(load_catalog()[kind], inputs or {}, params, scratch or Path("/nowhere"))
    return (INSTANT.get(kind) or MEDIA[kind])(request)


def image(
    kind: str, scratch: Path, *, inputs: dict[str, Any], port: str = "image", **params: Any
) -> Image.Image:
    """The picture a node makes, its measured size checked against the file."""
    media = work(kind, scratch, inputs=inputs, **params)[port]
    with Image.open(media.path) as made:
        made.load()
    assert (media.width, media.height) == made.size
    return made


def saved(picture: Image.Image, path: Path, content_type: str = "image/png", **options: Any) -> Media:
    picture.save(path, **options)
    return Media(path, content_type, *picture.size)


def quarters(width: int = 40, height: int = 30) -> Image.Image:
    """Red, green, blue and white: top left, top right, bottom left, bottom right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(WHITE, (width // 2, height // 2, width, height))
    return picture


def corners(picture: Image.Image) -> list[Any]:
    """The pixels in the corners, row by row."""
    right, bottom = picture.width - 1, picture.height - 1
    return [picture.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
