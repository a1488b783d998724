"""What a server gives teams each month, and what it sells: read from the environment, nothing of both unless set."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ImproperlyConfigured

from accounts.plans import PLANS

_CREDITS = r"[1-9][0-9]{0,8}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Credits a month: once for each person, however many teams they made, or for each team on the plan."""

    credits: int
    of_each_team: bool = False


def allowances(words: Sequence[str]) -> Mapping[str, Allowance]:
    """Plan → what comes with it each month, of words such as ``free=100`` and ``pro=5000/team``."""
    found = {}
    for word in words:
        plan, _, given = (part.strip() for part in word.partition("="))
        credits = given.removesuffix("/team")
        if plan not in PLANS or not re.fullmatch(_CREDITS, credits):
            raise ImproperlyConfigured(
                f"WIREFLOW_ALLOWANCES must look like free=100,pro=5000/team with plans of {', '.join(PLANS)},"
                f" not {word!r}."
            )
        found[plan] = Allowance(int(credits), of_each_team=credits != given)
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
