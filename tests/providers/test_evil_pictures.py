"""Pictures of every evil kind, opened as the server opens them: in a child with 512 MB, and 5 seconds of the processor
to read each. Each is tamed or refused."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from providers.errors import InvalidInput, Timeout
from providers.local.pool import ChildPool
from providers.local.wire import decode_media
from tests.assets.pictures import many_scans

MEMORY_MB, SECONDS = 512, 5
SCRIPT = b"<script>alert(1)</script>"


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *chunks: bytes, depth: int = 8, color: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


#: 64 MB of nothing, and as pixels.
PACKED = zlib.compress(bytes(64 * 1024 * 1024), 9)
BLACK = chunk(b"IDAT", PACKED)
PHOTO = Image.radial_gradient("L").resize((300, 200)).convert("RGB")
EXIF = Image.Exif()
EXIF[0x0112] = 6  # to be turned by a quarter
FRAMES = [Image.new("P", (2_000, 2_000), number) for number in range(70)]
SMALL = [frame.resize((40, 40)) for frame in FRAMES[:2]]
SIXTEEN = PHOTO.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")

#: name → (file, the size it has once it was tamed; None: it is refused)
EVIL: dict[str, tuple[bytes, tuple[int, int] | None]] = {
    "bomb of 900 megapixels": (png(30_000, 30_000, BLACK), None),
    "bomb one pixel wide": (png(1, 2**31 - 1, BLACK), None),
    "bomb within the limit": (png(8_000, 8_000, BLACK), None),  # its pixels break off
    "compressed text of 64 MB": (
        png(2, 2, chunk(b"zTXt", b"a\0\0" + PACKED), chunk(b"IDAT", zlib.compress(bytes(14)))),
        None,
    ),
    "animation of 280 megapixels": (saved(FRAMES[0], "GIF", save_all=True, append_images=FRAMES[1:]), None),
    "cut in the middle": (saved(PHOTO, "JPEG")[:3_000], None),
    "cut before its pixels": (saved(PHOTO, "PNG")[:60], None),
    "cut animation": (saved(SMALL[0], "GIF", save_all=True, append_images=SMALL[1:])[:60], None),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>", None),
    "SVG behind a comment": (b"<!-- \x89PNG -->\n<svg>" + SCRIPT + b"</svg>", None),
    "SVG that begins as a GIF": (b"GIF89a<svg>" + SCRIPT + b"</svg>", None),
    "PNG and a page": (saved(PHOTO, "PNG") + SCRIPT, (300, 200)),
    "PNG and a ZIP": (saved(PHOTO, "PNG") + b"PK\x03\x04" + SCRIPT, (300, 200)),
    "JPEG with a page inside": (saved(PHOTO, "JPEG", comment=SCRIPT), (300, 200)),
    "GIF with a page inside": (saved(PHOTO.convert("P"), "GIF", comment=SCRIPT), (300, 200)),
    "WEBP with a page inside": (saved(PHOTO, "WEBP", xmp=SCRIPT), (300, 200)),
    "turned by its EXIF": (saved(PHOTO, "JPEG", exif=EXIF), (200, 300)),
    "four colours of print": (saved(PHOTO.convert("CMYK"), "JPEG"), (300, 200)),
    "sixteen bits": (saved(SIXTEEN, "PNG"), (300, 200)),
    "animated": (saved(PHOTO, "WEBP", save_all=True, append_images=[PHOTO.rotate(9)]), (300, 200)),
}  # fmt: skip


@dataclass
class Child:
    pool: ChildPool
    folder: Path


@pytest.fixture(scope="module")
def child(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    pool = ChildPool(1, MEMORY_MB)
    yield Child(pool, tmp_path_factory.mktemp("evil"))
    pool.close()


@pytest.mark.parametrize("name", EVIL)
def test_it_is_refused_or_tamed_and_carries_nothing_on(child: Child, name: str):
    content, size = EVIL[name]
    path = child.folder / "sent"
    path.write_bytes(content)
    scratch = child.folder / f"scratch-{list(EVIL).index(name)}"
    scratch.mkdir()
    payload = {"path": str(path), "scratch": str(scratch), "reading": SECONDS}
    if size is None:
        with pytest.raises(InvalidInput) as refusal:
            child.pool.call("upload", payload, timeout=60)
        assert refusal.value.message.endswith(".")
        return
    answer = child.pool.call("upload", payload, timeout=60)
    media = decode_media(answer["media"])
    assert (media.width, media.height) == size
    for file in scratch.iterdir():
        assert b"script" not in file.read_bytes()
    with Image.open(media.path) as tamed:
        assert (tamed.size, dict(tamed.getexif())) == (size, {})
        assert tamed.mode not in ("CMYK", "I", "I;16")


def test_what_takes_too_long_to_read_ends_its_child_by_the_limit_and_nothing_is_written(child: Child):
    """Two hundred scans over 64 megapixels: 400 kB that keep a processor busy for many seconds."""
    path, scratch = child.folder / "scans.jpg", child.folder / "scratch-scans"
    path.write_bytes(many_scans(200))
    scratch.mkdir()
    payload = {"path": str(path), "scratch": str(scratch), "reading": 1}
    with pytest.raises(Timeout, match="more of the processor than it may"):
        child.pool.call("upload", payload, timeout=600)
    assert list(scratch.iterdir()) == []

    path.write_bytes(saved(PHOTO, "JPEG"))
    answer = child.pool.call("upload", payload, timeout=60)
    assert decode_media(answer["media"]).width == 300, "the child that took its place has a limit of its own"


def test_the_limit_is_for_each_picture_and_not_for_all_of_a_child(tmp_path: Path):
    """Twelve honest pictures take a child together twice the four seconds of the processor that each may take."""
    pool = ChildPool(1, MEMORY_MB)
    noise = Image.effect_noise((2_000, 1_500), 60).convert("RGB")
    (tmp_path / "sent").write_bytes(saved(noise, "PNG"))
    payload = {"path": str(tmp_path / "sent"), "scratch": str(tmp_path), "reading": 4}
    for _ in range(12):
        pool.call("upload", payload, timeout=60)
    assert pool._idle[0].calls == 12
    pool.close()
