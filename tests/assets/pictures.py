"""Real pictures and sounds, and bytes that only claim to be some."""

from __future__ import annotations

import io
import struct
import wave
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin

from assets import actions
from assets.models import Asset
from providers.base import Media
from tests.factories import team_of

ORIENTATION, MAKE = 0x0112, 0x010F


def png(width: int = 8, height: int = 6, *, secret: str = "") -> bytes:
    """A gradient; ``secret`` goes into a text chunk."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    notes = PngImagePlugin.PngInfo()
    if secret:
        notes.add_text("prompt", secret)
    return _saved(image, "PNG", pnginfo=notes)


def noise(width: int, height: int) -> bytes:
    """A PNG that hardly shrinks, for sizes above a piece of the stream."""
    return _saved(Image.effect_noise((width, height), 90).convert("RGB"), "PNG")


def turned_jpeg(width: int, height: int, *, secret: str) -> bytes:
    """A JPEG that says it must be turned by 90 degrees, with ``secret`` as the camera's maker."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = secret
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    return _saved(image, "JPEG", exif=exif)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A few bytes that unpack to a picture of 900 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def many_scans(count: int, side: int = 8_000) -> bytes:
    """A small JPEG whose last scan comes again ``count`` times; a reader goes over all pixels for each."""
    out = io.BytesIO()
    Image.new("L", (side, side), 90).save(out, "JPEG", progressive=True, quality=50)
    file, end = out.getvalue()[:-2], out.getvalue()[-2:]
    return file + file[file.rfind(b"\xff\xda") :] * count + end


def tone(seconds: float = 0.5) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(int(seconds * 8_000) * 2))
    return out.getvalue()


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def make_asset(
    user, folder: Path, *, content: bytes = b"", content_type: str = "image/png", filename: str = "", **fields
) -> Asset:
    """An asset of the person's team without a thumbnail, as a run leaves it."""
    path = folder / "result"
    path.write_bytes(content or png())
    width, height = Image.open(path).size if content_type.startswith("image/") else (None, None)
    placed = actions.place(Media(path, content_type, width, height), thumbnail=False)
    return actions.record(
        team=team_of(user), placed=placed, origin="run", filename=filename or "picture.png", **fields
    )
