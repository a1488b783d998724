"""A breaker for every outside provider: one that is out of order is left alone for a while.

A team's own key has a breaker of its own, so that one that is refused stops nobody else; a new key begins anew.

A refused key or an empty account opens it at once, `FAULTS` faults within `WINDOW_SECONDS` open it too. When its time
is over one call is let through as a trial: a success closes it, a failure opens it again, for twice as long.

Its times are those of whoever met the fault, not the database's: a clock that is seconds off makes a pause of half a
minute a little longer or shorter, and nothing else depends on it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Team
from executions.clock import in_seconds
from executions.models import Breaker
from providers.errors import (
    AuthFailed,
    ContentBlocked,
    InsufficientFunds,
    JobFailed,
    NoOutput,
    ProviderError,
    RateLimited,
    ServerFault,
    UnknownOutcome,
)

FAULTS = 5
WINDOW_SECONDS = 60
FIRST_SECONDS = 30.0
MOST_SECONDS = 600.0
#: A trial that nothing was heard of for so long is followed by another one.
TRIAL_SECONDS = 60.0

#: Node runs that wait for a breaker look again so often: a trial may have closed it.
ASKED_SECONDS = 10.0

log = logging.getLogger("wireflow.providers")

_FOR_GOOD = {error.code: error for error in (AuthFailed, InsufficientFunds)}


def name_of(provider: str, team: Team) -> str:
    """The breaker of the calls that this team makes there: that of its own key, or of the one of this server."""
    key = team.provider_keys.get(provider)
    return provider if key is None else f"{provider}/{key}"


def provider_of(name: str) -> str:
    """The provider that a breaker is for."""
    return name.partition("/")[0]


def shut(providers: Collection[str]) -> dict[str, ProviderError]:
    """Those of the breakers' names whose provider may not be called now, and why: a refusal, or a wait without a try.

    A provider whose time is over is let through once; the caller has to make that call.
    """
    refusals: dict[str, ProviderError] = {}
    for breaker in Breaker.objects.filter(pk__in=providers, open_until__isnull=False):
        is_over = breaker.open_until is not None and breaker.open_until <= timezone.now()
        mine = Breaker.objects.filter(pk=breaker.pk, open_until=breaker.open_until)
        if is_over and mine.update(open_until=in_seconds(TRIAL_SECONDS)):
            continue
        refusals[breaker.provider] = _refusal(breaker)
    return refusals


def _refusal(breaker: Breaker) -> ProviderError:
    opens = breaker.open_until or timezone.now()
    left = max((opens - timezone.now()).total_seconds(), 1.0)
    told = (
        f"{breaker.reason} Nothing is sent to {provider_of(breaker.provider)} for another {left:.0f} seconds."
    )
    if breaker.code in _FOR_GOOD:
        return _FOR_GOOD[breaker.code](told)
    return RateLimited(told, retry_after=min(left, ASKED_SECONDS))


def note_success(provider: str) -> None:
    """It works: an open breaker closes."""
    Breaker.objects.filter(pk=provider, open_until__isnull=False).delete()


def note_failure(provider: str, error: ProviderError) -> None:
    """Count a failure of a call. What the provider answered in good order is none."""
    if isinstance(error, ContentBlocked | JobFailed | NoOutput | RateLimited):
        note_success(provider)
    if not isinstance(error, AuthFailed | InsufficientFunds | ServerFault | UnknownOutcome):
        return
    with transaction.atomic(durable=not settings.TESTING):
        breaker, _ = Breaker.objects.select_for_update().get_or_create(pk=provider)
        now = timezone.now()
        if (now - breaker.since).total_seconds() > WINDOW_SECONDS and breaker.open_until is None:
            breaker.faults, breaker.since = 0, now
        breaker.faults += 1
        was_open = breaker.open_until is not None
        if was_open or error.code in _FOR_GOOD or breaker.faults >= FAULTS:
            _open(breaker, error, now)
        breaker.save(update_fields=["faults", "since", "open_until", "openings", "reason", "code"])


def _open(breaker: Breaker, error: ProviderError, now: datetime) -> None:
    seconds = min(FIRST_SECONDS * 2**breaker.openings, MOST_SECONDS)
    breaker.open_until = now + timedelta(seconds=seconds)
    breaker.openings = min(breaker.openings + 1, 10)
    breaker.reason, breaker.code = error.message, error.code
    log.error("%s is left alone for %d s: %s (%s)", breaker.provider, seconds, error.message, error.detail)
