"""Archives of teams: asked for, made in the background, fetched for a day; and teams made of them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, tasks
from accounts.actor import Actor
from accounts.models import Team, User
from accounts.teams import checked_name, need_owner, need_room_to_own
from archives.files import placed_files
from archives.models import UNDER_WAY, ArchiveState, TeamArchive, TeamImport
from archives.packing import pack
from archives.reading import WIDE, Bounds, opened
from archives.renaming import taken_ids
from archives.shape import Row, Unfit
from archives.snapshot import take_time
from archives.spool import Spool
from archives.unpacking import Kept, Unpacker
from assets import store
from assets.actions import remove_unowned
from executions import failpoints
from executions.audit import faults
from executions.clock import in_seconds
from wireflow_ui.errors import Conflict, Forbidden

LIFETIME = timedelta(hours=24)
#: Whoever makes an archive says so every `BEAT_SECONDS`; one that was silent for `LEASE_SECONDS` is dead.
BEAT_SECONDS, LEASE_SECONDS = 20.0, 90
MOST_ATTEMPTS = 3
GAVE_UP = (
    "It could not be made in three tries. The server’s log says why; ask whoever runs it, then try again."
)
OTHERS = "Another owner has an archive made just now. Try again when it is done."
TWICE = (
    "The archive has something twice that there can be once, or somebody made the same here meanwhile. "
    "Try once more; if it is refused again, make the archive anew."
)

log = logging.getLogger("wireflow.archives")


def ask(*, actor: Actor) -> TeamArchive:
    """Have an archive of the actor's team made. One that is being made already is that one."""
    from archives.tasks import make_archive  # which calls `make`

    need_owner(actor)
    if actor.key is not None:
        raise Forbidden("An archive is asked for in the browser, not with an API key.")
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=actor.team.pk)
        under_way = TeamArchive.objects.filter(team=actor.team, state__in=UNDER_WAY).first()
        if under_way is not None and under_way.asked_by_id != actor.user.pk:
            raise Conflict(OTHERS)
        if under_way is not None:
            return under_way
        archive = TeamArchive.objects.create(team=actor.team, asked_by=actor.user)
        audit.record(team=actor.team, change="team.archived", subject=actor.team.name, by=actor)
        transaction.on_commit(lambda: tasks.ring(make_archive, archive.pk))
    return archive


def make(*, archive_id: int) -> None:
    """Make an archive that was asked for. May come twice, late or never: whoever claims it makes it."""
    free = Q(state=ArchiveState.ASKED) | Q(state=ArchiveState.MAKING, lease_until__lt=Now())
    mine = TeamArchive.objects.filter(free, pk=archive_id, attempt__lt=MOST_ATTEMPTS)
    claimed = mine.update(
        state=ArchiveState.MAKING, attempt=F("attempt") + 1, lease_until=in_seconds(LEASE_SECONDS)
    )
    if not claimed:
        return
    archive = TeamArchive.objects.select_related("team").get(pk=archive_id)
    with kept_claimed(_claimed(archive)), store.scratch() as folder:
        path = folder / "archive.zip"
        pack(archive.team, path)
        size, part = path.stat().st_size, store.put_part(path)
    now = timezone.now()
    done = _claimed(archive).update(
        state=ArchiveState.READY, part=part, bytes=size, expires_at=now + LIFETIME, lease_until=None
    )
    if not done:
        store.remove(part)  # somebody else made it meanwhile
        return
    earlier = TeamArchive.objects.filter(team=archive.team, pk__lt=archive.pk, state=ArchiveState.READY)
    for one in earlier:  # each is as large as all of the team's files
        let_go(one)


def _claimed(archive: TeamArchive) -> QuerySet[TeamArchive]:
    return TeamArchive.objects.filter(pk=archive.pk, attempt=archive.attempt, state=ArchiveState.MAKING)


@contextmanager
def kept_claimed(claimed: QuerySet[TeamArchive] | QuerySet[TeamImport]) -> Iterator[None]:
    """Meanwhile a thread says that somebody is at it. What cannot be said once is said the next time."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                claimed.update(lease_until=in_seconds(LEASE_SECONDS))
            except OperationalError as error:
                log.warning("An archive could not be said to be under way: %s", error)
        connection.close()

    thread = threading.Thread(target=beat, name="archive", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def look_after() -> None:
    """Ring for archives that nobody makes, give up those that failed too often, let go of those whose day is over."""
    from archives.tasks import make_archive  # which calls `make`

    silent = Q(state=ArchiveState.ASKED) | Q(state=ArchiveState.MAKING, lease_until__lt=Now())
    waiting = TeamArchive.objects.filter(silent)
    waiting.filter(attempt__gte=MOST_ATTEMPTS).update(state=ArchiveState.FAILED, error=GAVE_UP)
    for archive_id in waiting.order_by("pk").values_list("pk", flat=True)[:5]:
        tasks.ring(make_archive, archive_id)
    for archive in TeamArchive.objects.filter(state=ArchiveState.READY, expires_at__lt=Now())[:20]:
        let_go(archive)


def let_go(archive: TeamArchive) -> None:
    """Take its file away. The row goes first: nobody is given what is being removed."""
    if TeamArchive.objects.filter(pk=archive.pk, state=ArchiveState.READY).update(state=ArchiveState.GONE):
        store.remove(archive.part)


def export_team(*, team: Team, path: Path) -> Row:
    """For the operator: write an archive of a team to a file; its manifest. The file is whole or not there."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        manifest = pack(team, unfinished)
        audit.record(team=team, change="team.archived", subject=team.name)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def import_team(
    *,
    path: Path,
    owner: User,
    name: str,
    plan: str,
    keeps_balance: bool = False,
    bounds: Bounds = WIDE,
    at_end: Callable[[Kept], None] = lambda _: None,
) -> Kept:
    """Make a new team of an archive. Raises `Unfit`; then nothing of it is kept. ``at_end`` is part of the transaction.

    Whoever made the archive could have written any balance into it, so its credits are history: the team begins with
    none, unless the operator, who knows where the archive comes from, has it keep them.
    """
    with opened(path, bounds) as archive:
        archive.check()
        told = archive.manifest["team"]
        name = checked_name(name or told["name"])
        with transaction.atomic():
            need_room_to_own(owner)  # before files are placed, and again when the team is made
        renamed = taken_ids(archive)
        with (
            placed_files(archive) as placed,
            _as_refusals(),
            store.scratch() as folder,
            Spool(folder / "rows") as spool,
        ):
            team = Team(name=name, plan=plan, maker=owner.pk, sandbox_free=told["sandboxFree"])
            unpacker = Unpacker(archive, placed, renamed, team, spool)
            kept = unpacker.read(owner, keeps_balance=keeps_balance)
            with transaction.atomic(durable=not settings.TESTING):
                take_time()
                need_room_to_own(owner)
                spare = unpacker.write()
                failpoints.hit("in_import")
                _look_through(kept, made_at=str(archive.manifest.get("madeAt"))[:40])
                at_end(kept)
    for blob in spare:
        remove_unowned(blob)
    return kept


def _look_through(kept: Kept, *, made_at: str) -> None:
    """See that what was written agrees, and note who made it. Raises `Unfit`."""
    if found := faults(kept.team.pk):
        raise Unfit(f"Ledger and runs do not agree: {found[0]} Make the archive anew.")
    audit.record(
        team=kept.team,
        change="team.imported",
        subject=kept.team.name,
        after={
            "archive of": made_at,
            "runs": kept.counts["executions"],
            "credits": kept.wallet.available,
        },
    )


@contextmanager
def _as_refusals() -> Iterator[None]:
    """What only the database notices of a forged archive, as a sentence."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        log.info("An archive was refused by the database: %s", error)
        raise Unfit(TWICE) from error
