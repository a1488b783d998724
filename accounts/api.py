"""Who may call the REST API: a key in the header, or the dashboard's own session.

Views declare what they need::

    class WorkflowView(APIView):
        permission_classes = [needs_by_method(GET=needs("workflows:read"),
                                              PUT=needs("workflows:write", role="editor"))]

and find the caller in ``accounts.actor.actor_of(request)``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.actor import Actor, actor_of, find_actor
from accounts.errors import CsrfFailed, InsufficientScope, NotAuthenticated
from accounts.models import ApiKey, Member, Team, User
from accounts.roles import RANK, is_at_least
from accounts.scopes import SCOPES
from accounts.secrets import digest
from accounts.statements import cursor_of, shape_of
from wireflow_ui.errors import Forbidden

if TYPE_CHECKING:  # DRF's views import this module, by the settings
    from rest_framework.views import APIView

LAST_USED_EVERY = timedelta(minutes=1)


class KeyOrSession(BaseAuthentication):
    """``Authorization: Bearer sk-…`` first; without that header the session, with its CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        header = request.headers.get("Authorization", "").strip()
        actor = actor_of_key(header) if header else self.actor_of_session(request)
        if actor is None:
            return None
        request._request.actor = actor  # type: ignore[attr-defined]  # ours, on Django's request
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def actor_of_session(self, request: Request) -> Actor | None:
        actor = find_actor(request._request)
        if actor is not None:
            check_csrf(request)
        return actor


class SessionOnly(KeyOrSession):
    """The dashboard's session, with its CSRF token; a key does not open this door."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        actor = self.actor_of_session(request)
        return (actor.user, actor) if actor else None


class IfGood(KeyOrSession):
    """For doors that are open to all: who comes is known by a good key or session, and a bad one is like none."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        try:
            return super().authenticate(request)
        except NotAuthenticated:
            request._request.actor = None  # type: ignore[attr-defined]  # ours, on Django's request
            return None


def actor_of_key(header: str) -> Actor:
    """The actor behind an Authorization header; raises NotAuthenticated with the contract's texts."""
    scheme, _, text = header.partition(" ")
    text = text.strip()
    if scheme.lower() != "bearer" or not text:
        raise NotAuthenticated("Invalid API key format. Expected: Bearer sk-...", code="invalid_key_format")
    found = find_key(digest(text))
    if found is None and not text.startswith("sk-"):
        raise NotAuthenticated("Invalid API key format. Expected: Bearer sk-...", code="invalid_key_format")
    if found is None:  # deleted, or its maker has left the team
        raise NotAuthenticated("Invalid API key", code="invalid_key")
    key, role = found
    if key.is_expired():
        raise NotAuthenticated("API key has expired", code="key_expired")
    note_use(key)
    return Actor(user=key.user, team=key.team, role=role, key=key)


def find_key(key_digest: str) -> tuple[ApiKey, str] | None:
    """A key with its person and team, and the person's role there; None when one of them is gone or not active.

    Every call with a key asks this, so it is one fixed statement.
    """
    keys, users, teams = shape_of(ApiKey), shape_of(User), shape_of(Team)
    with cursor_of(connection) as cursor:
        cursor.execute(_key_statement(), [key_digest])
        row = cursor.fetchone()
    if row is None:
        return None
    user_at = 1 + len(keys.fields)
    team_at = user_at + len(users.fields)
    key = keys.read(row[1:user_at])
    key.user, key.team = users.read(row[user_at:team_at]), teams.read(row[team_at:])
    return key, row[0]


@cache
def _key_statement() -> str:
    keys, users, teams = shape_of(ApiKey), shape_of(User), shape_of(Team)
    return (
        f"SELECT member.role, {keys.columns('api_key')}, {users.columns('person')}, {teams.columns('team')} "  # noqa: S608
        f"FROM {keys.table} api_key "
        f"JOIN {users.table} person ON person.id = api_key.user_id AND person.is_active "
        f"JOIN {teams.table} team ON team.id = api_key.team_id "
        f"JOIN {shape_of(Member).table} member ON member.user_id = person.id AND member.team_id = team.id "
        "WHERE api_key.digest = %s"
    )


def note_use(key: ApiKey) -> None:
    """Write ``last_used_at`` at most once a minute, so that reading stays reading."""
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at <= now - LAST_USED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=now - LAST_USED_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


def check_csrf(request: Request) -> None:
    """Refuse a session call that does not carry its page's token; reading needs none."""

    def never_called(request: HttpRequest) -> HttpResponse:
        raise AssertionError("The check refuses or stays silent; it does not answer.")

    check = CSRFCheck(never_called)
    check.process_request(request._request)
    reason = check.process_view(request._request, never_called, (), {})
    if reason:
        raise CsrfFailed("Forbidden: the CSRF token is missing or wrong. Reload the page and try again.")


def needs(scope: str | tuple[str, ...], role: str = "viewer") -> type[BasePermission]:
    """A permission: the key holds one of the scopes, and its member at least the role.

    Scopes are asked first: 403 ``insufficient_scope`` with ``requiredScope`` (the first one given), then
    403 ``forbidden`` for the role; 401 without a caller. OPTIONS is free: a browser's preflight carries no key.
    """
    scopes = (scope,) if isinstance(scope, str) else scope
    if not set(scopes) <= set(SCOPES) or role not in RANK:
        raise ValueError(f"There is no scope {scope!r} or no role {role!r}.")

    class Needs(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if request.method == "OPTIONS":
                return True
            actor = actor_of(request)
            if not any(actor.has_scope(one) for one in scopes):
                raise InsufficientScope("Forbidden", requiredScope=scopes[0])
            if not is_at_least(actor.role, role):
                raise Forbidden("Forbidden", requiredRole=role)
            return True

    Needs.scopes, Needs.role = scopes, role  # type: ignore[attr-defined]  # the API reference tells them
    return Needs


def needs_by_method(**permissions: Callable[[], Any]) -> type[BasePermission]:
    """One permission per HTTP method, for paths that both read and write; HEAD counts as GET.

    A method that is not named passes here, and the view answers 405.
    """

    class NeedsByMethod(BasePermission):
        def has_permission(self, request: Request, view: APIView) -> bool:
            if request.method == "OPTIONS":
                return True
            actor_of(request)
            method = "GET" if request.method == "HEAD" else request.method or ""
            permission = permissions.get(method)
            return permission is None or bool(permission().has_permission(request, view))

    NeedsByMethod.by_method = permissions  # type: ignore[attr-defined]  # the API reference tells them
    return NeedsByMethod
