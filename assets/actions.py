"""What changes stored media."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.actor import Actor
from accounts.models import Team, User
from assets import preparing, store
from assets.models import (
    UNLISTED,
    Asset,
    AssetQuerySet,
    Favourite,
    Origin,
    PendingUpload,
    kind_of,
    new_id,
    random_name,
)
from assets.store import BLOB, ENDINGS, Placed
from providers.base import Media
from providers.errors import InvalidInput
from providers.fetch import fetch_public
from providers.local.provenance import MadeBy
from wireflow_ui.errors import TooLarge

MAX_BYTES = 25 * 1024 * 1024
#: Days for which what was deleted can be brought back.
BIN_DAYS = 30
#: A file of the store, or a thumbnail beside it; the group is the blob.
STORED = rf"({BLOB})(?:\.[0-9]{{3}})?"

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
        declared = getattr(file, "content_type", None) or ""
        ready = preparing.prepare(path, folder, kind=kind, filename=filename, declared=declared)
        placed = store.put(ready)
    asset = record(team=team, placed=placed, origin=Origin.UPLOAD, filename=filename, created_by=user)
    asset.claimed = ready.made_by
    return asset


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
        filename = unquote(PurePosixPath(urlsplit(url).path).name)
        ready = preparing.prepare(
            fetched.path, folder, kind=kind, filename=filename, declared=fetched.content_type
        )
        placed = store.put(ready)
    return record(team=team, placed=placed, origin=Origin.FETCH, filename=filename, created_by=user)


def place(media: Media, *, thumbnail: bool = True) -> Placed:
    """Write a result into the store, without a row: nothing here touches the database.

    Raises `BadOutput` when the file is not what its type says, or of a type that is not stored.
    """
    store.ending_for(media.content_type)
    if not thumbnail:
        return store.put(preparing.Ready(media))
    with store.scratch() as folder:
        return store.put(preparing.inspect(media, folder))


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
    made_by: MadeBy | None = None,
    node_type: str = "",
) -> Asset:
    """The row of a placed file; joins the caller's transaction. ``asset_id`` is an id that was told before.

    Where the same bytes are kept already, the asset shares them, and those that were placed go away.
    """
    name = random_name()
    with transaction.atomic():
        shared = store.shared_blob(placed)
        asset = Asset.objects.create(
            id=asset_id or new_id(),
            team=team,
            name=name + ENDINGS[placed.content_type],
            thumbnail_name=f"{random_name()}.webp" if placed.has_thumbnail else "",
            blob=shared or placed.blob,
            blur=placed.blur,
            filename=_clean_filename(filename, name, placed),
            kind=kind_of(placed.content_type),
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
            is_listed=not reference.startswith(UNLISTED),
            workflow=made_by.workflow if made_by else "",
            version=made_by.version if made_by else "",
            node_type=node_type,
            created_by=created_by,
        )
        if shared and shared != placed.blob:
            transaction.on_commit(lambda: store.remove_blob(placed.blob), robust=True)
    return asset


def lend(*, asset: Asset, team: Team) -> Asset:
    """A copy of an asset for another team's runs, which is in nobody's library. Lent again, it is the same one."""
    reference = f"{UNLISTED}{asset.id}"
    lent = Asset.objects.live().filter(team=team, reference=reference).first()
    if lent is not None:
        return lent
    placed = Placed(
        blob=asset.blob,
        has_thumbnail=bool(asset.thumbnail_name),
        blur=asset.blur,
        content_type=asset.content_type,
        bytes=asset.bytes,
        width=asset.width,
        height=asset.height,
        seconds=asset.seconds,
        role=asset.role,
        sha256=asset.sha256,
    )
    return record(
        team=team,
        placed=placed,
        origin=Origin.RUN,
        sandbox=asset.sandbox,
        reference=reference,
        filename=asset.filename,
    )


def _clean_filename(filename: str, name: str, placed: Placed) -> str:
    """The name for people: no folders, nothing unprintable, and the ending of what the file really is."""
    ending = ENDINGS[placed.content_type]
    base = re.split(r"[/\\]", "".join(c for c in filename if c.isprintable()))[-1].strip(" .")
    stem, dot, given = base.rpartition(".")
    if dot and f".{given.lower()}" in (ending, ending.replace(".jpg", ".jpeg")):
        ending = f".{given}"
    else:
        stem = stem or base
    return f"{(stem or name[:8])[: 200 - len(ending)]}{ending}"


def delete_asset(*, asset: Asset) -> bool:
    """Close the asset's addresses at once. False means somebody else deleted it first."""
    with transaction.atomic():
        is_first = Asset.objects.live().filter(id=asset.id).update(deleted_at=Now()) == 1
        if is_first:
            audit.record(team=asset.team, change="asset.deleted", subject=asset.filename)
    return is_first


def restore(*, asset: Asset) -> bool:
    """Take a deletion back, until `clean_media` has come by. False means it was not deleted, or is gone."""
    with transaction.atomic():
        is_back = Asset.objects.filter(id=asset.id, deleted_at__isnull=False).update(deleted_at=None) == 1
        if is_back:
            audit.record(team=asset.team, change="asset.restored", subject=asset.filename)
    return is_back


def delete_assets(*, actor: Actor, assets: AssetQuerySet) -> int:
    """Put many of the actor's team into the bin; how many were not there yet."""
    with transaction.atomic():
        count = assets.order_by().filter(deleted_at__isnull=True).update(deleted_at=Now())
        if count:
            audit.record(team=actor.team, change="asset.deleted", subject=_files(count), by=actor)
    return count


def restore_assets(*, actor: Actor, assets: AssetQuerySet) -> int:
    """Take many of the actor's team out of the bin; how many there still were."""
    with transaction.atomic():
        count = assets.order_by().filter(deleted_at__isnull=False).update(deleted_at=None)
        if count:
            audit.record(team=actor.team, change="asset.restored", subject=_files(count), by=actor)
    return count


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def discard(*, asset: Asset, actor: Actor | None = None) -> int:
    """Remove what lies in the bin for good. Returns how many files that took away; bytes that are shared stay.

    The row goes first and guarded: a restore that comes at the same moment keeps row and files. ``actor`` None: its
    time in the bin is over.
    """
    with transaction.atomic():
        if not Asset.objects.filter(id=asset.id, deleted_at__isnull=False).delete()[0]:
            return 0
        if actor is not None:
            audit.record(team=asset.team, change="asset.discarded", subject=asset.filename, by=actor)
    return 1 + bool(asset.thumbnail_name) if remove_unowned(asset.blob) else 0


def remove_unowned(blob: str) -> bool:
    """Take a file away unless an asset has it. Once no row has it, nobody can come to share it: see
    `store.shared_blob`."""
    if Asset.objects.filter(blob=blob).exists():
        return False
    store.remove_blob(blob)
    return True


def mark(*, asset: Asset, user: User, is_favourite: bool) -> None:
    """Make it a favourite of somebody, or none. Again is fine."""
    if is_favourite:
        Favourite.objects.get_or_create(asset=asset, user=user)
    else:
        Favourite.objects.filter(asset=asset, user=user).delete()


def clean_media(
    *, older_than: timedelta = timedelta(days=1), binned_for: timedelta = timedelta(days=BIN_DAYS)
) -> int:
    """Empty the bins of what lies there longer than ``binned_for``, remove files that never got a row, and what a
    killed process left half done, when that is older than ``older_than``.

    Bytes that another asset shares stay. Returns how many files and folders were removed. May run twice, or beside
    itself: a missing file is no error.
    """
    now = timezone.now()
    before, binned = now - older_than, now - binned_for
    gone = 0
    PendingUpload.objects.filter(expires_at__lt=now).delete()  # their files go with the orphans
    for asset in Asset.objects.filter(deleted_at__lt=binned).iterator():
        gone += discard(asset=asset)
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
    found = {name: re.fullmatch(STORED, name) for name in default_storage.listdir(folder)[1]}
    blobs = {name: match[1] for name, match in found.items() if match is not None}
    names = list(blobs)
    for start in range(0, len(names), 200):
        some = names[start : start + 200]
        known = Asset.objects.filter(blob__in={blobs[name] for name in some})
        kept = set(known.values_list("blob", flat=True))
        yield from (name for name in some if blobs[name] not in kept)
