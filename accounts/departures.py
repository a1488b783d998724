"""Which identities an account let go this month, so that nobody begins anew to have another allowance.

Of an identity only its digest is kept, and no longer than until the month is over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import Departure, Identity
from accounts.secrets import digest


def note(identities: Iterable[Identity]) -> None:
    """Remember identities that are about to be deleted, in the same transaction."""
    now = timezone.now()
    for identity in identities:
        kept = digest_of(identity.issuer, identity.subject)
        Departure.objects.update_or_create(digest=kept, defaults={"at": now})


def free_from(issuer: str, subject: str) -> datetime | None:
    """When this identity may have a new account where new teams get an allowance; None for at once."""
    if settings.NEW_TEAM_PLAN not in settings.ALLOWANCES:
        return None
    begun = _month()
    gone = Departure.objects.filter(digest=digest_of(issuer, subject), at__gte=begun)
    return (begun + timedelta(days=31)).replace(day=1) if gone.exists() else None


def forget_old() -> None:
    """Those of the months before count no more."""
    Departure.objects.filter(at__lt=_month()).delete()


def digest_of(issuer: str, subject: str) -> str:
    return digest(f"{issuer}\n{subject}")


def _month() -> datetime:
    """When the month of allowances began, in UTC."""
    return timezone.now().astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
