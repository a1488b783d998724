"""What the chunks of a WEBP file say, read without its decoder."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_FRAME_HEADER = 16


def webp_size(path: Path) -> tuple[int, int]:
    """Width and height. Pillow's reader takes memory for all pixels as soon as it opens the file.

    Raises ValueError when the header cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(30)
    chunk = head[12:16] if len(head) == 30 else b""
    if chunk == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("not a WEBP header")


def is_lossless(path: Path) -> bool:
    """Whether the pixels (of the first frame) are stored without loss."""
    with path.open("rb") as file:
        file.seek(12)
        return _is_lossless(file)


def _is_lossless(file: BinaryIO) -> bool:
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name in (b"VP8L", b"VP8 "):
            return bool(name == b"VP8L")
        file.seek(_FRAME_HEADER if name == b"ANMF" else size + size % 2, 1)
    return False
