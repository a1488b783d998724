"""What a server gives teams each month, and what it sells: read from the environment, nothing of both unless set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from accounts.plans import PLANS

_CREDITS = r"[1-9][0-9]{0,8}"


def allowances(words: Sequence[str]) -> Mapping[str, int]:
    """Plan → credits a month, of words such as ``pro=5000``."""
    found = {}
    for word in words:
        plan, _, credits = (part.strip() for part in word.partition("="))
        if plan not in PLANS or not re.fullmatch(_CREDITS, credits):
            raise ImproperlyConfigured(
                f"WIREFLOW_ALLOWANCES must look like free=100,pro=5000 with plans of {', '.join(PLANS)}, not {word!r}."
            )
        found[plan] = int(credits)
    return found


def packages(words: Sequence[str]) -> Mapping[int, int]:
    """Credits → their price in US cents, of words such as ``5000=48.50``."""
    found = {}
    for word in words:
        credits, _, dollars = (part.strip() for part in word.partition("="))
        if not re.fullmatch(_CREDITS, credits) or not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{2})?", dollars):
            raise ImproperlyConfigured(
                f"WIREFLOW_CREDIT_PACKAGES must look like 1000=10,5000=48.50 (credits=US dollars), not {word!r}."
            )
        found[int(credits)] = int(Decimal(dollars) * 100)
    if any(cents < 50 for cents in found.values()):
        raise ImproperlyConfigured("WIREFLOW_CREDIT_PACKAGES: a payment is of 0.50 US dollars or more.")
    return dict(sorted(found.items()))
