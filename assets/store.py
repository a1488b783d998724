"""Where the bytes lie: Django's default storage, under random names.

Bytes are written first and the row later, so a crash in between leaves a file without a row (`clean_media`
takes it away) and never a row without a file. Files are copied in pieces, never read whole.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from accounts.models import Team
from assets.models import ID, NAME, Asset, random_name
from providers.base import Media
from providers.errors import BadOutput
from providers.local import sniff

#: Every type that is stored, with the ending of its files. Nothing that a browser runs is among them.
ENDINGS = {kind.content_type: kind.suffix for kind in sniff.KNOWN}


@dataclass(frozen=True, slots=True)
class Placed:
    """A file in the store that has no row yet."""

    name: str
    thumbnail_name: str
    content_type: str
    bytes: int
    width: int | None
    height: int | None
    seconds: float | None
    role: str
    sha256: str


def place_of(name: str) -> str:
    """The path of a stored file: sub-folders of two characters keep every folder small."""
    return f"{name[:2]}/{name}"


def ending_for(content_type: str) -> str:
    """The ending of stored files of this type; `BadOutput` for a type that is not stored."""
    ending = ENDINGS.get(content_type)
    if ending is None:
        raise BadOutput("The result is of a type that is not stored here.", detail=content_type)
    return ending


def put(path: Path, content_type: str) -> tuple[str, str]:
    """Copy a file into the store. Returns its name and SHA-256; raises `BadOutput` like `ending_for`."""
    name = random_name() + ending_for(content_type)
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
        handle.seek(0)
        default_storage.save(place_of(name), File(handle))
    return name, digest


def put_part(path: Path) -> str:
    """Copy a file into the store that is no asset yet. Returns its name; `clean_media` forgets it after a day."""
    name = f"{random_name()}.part"
    with path.open("rb") as handle:
        default_storage.save(place_of(name), File(handle))
    return name


def remove(name: str) -> None:
    """Take a file away; no file is fine too."""
    if name:
        default_storage.delete(place_of(name))


def remove_older(name: str, before: datetime) -> bool:
    """Take a file away that was written earlier than that; False when it is younger, or gone already."""
    try:
        if default_storage.get_modified_time(place_of(name)) >= before:
            return False
    except FileNotFoundError:
        return False
    remove(name)
    return True


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
        path=_local_path(asset.name, scratch),
        content_type=asset.content_type,
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
        role=asset.role,
    )


def _local_path(name: str, scratch: Path | None) -> Path:
    try:
        return Path(default_storage.path(place_of(name)))
    except NotImplementedError:  # a storage that is no folder, such as S3
        if scratch is None:
            raise
    path = scratch / name
    if not path.exists():
        with default_storage.open(place_of(name)) as source, path.open("wb") as copy:
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
