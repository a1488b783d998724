"""What runs in the background. Messages hold ids alone."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from accounts.bell import bell


def ring(task: Any, number: int) -> None:
    """Have a worker do a task for one row; never waits for the broker."""
    bell.ring(task, number)


def ring_for_test(key_id: int) -> None:
    """Have a worker try a provider key."""
    ring(test_provider_key, key_id)


@shared_task(acks_late=True)
def test_provider_key(key_id: int) -> None:
    """Try a team's key with a call that costs nothing, and write down what came of it."""
    from accounts.provider_keys import try_provider_key  # which rings for this task

    try_provider_key(key_id=key_id)


@shared_task(acks_late=True)
def send_notices(user_id: int) -> None:
    """Mail a person what waits for them."""
    from accounts.notices import send  # which rings for this task

    send(user_id=user_id)


@shared_task(acks_late=True)
def send_invitation(invitation_id: int) -> None:
    """Send the mail of an invitation."""
    from accounts.invitations import send  # which rings for this task

    send(invitation_id=invitation_id)
