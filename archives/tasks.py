"""What runs in the background. Messages hold ids alone."""

from __future__ import annotations

from celery import shared_task

from archives import actions, imports


@shared_task(acks_late=True)
def make_archive(archive_id: int) -> None:
    """Make an archive that somebody asked for."""
    actions.make(archive_id=archive_id)


@shared_task(acks_late=True)
def take_in(import_id: int) -> None:
    """Make a team of an archive that somebody brought."""
    imports.take(import_id=import_id)
