"""What runs in the background. Messages hold ids alone, and may come twice, late or never."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection
from uuid import UUID

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger("wireflow.deliveries")


def ring_for(ids: Collection[UUID]) -> None:
    """Have a worker send deliveries; never waits for the broker."""
    threading.Thread(target=_publish, args=([str(one) for one in ids],), daemon=True).start()


def _publish(ids: list[str]) -> None:
    try:
        send_deliveries.apply_async(args=(ids,), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker took no message (%s); what is due is found again.", error)


@shared_task(acks_late=True)
def send_deliveries(ids: list[str]) -> None:
    """Send what is due of these."""
    from triggers.deliveries import send  # which rings for this task

    send([UUID(one) for one in ids])
