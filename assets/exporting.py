"""Assets on their way out to somebody of the team: under their own names, with what made them, or without.

Only what is downloaded from here carries that. Addresses of files, shared pages and apps give the bare file: whoever
was given a picture was not given the workflow.
"""

from __future__ import annotations

import asyncio
import io
import logging
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import IO

from assets import store
from assets.models import Asset
from assets.serving import PIECE
from providers.local import sniff
from providers.local.provenance import MOST_OF_JPEG, MadeBy, Splice, packed, packet, splice

#: The start of a file that is looked at to find the place for metadata.
_START = 64
MOST_FILES = 200
MOST_BYTES = 2 * 1024**3

log = logging.getLogger("wireflow.assets")


class Graphs:
    """Where the graphs that made assets come from: those who know of workflows say so when they start."""

    def __init__(self) -> None:
        self._graph_of: Callable[[Asset], str] | None = None

    def connect(self, graph_of: Callable[[Asset], str]) -> None:
        self._graph_of = graph_of

    def of(self, asset: Asset) -> str:
        """As JSON; "" where it is not there any more."""
        return self._graph_of(asset) if self._graph_of else ""


graphs = Graphs()


class Export(io.RawIOBase):
    """The bytes of an asset, to be read once from front to back; ``size`` is how many. Raises FileNotFoundError.

    A picture carries the packet of its `Origins` where one is given.
    """

    def __init__(self, asset: Asset, carried: bytes = b"") -> None:
        self._file: IO[bytes] = store.open_stored(asset)
        cut = _splice(asset, self._file, carried) if carried else None
        self._head, self._tail = (cut.head, cut.tail) if cut else (b"", b"")
        self._file.seek(cut.skip if cut else 0)
        self.size = asset.bytes + (cut.grows_by if cut else 0)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; b"" at the end."""
        if self._head:
            piece, self._head = self._head, b""
            return piece
        piece = self._file.read(size)
        if not piece:
            piece, self._tail = self._tail, b""
        return piece

    def close(self) -> None:
        self._file.close()
        super().close()


class Origins:
    """What pictures say of where they come from. The database is asked here; whoever reads files asks none."""

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._packed: dict[tuple[str, str], str] = {}
        for asset in assets:
            version = (asset.workflow, asset.version)
            if asset.workflow and asset.kind == "image" and version not in self._packed:
                self._packed[version] = packed(graphs.of(asset))

    def packet_of(self, asset: Asset) -> bytes:
        """For its file; b"" where nothing is known."""
        graph = self._packed.get((asset.workflow, asset.version))
        if graph is None:
            return b""
        if asset.content_type == sniff.JPEG.content_type and len(graph) > MOST_OF_JPEG:
            graph = ""
        return packet(MadeBy(asset.workflow, asset.version, asset.execution_id), graph)


def _splice(asset: Asset, file: IO[bytes], carried: bytes) -> Splice | None:
    shape = (asset.width or 0, asset.height or 0)
    return splice(asset.content_type, file.read(_START), asset.bytes, carried, shape)


def zipped(assets: Sequence[Asset], origins: Origins) -> Iterator[bytes]:
    """The pieces of an archive, made as they are asked for. What is missing in the store is left out.

    Files whose origin is not told are bare.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for asset, name in zip(assets, _names(assets), strict=True):
            try:
                export = Export(asset, origins.packet_of(asset))
            except FileNotFoundError:
                log.error("The file of asset %s is missing in the store", asset.id)
                continue
            entry = zipfile.ZipInfo(name, asset.created_at.timetuple()[:6])
            with closing(export), archive.open(entry, "w") as written:
                while piece := export.read(PIECE):
                    written.write(piece)
                    yield sink.taken()
    yield sink.taken()


def _names(assets: Sequence[Asset]) -> list[str]:
    """The filenames, none twice: the second ``cat.png`` is ``cat (2).png``."""
    taken: list[str] = []
    names: set[str] = set()
    for asset in assets:
        stem, dot, ending = asset.filename.rpartition(".")
        name, number = asset.filename, 1
        while name.lower() in names:
            number += 1
            name = f"{stem} ({number}){dot}{ending}"
        names.add(name.lower())
        taken.append(name)
    return taken


class _Sink:
    """What an archive is written to: pieces until they are taken. It has no place to go back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def close(self) -> None:
        """Nothing is held."""

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class Fed:
    """Pieces for an ASGI server, each made in a thread."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await asyncio.to_thread(next, self._pieces, None)) is not None:
            yield piece
