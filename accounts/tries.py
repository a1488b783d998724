"""Guards signing in against guessing: so many tries per window, for one person and for one address.

The count is taken before the password is looked at, so a hundred tries at once are a hundred tries.
"""

from __future__ import annotations

import math
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.errors import TooManyAttempts
from accounts.models import SignInTries
from accounts.secrets import digest

WINDOW = timedelta(minutes=15)
PER_PERSON = 10  # from one address for one e-mail
PER_ADDRESS = 60  # from one address for all of them
KEPT = timedelta(days=1)


def client_address(request: HttpRequest) -> str:
    """Who called: the socket's address, or the hop that ``TRUSTED_PROXIES`` configured proxies wrote down.

    Without configured proxies X-Forwarded-For is only what the caller claims, and is not read.
    """
    proxies: int = getattr(settings, "TRUSTED_PROXIES", 0)
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if proxies and len(hops) >= proxies:
        return hops[-proxies]
    return str(request.META.get("REMOTE_ADDR") or "")


def take_try(*, address: str, email: str = "") -> None:
    """Count one try, of whoever ``email`` names where that is known; raises TooManyAttempts (429) when the window
    holds no more."""
    wait = max(
        seconds_to_wait(f"address {address}", PER_ADDRESS),
        seconds_to_wait(f"person {address} {email}", PER_PERSON) if email else 0,
    )
    if wait:
        minutes = math.ceil(wait / 60)
        raise TooManyAttempts(
            f"Too many attempts to sign in. Try again in {minutes} minute{'s' if minutes > 1 else ''}.",
            retryAfter=wait,
        )


def forget_tries(*, address: str, email: str) -> None:
    """Whoever got in has no failed tries behind them."""
    SignInTries.objects.filter(bucket=digest(f"person {address} {email}")).delete()


def seconds_to_wait(bucket: str, limit: int) -> int:
    """Count one try in a bucket: 0 when it is allowed, else the seconds until the window ends."""
    now = timezone.now()
    with transaction.atomic():
        tries, is_new = SignInTries.objects.select_for_update().get_or_create(
            bucket=digest(bucket), defaults={"until": now + WINDOW}
        )
        if is_new:
            SignInTries.objects.filter(until__lt=now - KEPT).delete()
        if tries.until <= now:
            tries.count, tries.until = 0, now + WINDOW
        if tries.count >= limit:
            return math.ceil((tries.until - now).total_seconds())
        tries.count += 1
        tries.save(update_fields=["count", "until"])
        return 0
