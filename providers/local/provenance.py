"""What made a picture, written into its file: the ids of the workflow, its version and the run, and the graph.

It is an XMP packet, for which PNG, JPEG and WEBP each have a place. Files are given one on their way out, byte by byte
and without opening the picture; what comes in is a claim of strangers, from which ids of the right shape are taken and
nothing is believed: who may see that workflow is asked when somebody opens it. The graph is for the canvas on which
the picture is dropped, here or on another server; this one never reads it.
"""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from providers.local import sniff

NAMESPACE = "urn:wireflow-ui:provenance:1"
#: The packet is looked for in so many bytes of metadata.
MOST_READ = 64 * 1024
#: A packed graph of more bytes is left out; a segment of a JPEG ends at 64 KiB.
MOST_GRAPH = 1024 * 1024
MOST_OF_JPEG = 60 * 1024

_SHAPES = {
    "workflow": r"[a-z0-9_-]{8,40}",
    "version": r"[0-9]{1,18}",
    "execution": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}
_XMP_OF_JPEG = b"http://ns.adobe.com/xap/1.0/\0"
_XMP_OF_PNG = b"XML:com.adobe.xmp\0\0\0\0\0"
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The ids; "" where there is none."""

    workflow: str
    version: str = ""
    execution: str = ""


def read(info: Mapping[Any, Any]) -> MadeBy | None:
    """What the metadata of an opened picture claim; None when they name no workflow."""
    packet = info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    if not isinstance(packet, bytes):
        return None
    text = packet[:MOST_READ].decode("utf-8", "replace")
    if NAMESPACE not in text:
        return None
    found = {name: re.search(f'wireflow:{name}="({shape})"', text) for name, shape in _SHAPES.items()}
    ids = {name: match[1] for name, match in found.items() if match is not None}
    return MadeBy(**ids) if "workflow" in ids else None


def packed(graph: str) -> str:
    """A graph as an attribute holds it: base64 of its JSON packed by zlib. "" for none, and for one too large."""
    text = base64.b64encode(zlib.compress(graph.encode(), 9)).decode() if graph else ""
    return text if len(text) <= MOST_GRAPH else ""


def packet(made_by: MadeBy, graph: str = "") -> bytes:
    """The ids as XMP, and the `packed` graph. Raises ValueError for what is no id."""
    ids = {name: value for name, value in asdict(made_by).items() if value}
    for name, value in ids.items():
        if not re.fullmatch(_SHAPES[name], value):
            raise ValueError(f"{value!r} is no {name}.")
    carried = ids | ({"graph": graph} if graph else {})  # the ids first, where they are looked for
    attributes = "".join(f' wireflow:{name}="{value}"' for name, value in carried.items())
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:wireflow="{NAMESPACE}"{attributes}/></rdf:RDF></x:xmpmeta>'
    ).encode("ascii")


@dataclass(frozen=True, slots=True)
class Splice:
    """A file is given metadata by writing ``head`` in place of its first ``skip`` bytes, and ``tail`` at its end."""

    skip: int
    head: bytes
    tail: bytes = b""

    @property
    def grows_by(self) -> int:
        return len(self.head) - self.skip + len(self.tail)


def splice(content_type: str, start: bytes, size: int, xmp: bytes, shape: tuple[int, int]) -> Splice | None:
    """How a stored file of ``size`` bytes that begins with ``start`` carries the packet.

    ``start`` needs 40 bytes; ``shape`` is width and height. None for files that cannot carry it, or carry metadata.
    """
    if content_type == sniff.PNG.content_type and start[12:16] == b"IHDR":
        chunk = b"iTXt" + _XMP_OF_PNG + xmp
        written = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return Splice(33, start[:33] + written)
    if content_type == sniff.JPEG.content_type and start[:2] == b"\xff\xd8":
        length = 2 + len(_XMP_OF_JPEG) + len(xmp)
        after = 2
        if start[2:4] == b"\xff\xe0":  # JFIF wants to be first
            after = 4 + int.from_bytes(start[4:6])
        if after > len(start):
            return None
        written = b"\xff\xe1" + struct.pack(">H", length) + _XMP_OF_JPEG + xmp
        return Splice(after, start[:after] + written)
    if content_type == sniff.WEBP.content_type and start[:4] == b"RIFF":
        return _into_webp(start, size, xmp, shape)
    return None


def _into_webp(start: bytes, size: int, xmp: bytes, shape: tuple[int, int]) -> Splice | None:
    """The packet is the last chunk, and a flag of the VP8X header says so; simple files get such a header first."""
    if size % 2 or int.from_bytes(start[4:8], "little") + 8 != size:
        return None
    tail = b"XMP " + struct.pack("<I", len(xmp)) + xmp + bytes(len(xmp) % 2)
    kind = start[12:16]
    if kind == b"VP8X":
        if start[20] & _XMP_FLAG:
            return None
        body = bytes([start[20] | _XMP_FLAG]) + start[21:30]
        header, skip = b"VP8X" + struct.pack("<I", 10) + body, 30
    elif kind in (b"VP8 ", b"VP8L"):
        width, height = shape
        has_alpha = kind == b"VP8L" and bool(start[24] & 0x10)
        flags = _XMP_FLAG | (_ALPHA_FLAG if has_alpha else 0)
        body = (
            struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        )
        header, skip = b"VP8X" + struct.pack("<I", 10) + body, 12
    else:
        return None
    total = 12 + len(header) + (size - skip) + len(tail) - 8
    return Splice(skip, b"RIFF" + struct.pack("<I", total) + b"WEBP" + header, tail)
