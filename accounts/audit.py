"""The log of every change that matters in a team, written in the transaction of the change.

Rooms above write to it too: an action says what changed, and who did it is known from the request that is being
answered, unless the action was told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase

from accounts.actor import Actor, find_actor
from accounts.csv_files import cell, csv_lines
from accounts.models import AuditEntry, Team, User
from accounts.tries import client_address

#: Each change by its name, in the words of the page. What is before the dot is the kind to filter by.
CHANGES: Mapping[str, str] = MappingProxyType(
    {
        "member.invited": "Invited somebody",
        "member.invitation_withdrawn": "Withdrew an invitation",
        "member.joined": "Joined the team",
        "member.role_changed": "Changed a role",
        "member.removed": "Removed a member",
        "member.left": "Left the team",
        "member.signed_up": "Made an account by OpenID Connect",
        "member.sign_in_linked": "Linked a sign-in by OpenID Connect",
        "member.sign_in_unlinked": "Unlinked a sign-in by OpenID Connect",
        "team.made": "Made the team",
        "team.changed": "Changed the team",
        "team.transferred": "Handed the team over",
        "team.archived": "Asked for an archive of the team",
        "team.archive_fetched": "Fetched an archive of the team",
        "team.imported": "Made the team of an archive",
        "key.made": "Made an API key",
        "key.rotated": "Gave an API key a new text",
        "key.deleted": "Deleted an API key",
        "provider_key.set": "Set a provider key",
        "provider_key.removed": "Removed a provider key",
        "secret.set": "Set a secret",
        "secret.removed": "Removed a secret",
        "secret.renewed": "Made a new signing secret",
        "webhook.switched_on": "Switched a webhook on",
        "webhook.switched_off": "Switched a webhook off",
        "webhook.rotated": "Gave a webhook a new address",
        "webhook.changed": "Changed the limits of a webhook",
        "schedule.made": "Made a schedule",
        "schedule.changed": "Changed a schedule",
        "schedule.paused": "Paused a schedule",
        "schedule.resumed": "Let a schedule go on",
        "schedule.deleted": "Deleted a schedule",
        "limit.set": "Set a limit of spending",
        "limit.deleted": "Deleted a limit of spending",
        "credits.granted": "Granted credits",
        "workflow.deleted": "Deleted a workflow",
        "workflow.restored": "Brought a workflow back",
        "workflow.shared": "Changed who sees a workflow",
        "app.published": "Published an app",
        "app.unpublished": "Took an app off",
        "run.stopped": "Stopped runs",
        "run.deleted": "Deleted runs",
        "run.restored": "Brought runs back",
        "run.shared": "Shared a run by a link",
        "run.unshared": "Ended the link of a run",
        "run.retention_changed": "Changed how long runs are kept",
        "asset.deleted": "Deleted assets",
        "asset.restored": "Brought assets back",
        "asset.discarded": "Deleted assets for good",
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "member": "Members",
        "team": "Team",
        "key": "API keys",
        "provider_key": "Provider keys",
        "secret": "Secrets",
        "webhook": "Webhooks",
        "schedule": "Schedules",
        "limit": "Limits",
        "credits": "Credits",
        "workflow": "Workflows",
        "app": "Apps",
        "run": "Runs",
        "asset": "Assets",
    }
)
#: What changed, where that has a name of ours: other names are those of people, providers and the like.
FACTS: tuple[str, ...] = (
    "name", "plan", "sandbox_free", "sandbox runs are free", "until", "no end", "invited by", "acts as", "scopes",
    "replaces another", "credits a day", "credits a month", "calls a minute",
    "opens by the workflow’s id", "refuses runs", "credits", "by its link", "version",
    "address", "archive of", "runs", "when", "time zone", "inputs", "while a run goes on",
    "made up for within minutes", "runs as", "whoever has the link", "the server’s operator", "yes", "no",
)  # fmt: skip
SERVER = "the server’s operator"
PAGE_SIZE = 50
MOST_ROWS = 20_000
COLUMNS = ("at", "who", "key", "address", "change", "about", "what", "before", "after")

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class RememberRequest:
    """Middleware: while a request is answered, changes know by whom and from where they are made."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def record(
    *,
    team: Team,
    change: str,
    subject: object = "",
    before: Mapping[str, Any] = MappingProxyType({}),
    after: Mapping[str, Any] = MappingProxyType({}),
    by: Actor | User | None = None,
) -> None:
    """Write a change down. For its transaction; of ``before`` and ``after`` only what differs is kept.

    Texts that open doors are never handed in.
    """
    if change not in CHANGES:
        raise ValueError(f"There is no change {change!r}.")
    request = _request.get()
    who = by or (find_actor(request) if request is not None else None)
    user = who.user if isinstance(who, Actor) else who
    key = who.key if isinstance(who, Actor) else None
    names = dict.fromkeys([*before, *after])
    AuditEntry.objects.create(
        team=team,
        user=user,
        who=user.email if user else SERVER,
        key=str(key) if key else "",
        address=client_address(request)[:64] if request is not None else "",
        action=change,
        subject=str(subject)[:254],
        changes={
            name: [before.get(name), after.get(name)] for name in names if before.get(name) != after.get(name)
        },
    )


def entries(
    actor: Actor,
    *,
    kind: str = "",
    person: int | None = None,
    first: date | None = None,
    last: date | None = None,
) -> QuerySet[AuditEntry]:
    """What the log of the actor's team holds, the newest first."""
    found = AuditEntry.objects.visible_to(actor).order_by("-pk")
    if kind in KINDS:
        found = found.filter(action__startswith=f"{kind}.")
    if person is not None:
        found = found.filter(user=person)
    if first is not None:
        found = found.filter(at__gte=datetime.combine(first, time(), tzinfo=UTC))
    if last is not None:
        found = found.filter(at__lt=datetime.combine(last, time(), tzinfo=UTC) + timedelta(days=1))
    return found


def words(value: object) -> str:
    """A value of before or after, for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def table_of(found: Iterable[AuditEntry]) -> Iterator[str]:
    """The lines of a CSV file, one for each thing that changed, made as they are asked for."""
    return csv_lines(COLUMNS, (row for entry in found for row in _rows(entry)))


def _rows(entry: AuditEntry) -> Iterator[list[str]]:
    for name, (before, after) in (entry.changes or {"": [None, None]}).items():
        yield [
            entry.at.astimezone(UTC).isoformat(timespec="seconds"),
            cell(entry.who),
            cell(entry.key),
            entry.address,
            entry.action,
            *(cell(words(value)) for value in (entry.subject, name, before, after)),
        ]
