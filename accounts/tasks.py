"""What runs in the background. Messages hold ids alone."""

from __future__ import annotations

import logging
import threading

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger("wireflow.keys")


def ring_for_test(key_id: int) -> None:
    """Have a worker try a provider key; never waits for the broker."""
    threading.Thread(target=_publish, args=(key_id,), daemon=True).start()


def _publish(key_id: int) -> None:
    try:
        test_provider_key.apply_async(args=(key_id,), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("The broker took no message (%s); the key has to be tried again.", error)


@shared_task(acks_late=True)
def test_provider_key(key_id: int) -> None:
    """Try a team's key with a call that costs nothing, and write down what came of it."""
    from accounts.provider_keys import try_provider_key  # which rings for this task

    try_provider_key(key_id=key_id)
