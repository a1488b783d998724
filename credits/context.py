"""The balance for the top bar of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from credits.models import Wallet


def wallet(request: HttpRequest) -> dict[str, Any]:
    """``wallet``: the balance of the team that the page is shown for, read when it is used; else None."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"wallet": None}
    return {"wallet": SimpleLazyObject(lambda: balance_of(actor.team.pk))}


def balance_of(team_id: int) -> Wallet:
    """The wallet of a team; an empty one (not stored) when it never got credits."""
    return Wallet.objects.filter(team_id=team_id).first() or Wallet(team_id=team_id)
