"""What changes stored media."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Team, User
from assets import preparing, store
from assets.models import NAME, UNLISTED, Asset, Origin, PendingUpload, new_id
from assets.store import ENDINGS, Placed
from providers.base import Media
from providers.errors import InvalidInput
from providers.fetch import fetch_public
from wireflow_ui.errors import TooLarge

MAX_BYTES = 25 * 1024 * 1024

log = logging.getLogger("wireflow.assets")


def upload(*, team: Team, user: User | None, file: File[bytes], filename: str, kind: str = "") -> Asset:
    """Keep a file somebody handed us, made upright and free of metadata; only one of ``kind`` if that is given.

    Raises `TooLarge` over 25 MB and `Unsuitable` when it is not media we take; then nothing is stored.
    """
    with store.scratch() as folder:
        path = folder / "upload"
        taken = 0
        with path.open("wb") as copy:
            for chunk in file.chunks():
                taken += len(chunk)
                if taken > MAX_BYTES:
                    raise TooLarge("The file is larger than 25 MB. Make it smaller and upload it again.")
                copy.write(chunk)
        media, thumbnail = preparing.prepare(path, folder, kind=kind)
        placed = place_upload(media, thumbnail)
    return record(team=team, placed=placed, origin=Origin.UPLOAD, filename=filename, created_by=user)


def fetch(*, team: Team, user: User | None, url: str, kind: str = "") -> Asset:
    """Keep what a public address serves, treated like an upload. Raises `Unsuitable`.

    An address of the team's own asset gives that asset: nothing is fetched from ourselves.
    """
    own = store.find_for(team, url)
    if own is not None:
        preparing.expect_kind(own.content_type, kind)
        return own
    with store.scratch() as folder:
        try:
            fetched = asyncio.run(fetch_public(url, folder / "fetched", max_bytes=MAX_BYTES))
        except InvalidInput as refused:
            raise preparing.Unsuitable(refused.message) from refused
        media, thumbnail = preparing.prepare(fetched.path, folder, kind=kind)
        placed = place_upload(media, thumbnail)
    filename = unquote(PurePosixPath(urlsplit(url).path).name)
    return record(team=team, placed=placed, origin=Origin.FETCH, filename=filename, created_by=user)


def place(media: Media, *, thumbnail: bool = True) -> Placed:
    """Write a result into the store, without a row: nothing here touches the database.

    Raises `BadOutput` when the file is not what its type says, or of a type that is not stored.
    """
    store.ending_for(media.content_type)
    if not thumbnail:
        return place_upload(media, None)
    with store.scratch() as folder:
        return place_upload(*preparing.inspect(media, folder))


def place_upload(media: Media, thumbnail: Path | None) -> Placed:
    """Write what `preparing.prepare` made into the store, without a row."""
    name, digest = store.put(media.path, media.content_type)
    return Placed(
        name=name,
        thumbnail_name=store.put(thumbnail, "image/webp")[0] if thumbnail else "",
        content_type=media.content_type,
        bytes=media.path.stat().st_size,
        width=media.width,
        height=media.height,
        seconds=media.seconds,
        role=media.role,
        sha256=digest,
    )


def record(
    *,
    team: Team,
    placed: Placed,
    origin: str,
    sandbox: bool = False,
    reference: str = "",
    filename: str = "",
    created_by: User | None = None,
    asset_id: str = "",
) -> Asset:
    """The row of a placed file; joins the caller's transaction. ``asset_id`` is an id that was told before."""
    return Asset.objects.create(
        id=asset_id or new_id(),
        team=team,
        name=placed.name,
        thumbnail_name=placed.thumbnail_name,
        filename=_clean_filename(filename, placed),
        content_type=placed.content_type,
        bytes=placed.bytes,
        width=placed.width,
        height=placed.height,
        seconds=placed.seconds,
        role=placed.role,
        sha256=placed.sha256,
        origin=origin,
        sandbox=sandbox,
        reference=reference,
        created_by=created_by,
    )


def lend(*, asset: Asset, team: Team) -> Asset:
    """A copy of an asset for another team's runs, which is in nobody's library. Lent again, it is the same one."""
    reference = f"{UNLISTED}{asset.id}"
    lent = Asset.objects.live().filter(team=team, reference=reference).first()
    if lent is not None:
        return lent
    with store.scratch() as folder:
        name, digest = store.put(store.media_of(asset, folder).path, asset.content_type)
    placed = Placed(
        name=name,
        thumbnail_name="",
        content_type=asset.content_type,
        bytes=asset.bytes,
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
        role=asset.role,
        sha256=digest,
    )
    return record(
        team=team,
        placed=placed,
        origin=Origin.RUN,
        sandbox=asset.sandbox,
        reference=reference,
        filename=asset.filename,
    )


def _clean_filename(filename: str, placed: Placed) -> str:
    """The name for people: no folders, nothing unprintable, and the ending of what the file really is."""
    ending = ENDINGS[placed.content_type]
    base = re.split(r"[/\\]", "".join(c for c in filename if c.isprintable()))[-1].strip(" .")
    stem, dot, given = base.rpartition(".")
    if dot and f".{given.lower()}" in (ending, ending.replace(".jpg", ".jpeg")):
        ending = f".{given}"
    else:
        stem = stem or base
    return f"{(stem or placed.name[:8])[: 200 - len(ending)]}{ending}"


def delete_asset(*, asset: Asset) -> bool:
    """Close the asset's addresses at once. False means somebody else deleted it first."""
    return Asset.objects.live().filter(id=asset.id).update(deleted_at=Now()) == 1


def restore(*, asset: Asset) -> bool:
    """Take a deletion back, until `clean_media` has come by. False means it was not deleted, or is gone."""
    return Asset.objects.filter(id=asset.id).exclude(deleted_at=None).update(deleted_at=None) == 1


def clean_media(*, older_than: timedelta = timedelta(days=1)) -> int:
    """Remove what was deleted, files that never got a row, and what a killed process left half done.

    All of it only when it is older than ``older_than``. Returns how many files and folders were removed. May run
    twice, or beside itself: a missing file is no error.
    """
    before = timezone.now() - older_than
    gone = 0
    PendingUpload.objects.filter(expires_at__lt=timezone.now()).delete()  # their files go with the orphans
    for asset in Asset.objects.filter(deleted_at__lt=before).iterator():
        # The row first and guarded: a restore that comes at the same moment keeps row and files.
        if Asset.objects.filter(id=asset.id, deleted_at__lt=before).delete()[0]:
            store.remove(asset.name)
            store.remove(asset.thumbnail_name)
            gone += 1 + bool(asset.thumbnail_name)
    for folder in _folders():
        for name in _orphans(folder):
            gone += store.remove_older(name, before)
    return gone + _remove_leftovers(before)


def _folders() -> list[str]:
    """The sub-folders of the store; none before the first file."""
    try:
        return default_storage.listdir("")[0]
    except FileNotFoundError:
        return []


def _remove_leftovers(before: datetime) -> int:
    """Take away what lies where files are received and worked on; nothing stays there for long by itself."""
    gone = 0
    for folder in (settings.SCRATCH_DIR, settings.FILE_UPLOAD_TEMP_DIR):
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
                    gone += 1
    return gone


def _orphans(folder: str) -> Iterator[str]:
    """Files of ours in one sub-folder that no row knows."""
    names = [name for name in default_storage.listdir(folder)[1] if re.fullmatch(NAME, name)]
    for start in range(0, len(names), 200):
        some = names[start : start + 200]
        known = Asset.objects.filter(Q(name__in=some) | Q(thumbnail_name__in=some))
        kept = {name for pair in known.values_list("name", "thumbnail_name") for name in pair}
        yield from (name for name in some if name not in kept)
