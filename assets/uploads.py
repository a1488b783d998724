"""Uploads in two steps: an address to send the bytes to without a key, then the asset.

The address is signed, holds for an hour and for one file of the size that was announced.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.actor import Actor
from assets import preparing, store
from assets.actions import MAX_BYTES, record
from assets.models import Asset, Origin, PendingUpload
from wireflow_ui.errors import Conflict, Forbidden, NotFound, TooLarge, WireflowError

_SALT = "assets.upload"
PIECE = 256 * 1024

TOO_LARGE = "The file is larger than 25 MB. Make it smaller and upload it again."


class UploadMissing(Conflict):
    """The bytes did not arrive, or something else arrived meanwhile."""

    code = "upload_missing"


class Body(Protocol):
    """Bytes to be read in pieces."""

    def read(self, size: int, /) -> bytes: ...


def announce(*, actor: Actor, size: int, filename: str) -> PendingUpload:
    """Make room for a file of ``size`` bytes. Raises `TooLarge`."""
    if size > MAX_BYTES:
        raise TooLarge(TOO_LARGE, limitBytes=MAX_BYTES)
    return PendingUpload.objects.create(team=actor.team, created_by=actor.user, bytes=size, filename=filename)


def address_of(pending: PendingUpload) -> str:
    """Where the bytes go."""
    return f"{settings.PUBLIC_URL}{settings.MEDIA_URL}upload/{signing.dumps(pending.pk, salt=_SALT)}"


def find_announced(token: str) -> PendingUpload:
    """The upload that a signed address is for. Raises `Forbidden` once it is over, or was never signed."""
    try:
        upload_id = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        upload_id = ""
    pending = PendingUpload.objects.open().filter(pk=upload_id).first()
    if pending is None:
        raise Forbidden(
            "This upload address does not hold any more. Ask for a new one.", code="upload_address_invalid"
        )
    return pending


def receive(*, pending: PendingUpload, body: Body) -> None:
    """Keep the bytes until they are completed; sending them again replaces them.

    Raises `WireflowError` when they are not as many as announced, and `UploadMissing` when another sender was faster.
    """
    with store.scratch() as folder:
        path = folder / "upload"
        taken = 0
        with path.open("wb") as copy:
            while piece := body.read(PIECE):
                taken += len(piece)
                if taken > pending.bytes:
                    break
                copy.write(piece)
        if taken != pending.bytes:
            raise WireflowError(
                f"Exactly {pending.bytes:,} bytes were announced for this address. Send these, or announce again.",
                code="size_mismatch",
            )
        part = store.put_part(path)
    before = pending.part
    if PendingUpload.objects.filter(pk=pending.pk, part=before).update(part=part):
        store.remove(before)
    else:
        store.remove(part)
        raise UploadMissing(
            "Another upload to this address was faster. Complete that one, or ask for a new one."
        )


def complete(*, actor: Actor, upload_id: str, filename: str = "") -> Asset:
    """Make the asset of what was sent. Again is fine, and gives the same asset.

    Raises `NotFound`, `UploadMissing`, and `Unsuitable` when it is not media we take; then the upload is over.
    """
    pending = PendingUpload.objects.visible_to(actor).open().filter(pk=upload_id).first()
    if pending is None:
        return _completed(actor, upload_id)
    if not pending.part:
        raise UploadMissing("Nothing was uploaded yet. PUT the file to its uploadUrl first.")
    with store.scratch() as folder:
        try:
            path = _copy(pending.part, folder)
            ready = preparing.prepare(path, folder, filename=filename or pending.filename)
        except FileNotFoundError:
            return _completed(actor, upload_id)
        except preparing.Unsuitable:
            PendingUpload.objects.filter(pk=pending.pk).delete()
            store.remove(pending.part)
            raise
        placed = store.put(ready)
    with transaction.atomic():
        is_mine = bool(PendingUpload.objects.filter(pk=pending.pk, part=pending.part).delete()[0])
        if is_mine:
            asset = record(
                team=actor.team,
                placed=placed,
                origin=Origin.UPLOAD,
                filename=filename or pending.filename,
                created_by=actor.user,
                asset_id=pending.pk,
            )
    if not is_mine:
        store.remove_blob(placed.blob)
        return _completed(actor, upload_id)
    store.remove(pending.part)
    return asset


def _completed(actor: Actor, upload_id: str) -> Asset:
    asset = Asset.objects.visible_to(actor).filter(pk=upload_id).first()
    if asset is None:
        raise NotFound("Media not found")
    return asset


def _copy(part: str, folder: Path) -> Path:
    path = folder / "upload"
    with default_storage.open(store.place_of(part)) as source, path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    return path
