"""Teams made of archives that people bring themselves: brought, taken in the background, told of on a page.

The import is one transaction, which also says that it is done: whoever dies in the middle leaves nothing, and of two
who believe that it is theirs one is undone.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import tasks
from accounts.models import Team, User
from accounts.teams import checked_name, need_room_to_own
from archives.actions import LEASE_SECONDS, MOST_ATTEMPTS, import_team, kept_claimed
from archives.models import UNDER_WAY, ArchiveState, TeamImport
from archives.reading import Bounds
from archives.unpacking import Kept
from assets import store
from executions.clock import in_seconds
from wireflow_ui.errors import Conflict, TooLarge, WireflowError

MOST_BYTES = 25 * 1024 * 1024
#: Anybody may bring one, and all that a page may be sent is read in the memory of one worker.
BOUNDS = Bounds(
    unpacked=10 * MOST_BYTES,
    manifest=1024**2,
    line=9 * 1024**2 // 2,
    values=500_000,
    all_values=10_000_000,
    rows=200_000,
)
TOO_LARGE = "The archive is larger than 25 MB. Whoever runs this server takes it in by a command."
MISSING = "The archive is missing in the store. Upload it once more."
GAVE_UP = "It could not be taken in in three tries. The server’s log says why; ask whoever runs it."
UNDER_WAY_ALREADY = "Another archive of yours is being taken in just now. Wait until it is done."


class Lost(WireflowError):
    """Somebody else has taken this import over meanwhile; what was made of it here is undone."""


def bring(*, user: User, file: File[bytes], name: str = "") -> TeamImport:
    """Keep an archive and have a new team made of it. Raises what can be said at once; then nothing is kept."""
    if file.size > MOST_BYTES:
        raise TooLarge(TOO_LARGE)
    if name.strip():
        name = checked_name(name)
    with transaction.atomic():
        need_room_to_own(user)  # it is asked again when the team is made
    if TeamImport.objects.filter(user=user, state__in=UNDER_WAY).exists():
        raise Conflict(UNDER_WAY_ALREADY)
    with store.scratch() as folder:
        path = folder / "archive.zip"
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        part = store.put_part(path)
    try:
        with transaction.atomic():
            brought = TeamImport.objects.create(user=user, part=part, name=name.strip())
            transaction.on_commit(lambda: tasks.ring(_task(), brought.pk))
    except IntegrityError as error:  # a second press was quicker
        store.remove(part)
        raise Conflict(UNDER_WAY_ALREADY) from error
    return brought


def _task() -> Any:
    from archives.tasks import take_in  # which calls `take`

    return take_in


def take(*, import_id: int) -> None:
    """Make the team. May come twice, late or never: whoever claims it does it."""
    free = Q(state=ArchiveState.ASKED) | Q(state=ArchiveState.MAKING, lease_until__lt=Now())
    mine = TeamImport.objects.filter(free, pk=import_id, attempt__lt=MOST_ATTEMPTS)
    if not mine.update(
        state=ArchiveState.MAKING, attempt=F("attempt") + 1, lease_until=in_seconds(LEASE_SECONDS)
    ):
        return
    brought = TeamImport.objects.select_related("user").get(pk=import_id)
    claimed = TeamImport.objects.filter(pk=import_id, attempt=brought.attempt, state=ArchiveState.MAKING)

    def done(kept: Kept) -> None:
        _end(claimed, team=kept.team, counts=dict(kept.counts), unfinished=kept.unfinished)

    with kept_claimed(claimed), store.scratch() as folder:
        path = folder / "archive.zip"
        try:
            _fetch(brought.part, path)
            import_team(
                path=path,
                owner=brought.user,
                name=brought.name,
                plan=settings.NEW_TEAM_PLAN,
                bounds=BOUNDS,
                at_end=done,
            )
        except Lost:
            return
        except WireflowError as refused:
            claimed.update(
                state=ArchiveState.FAILED,
                error=refused.message[:300],
                ended_at=timezone.now(),
                lease_until=None,
            )
    store.remove(brought.part)


def _fetch(part: str, path: Path) -> None:
    try:
        with store.open_part(part) as kept, path.open("wb") as copy:
            shutil.copyfileobj(kept, copy)
    except FileNotFoundError as missing:
        raise WireflowError(MISSING) from missing


def _end(claimed: QuerySet[TeamImport], *, team: Team, counts: dict[str, int], unfinished: int) -> None:
    """Say that it is done, in the transaction that makes the team. Raises `Lost` where it is not ours any more."""
    if not claimed.update(
        state=ArchiveState.READY,
        team=team,
        counts={**counts, "unfinished": unfinished},
        ended_at=timezone.now(),
        lease_until=None,
    ):
        raise Lost("This import was taken over.")


def look_after() -> None:
    """Ring for imports that nobody makes, and give up those that failed too often."""
    silent = Q(state=ArchiveState.ASKED) | Q(state=ArchiveState.MAKING, lease_until__lt=Now())
    waiting = TeamImport.objects.filter(silent)
    for brought in waiting.filter(attempt__gte=MOST_ATTEMPTS):
        waiting.filter(pk=brought.pk).update(
            state=ArchiveState.FAILED, error=GAVE_UP, ended_at=timezone.now()
        )
        store.remove(brought.part)
    for import_id in (
        waiting.filter(attempt__lt=MOST_ATTEMPTS).order_by("pk").values_list("pk", flat=True)[:5]
    ):
        tasks.ring(_task(), import_id)
