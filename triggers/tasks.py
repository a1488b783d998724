"""What runs in the background. Messages hold ids alone, and may come twice, late or never."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from celery import shared_task

from accounts.bell import bell


def ring_for(ids: Collection[UUID]) -> None:
    """Have a worker send deliveries; never waits for the broker."""
    bell.ring(send_deliveries, [str(one) for one in ids])


@shared_task(acks_late=True)
def send_deliveries(ids: list[str]) -> None:
    """Send what is due of these."""
    from triggers.deliveries import send  # which rings for this task

    send([UUID(one) for one in ids])
