"""Where the bytes lie: Django's default storage, a folder or a bucket.

A file lies under the SHA-256 of its bytes and a few random letters, its blob; its thumbnails lie beside it. The names
that addresses hold are others, one per asset: assets of the same bytes share a blob (`shared_blob`), and yet whoever
knows an address of one knows nothing of the others.

Bytes are written first and the row later, so a crash in between leaves a file without a row (`clean_media`
takes it away) and never a row without a file. Files are copied in pieces, never read whole.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import Team
from assets.models import ID, LARGE_SIDE, NAME, SMALL_SIDE, Asset, random_name
from assets.preparing import Ready
from providers.base import Media
from providers.errors import BadOutput
from providers.local import sniff

#: Every type that is stored, with the ending of its files. Nothing that a browser runs is among them.
ENDINGS = {kind.content_type: kind.suffix for kind in sniff.KNOWN}


@dataclass(frozen=True, slots=True)
class Placed:
    """A file in the store that has no row yet."""

    blob: str
    has_thumbnail: bool
    blur: str
    content_type: str
    bytes: int
    width: int | None
    height: int | None
    seconds: float | None
    role: str
    sha256: str


SIDES = (LARGE_SIDE, SMALL_SIDE)
#: The last part of the path of a stored file; the first assets of all lie under their own names.
BLOB = rf"(?:[0-9a-f]{{64}}-[a-z2-7]{{8}}|{NAME})"


def place_of(blob: str, side: int | None = None) -> str:
    """The path of a stored file, or of its thumbnail: sub-folders of two characters keep every folder small."""
    return f"{blob[:2]}/{blob}" if side is None else f"{blob[:2]}/{blob}.{side}"


def ending_for(content_type: str) -> str:
    """The ending of stored files of this type; `BadOutput` for a type that is not stored."""
    ending = ENDINGS.get(content_type)
    if ending is None:
        raise BadOutput("The result is of a type that is not stored here.", detail=content_type)
    return ending


def put(ready: Ready) -> Placed:
    """Copy a file and its thumbnails into the store. Raises `BadOutput` like `ending_for`."""
    media = ready.media
    ending_for(media.content_type)
    with media.path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
        blob = f"{digest}-{random_name()[:8]}"
        handle.seek(0)
        default_storage.save(place_of(blob), File(handle))
    for side, path in ready.thumbnails.items():
        with path.open("rb") as handle:
            default_storage.save(place_of(blob, side), File(handle))
    return Placed(
        blob=blob,
        has_thumbnail=bool(ready.thumbnails),
        blur=ready.blur,
        content_type=media.content_type,
        bytes=media.path.stat().st_size,
        width=media.width,
        height=media.height,
        seconds=media.seconds,
        role=media.role,
        sha256=digest,
    )


def shared_blob(placed: Placed) -> str:
    """The blob of an asset with the same bytes, which is there until this transaction ends; "" when there is none."""
    lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""  # only a deletion waits for it
    query = f"SELECT blob FROM assets_asset WHERE sha256 = %s AND (thumbnail_name <> '') = %s LIMIT 1{lock}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [placed.sha256, placed.has_thumbnail])
        found = cursor.fetchone()
    return found[0] if found else ""


def put_part(path: Path) -> str:
    """Copy a file into the store that is no asset yet. Returns its name; `clean_media` forgets it after a day."""
    name = f"{random_name()}.part"
    with path.open("rb") as handle:
        default_storage.save(place_of(name), File(handle))
    return name


def open_part(name: str) -> IO[bytes]:
    """What `put_part` kept, to be read. Raises FileNotFoundError when it is missing."""
    return default_storage.open(place_of(name))


def remove(name: str) -> None:
    """Take a file away; no file is fine too."""
    if name:
        default_storage.delete(place_of(name))


def remove_blob(blob: str) -> None:
    """Take a file and its thumbnails away."""
    for side in (*SIDES, None):
        default_storage.delete(place_of(blob, side))


def open_stored(asset: Asset, side: int | None = None) -> IO[bytes]:
    """The bytes of an asset, or of its thumbnail, to be read. Raises FileNotFoundError when they are missing."""
    if side == SMALL_SIDE:
        with suppress(FileNotFoundError):  # the first assets of all have but the larger one
            return default_storage.open(place_of(asset.blob, side))
        side = LARGE_SIDE
    return default_storage.open(place_of(asset.blob, side))


def remove_older(name: str, before: datetime) -> bool:
    """Take a file away that was written earlier than that; False when it is younger, or gone already."""
    try:
        if default_storage.get_modified_time(place_of(name)) >= before:
            return False
    except FileNotFoundError:
        return False
    remove(name)
    return True


def read(asset: Asset) -> bytes:
    """All bytes of an asset, of which there must be few. Raises FileNotFoundError when they are missing."""
    with open_stored(asset) as file:
        return file.read()


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the time of one piece of work."""
    settings.SCRATCH_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="media-", dir=settings.SCRATCH_DIR) as folder:
        yield Path(folder)


def media_of(asset: Asset, scratch: Path | None = None) -> Media:
    """The asset as a file on this machine, to be read and left alone.

    A storage elsewhere (a bucket) has no local path: then the file is copied into ``scratch``, which must be
    given.
    """
    return Media(
        path=_local_path(asset, scratch),
        content_type=asset.content_type,
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
        role=asset.role,
    )


def _local_path(asset: Asset, scratch: Path | None) -> Path:
    try:
        return Path(default_storage.path(place_of(asset.blob)))
    except NotImplementedError:  # a storage that is no folder, such as S3
        if scratch is None:
            raise
    path = scratch / asset.name
    if not path.exists():
        with open_stored(asset) as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    return path


def find_for(team: Team, value: object) -> Asset | None:
    """The team's asset that a value names, else None.

    A value is an asset ref, an id ``as_…``, or an address of ours: ``/media/<name>``, with or without
    ``PUBLIC_URL`` before it. The address of a thumbnail names the asset it was made from.
    """
    mine = Asset.objects.live().filter(team=team)
    if isinstance(value, Mapping):
        value = value.get("assetId") or value.get("url")
    if not isinstance(value, str):
        return None
    if re.fullmatch(ID, value):
        return mine.filter(id=value).first()
    name = own_name(value)
    return mine.served_as(name).first() if name else None


def own_name(address: str) -> str | None:
    """``<name>`` of ``/media/<name>`` or of ``<our public URL>/media/<name>``; None for any other address."""
    if len(address) > 2_048:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    ours = urlsplit(settings.PUBLIC_URL)
    if (parts.scheme, parts.netloc.lower()) not in (("", ""), (ours.scheme, ours.netloc.lower())):
        return None
    found = re.fullmatch(f"{re.escape(settings.MEDIA_URL)}({NAME})", parts.path)
    return found[1] if found else None
