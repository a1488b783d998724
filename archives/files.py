"""The files of an archive on their way into the store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from archives.reading import Archive
from archives.shape import CHANGED, Row, Unfit
from assets import store
from assets.actions import place
from assets.children import pool
from assets.models import NAME
from assets.store import ENDINGS, Placed
from providers.base import Media
from providers.errors import ProviderError
from providers.local import sniff
from providers.local.wire import decode_media, encode_media
from wireflow_ui.errors import WireflowError

#: A file by the hash of its bytes and by what it is said to be.
Key = tuple[str, str]
CLEANING_SECONDS = 30


@contextmanager
def placed_files(archive: Archive) -> Iterator[Mapping[Key, Placed]]:
    """All files in the store, looked at as results are, each without a row. They go again when the archive is refused;
    after a kill, or when nobody knows whether a commit came through, `clean_media` takes away what has no row."""
    placed: dict[Key, Placed] = {}
    try:
        with store.scratch() as folder:
            there, named = set(archive.files()), set()
            for where, row in archive.rows("assets"):
                key = key_of(row, where)
                named.add(key[0])
                if key[0] in there and key not in placed:
                    placed[key] = _place(archive, key, str(row.get("role", "")), folder, where)
                elif key[0] not in there and key[0] not in archive.missing:
                    raise Unfit(f"{where}: its file {key[0][:12]}… is not in the archive. {CHANGED}")
        if there != named - archive.missing:
            raise Unfit(f"The archive has files that belong to no asset. {CHANGED}")
        yield placed
    except WireflowError:
        for one in placed.values():
            store.remove_blob(one.blob)
        raise


def key_of(row: Row, where: str) -> Key:
    """Raises `Unfit` for what is not stored here, and for a name that does not fit it."""
    sha256, content_type, name = (row.get(key) for key in ("sha256", "content_type", "name"))
    ending = ENDINGS.get(content_type) if isinstance(content_type, str) else None
    if ending is None:
        raise Unfit(f"{where}: files of type {str(content_type)[:60]!r} are not stored here. {CHANGED}")
    if not (isinstance(name, str) and re.fullmatch(NAME, name) and name.endswith(ending)):
        raise Unfit(f"{where}: its file has a name that no file of its type has. {CHANGED}")
    if not (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise Unfit(f"{where}: it names no file. {CHANGED}")
    return sha256, str(content_type)


def _place(archive: Archive, key: Key, role: str, folder: Path, where: str) -> Placed:
    sha256, content_type = key
    path = folder / f"file{ENDINGS[content_type]}"
    archive.copy(sha256, path)
    # Measured anew: what the archive says of it is not believed.
    media = Media(path=path, content_type=content_type, width=None, height=None, seconds=None, role=role[:20])
    try:
        return place(_cleaned(media) if content_type == sniff.VECTOR.content_type else media)
    except ProviderError as refused:
        raise Unfit(f"{where}: its file is not {content_type}, as it says. {CHANGED}") from refused


def _cleaned(drawing: Media) -> Media:
    """A vector drawing without all that runs or reaches out, as those that providers make."""
    payload = {"media": encode_media(drawing), "target": str(drawing.path.with_name("cleaned"))}
    return decode_media(pool().call("vector", payload, timeout=CLEANING_SECONDS)["vector"])
