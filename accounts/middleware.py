"""``request.actor`` for people signed in with the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts.actor import Actor
from accounts.browsers import note_seen
from accounts.models import Member

TEAM = "team_id"  # the session's word for the team the person works in


def actor_of_session(request: HttpRequest) -> Actor | None:
    """The signed-in person in the team remembered by the session, else in their first team."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    note_seen(request, request.user)
    members = tuple(Member.objects.filter(user=request.user).select_related("team").order_by("pk"))
    if not members:
        return None
    remembered = request.session.get(TEAM)
    member = next((member for member in members if member.team_id == remembered), members[0])
    if member.team_id != remembered:
        request.session[TEAM] = member.team_id
    return Actor(user=request.user, team=member.team, role=member.role, memberships=members)


class ActorMiddleware:
    """Sets a lazy ``request.actor``: media, static files and anonymous calls never ask the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.actor = SimpleLazyObject(lambda: actor_of_session(request))  # type: ignore[attr-defined]  # ours
        return self.get_response(request)
