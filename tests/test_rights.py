"""Who may do what: every route, by every role, over two teams.

The routes are Django's own: one that the tables below do not know fails here. Everything of team A carries the word
`MARK`, so that whatever of it reaches a stranger is seen. Counts and sockets: test_strangers.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.transaction import atomic, set_rollback
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Invitation, Member, ProviderKey, Team, TeamSecret, User
from accounts.roles import RANK
from accounts.scopes import SCOPES
from archives.models import ArchiveState, TeamArchive
from assets.models import Asset, Origin
from assets.store import place_of
from credits.models import SpendingLimit
from executions.actions import Start, start_execution
from executions.models import NodeRun, WaitFor
from executions.states import NodeStatus
from history.models import SavedView
from tests.executions.runs import make_workflow, prompt
from tests.factories import actor_for, bearer, make_key, make_member, make_user, team_of
from triggers.models import Delivery, DeliveryState
from triggers.publishing import publish
from triggers.schedules import make_schedule
from triggers.webhooks import switch_on
from workflows.component_actions import make_component
from workflows.models import Snapshot, TeamTemplate, Workflow
from workflows.template_actions import save_as_template
from workflows.webhook_ids import shown_webhook_id

MARK = "Heliotrope"
ROOMS = ("accounts", "assets", "credits", "workflows", "executions", "history", "triggers", "archives")


@dataclass(frozen=True)
class Way:
    """A method of a route. ``own``: it is about the caller's own team, so everybody signed in may; else it names
    something of team A. ``scopes``: of which a key needs one; () where any will do."""

    method: str
    role: str = "viewer"
    scopes: tuple[str, ...] = ()
    own: bool = False
    body: Any = None


R, W, X, E = "workflows:read", "workflows:write", "workflows:execute", "executions:read"
HOURLY = {"every": "hour", "minute": 0}
GRAPH = {"nodes": [{"id": "ask", "data": {"nodeType": "input:text", "params": {"prompt": "x"}}}], "edges": []}

#: Below /api/v1/, and what a key or a session may do there.
API: dict[str, tuple[Way, ...]] = {
    "developer/usage": (Way("get", scopes=("usage:read", R), own=True),),
    "workflows/executions": (Way("get", scopes=(E, R), own=True),),
    "workflows/executions/<str:execution_id>": (Way("get", scopes=(E, R)),),
    "workflows/executions/<str:execution_id>/poll": (Way("get", scopes=(E, R)),),
    "workflows/executions/<str:execution_id>/cancel": (Way("post", "runner", (X,)),),
    "workflows/executions/<str:execution_id>/resume": (Way("post", "runner", (X,)),),
    "workflows/executions/<str:execution_id>/nodes/<str:node_id>/decision": (
        Way("post", "runner", (X,), body={"decision": "approve"}),
    ),
    "workflows/<str:workflow_id>/executions": (Way("get", scopes=(E, R)),),
    "workflows/<str:workflow_id>/run": (Way("get", scopes=(R,)), Way("post", "runner", (X,))),
    "workflows/<str:workflow_id>/execute": (Way("post", "runner", (X,)),),
    "workflows/<str:workflow_id>/estimate": (Way("post", scopes=(E, R)),),
    "workflows/<str:workflow_id>/webhook": (
        Way("get", "editor", (R,)), Way("post", "editor", (W,)), Way("delete", "editor", (W,)),
    ),
    "workflows/<str:workflow_id>/schedules": (
        Way("get", scopes=(R,)), Way("post", "editor", (W,), body={"name": "It", "when": HOURLY}),
    ),
    "workflows/<str:workflow_id>/schedules/<str:schedule_id>": (
        Way("get", scopes=(R,)), Way("patch", "editor", (W,), body={"name": "It"}), Way("delete", "editor", (W,)),
    ),
    "workflows/<str:workflow_id>/schedules/<str:schedule_id>/run": (Way("post", "runner", (X,)),),
    "workflows/<str:workflow_id>/publish": (Way("post", "editor", (W,)), Way("delete", "editor", (W,))),
    "nodes": (Way("get", scopes=(R,), own=True),),
    "components": (
        Way("get", scopes=(R,), own=True), Way("post", "editor", (W,), own=True, body={"name": "Part", **GRAPH}),
    ),
    "components/<str:component_id>": (
        Way("get", scopes=(R,)), Way("put", "editor", (W,), body={"baseVersion": 1, **GRAPH}),
        Way("delete", "editor", (W,)),
    ),
    "components/<str:component_id>/workflows": (Way("get", scopes=(R,)),),
    "components/<str:component_id>/workbench": (
        Way("post", "editor", (W,)), Way("delete", "editor", (W,)),
    ),
    "models": (Way("get", scopes=(R,), own=True),),
    "remotion/templates": (Way("get", scopes=(R,), own=True),),
    "render/remotion/preview": (Way("post", scopes=(R,), own=True),),
    "blocks": (Way("get", scopes=(R,), own=True), Way("post", "editor", (W,), own=True)),
    "workflows": (
        Way("get", scopes=(R,), own=True),
        Way("post", "editor", (W,), own=True, body={"name": "New", **GRAPH}),
    ),
    "workflows/generate/stream": (Way("post", "editor", (W,), own=True, body={"prompt": "a boat"}),),
    "workflows/lint": (Way("post", scopes=(R,), own=True, body=GRAPH),),
    "workflows/<workflow:workflow_id>": (
        Way("get", scopes=(R,)), Way("put", "editor", (W,), body={"name": "New", **GRAPH}),
        Way("delete", "owner", (W,)),
    ),
    "workflows/<workflow:workflow_id>/visibility": (Way("post", "editor", (W,), body={"visibility": "private"}),),
    "workflows/<workflow:workflow_id>/layout": (Way("post", "editor", (W,)),),
    "workflows/<workflow:workflow_id>/duplicate": (Way("post", "editor", (W,)),),
    "workflows/<workflow:workflow_id>/nodes/<node:node_id>": (Way("patch", "editor", (W,), body={"label": "New"}),),
    "media": (Way("get", scopes=(R,), own=True),),
    "media/upload": (Way("post", "runner", (W,), own=True, body={"url": "http://127.0.0.1/x.png"}),),
    "media/upload-url": (Way("post", "runner", (W,), own=True, body={"bytes": 9, "filename": "a.png"}),),
    "media/<str:asset_id>": (Way("get", scopes=(R,)), Way("delete", "editor", (W,))),
    "feedback": (Way("post", own=True, body={"title": "t", "body": "b"}),),
    "agent-guidelines": (Way("get", own=True),),
    "apps/<str:slug>/execute": (Way("post", "runner", ("apps:execute",), own=True, body={"inputs": {}}),),
}  # fmt: skip

#: Pages, which only a session opens. A refused visitor is sent to sign in.
PAGES: dict[str, tuple[Way, ...]] = {
    "settings": (Way("get", own=True),),
    "settings/profile": (Way("post", own=True),),
    "settings/keys": (Way("post", own=True),),
    "settings/password": (Way("post", own=True),),
    "settings/api-keys": (Way("get", own=True), Way("post", own=True)),
    "settings/api-keys/<int:key_id>/delete": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>": (
        Way("post", "owner", own=True, body={"key": "key-0123456789"}),
    ),
    "settings/provider-keys/<str:provider>/test": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>/remove": (Way("post", "owner"),),
    "settings/provider-keys/<str:provider>/state": (Way("get", own=True),),
    "settings/api-keys/<int:key_id>/rotate": (Way("post", "owner"),),
    "settings/secrets": (Way("post", "owner", own=True, body={"name": "cms", "value": "x"}),),
    "settings/secrets/remove": (Way("post", "owner", body={"name": "kept"}),),
    "settings/secrets/signing": (Way("post", "owner", own=True),),
    "deliveries": (Way("get", own=True),),
    "deliveries/<uuid:delivery_id>.json": (Way("get"),),
    "deliveries/<uuid:delivery_id>/again": (Way("post", "runner"),),
    "settings/invitations": (
        Way("get", own=True),
        Way("post", "owner", own=True, body={"email": "gil@example.org", "role": "viewer", "hours": "24"}),
    ),
    "settings/invitations/<int:invitation_id>/withdraw": (Way("post", "owner"),),
    "settings/team/new": (Way("post", own=True, body={"name": "Another"}),),
    "settings/team/change": (Way("post", "owner", own=True, body={"name": "Ours"}),),
    "settings/team/hand-over": (Way("post", "owner", own=True),),
    "settings/team/leave": (Way("post", own=True),),
    "settings/team/import": (Way("get", "viewer", own=True), Way("post", "viewer", own=True)),
    "settings/team/archive": (Way("get", "owner", own=True), Way("post", "owner", own=True)),
    "settings/team/archive/<int:archive_id>": (Way("get", "owner"),),
    "settings/team/archive/<int:archive_id>/remove": (Way("post", "owner"),),
    "settings/browsers/end-others": (Way("post", own=True),),
    "settings/two-factor/begin": (Way("post", own=True),),
    "settings/two-factor": (Way("post", own=True, body={"do": "confirm", "code": "000000"}),),
    "settings/delete-account": (Way("post", own=True, body={"email": "nobody"}),),
    "settings/notices": (Way("post", own=True, body={"kind": "limit"}),),
    "notices": (Way("get", own=True),),
    "notices/read": (Way("post", own=True),),
    "notices/newest": (Way("get", own=True), Way("post", own=True)),
    "webhooks": (Way("get", "editor", own=True),),
    "schedules": (Way("get", own=True),),
    "schedules/preview": (Way("get", own=True),),
    "schedules/<uuid:schedule_id>": (Way("get"), Way("post", "editor")),
    "schedules/<uuid:schedule_id>/do": (Way("post", "editor", body={"do": "pause"}),),
    "workflows/<str:workflow_id>/schedules/new": (Way("get", "editor"), Way("post", "editor")),
    "settings/audit": (Way("get", "owner", own=True),),
    "settings/audit.csv": (Way("get", "owner", own=True),),
    "settings/members/<int:member_id>/role": (Way("post", "owner", body={"role": "editor"}),),
    "settings/members/<int:member_id>/remove": (Way("post", "owner"),),
    "assets": (Way("get", own=True), Way("post", "runner", own=True)),
    "assets/use": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/delete": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/restore": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/discard": (Way("post", "editor", own=True, body={"asset": "x"}),),
    "assets/download": (Way("post", own=True, body={"asset": "x"}),),
    "assets/<str:asset_id>/favourite": (Way("post"),),
    "assets/<str:asset_id>/download": (Way("get"),),
    "assets/<str:asset_id>/delete": (Way("post", "editor"),),
    "assets/<str:asset_id>/restore": (Way("post", "editor"),),
    "flow/<str:workflow_id>": (Way("get"),),
    "usage": (Way("get", own=True),),
    "usage.csv": (Way("get", own=True),),
    "usage/ledger": (Way("get", own=True),),
    "usage/table.csv": (Way("get", own=True),),
    "executions": (Way("get", own=True),),
    "usage/credits": (
        Way("get", own=True),
        Way("post", "owner", own=True, body={"credits": "1000", "ask": "x"}),
    ),
    "usage/limits": (
        Way("get", own=True),
        Way(
            "post",
            "owner",
            own=True,
            body={"subject": "team", "period": "day", "credits": "9", "kind": "hard"},
        ),
    ),
    "usage/limits/<int:limit_id>/delete": (Way("post", "owner"),),
    "executions.csv": (Way("get", own=True),),
    "beside/runs/<str:workflow_id>": (Way("get"),),
    "beside/runs/<str:workflow_id>/<node:node_id>": (Way("get"),),
    "beside/queue": (Way("get", own=True),),
    "beside/credits": (Way("get", own=True),),
    "beside/workflows": (Way("get", own=True),),
    "beside/templates": (Way("get", own=True),),
    "executions/views": (Way("post", own=True, body={"name": "Failed", "status": "FAILED"}),),
    "executions/views/<int:view_id>/delete": (Way("post", "owner"),),
    "executions/retention": (Way("post", "owner", own=True, body={"days": "30"}),),
    "executions/<uuid:execution_id>": (Way("get"),),
    "executions/<uuid:execution_id>/graph": (Way("get"),),
    "executions/<uuid:execution_id>/cancel": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/again": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/decide": (
        Way("post", "runner", body={"node": "ask", "decision": "approve"}),
    ),
    "approvals": (Way("get", own=True),),
    "executions/<uuid:execution_id>/resume": (Way("post", "runner"),),
    "executions/<uuid:execution_id>/load": (Way("post", "editor"),),
    "executions/<uuid:execution_id>/share": (Way("post", "editor", body={"do": "on"}),),
    "executions/<uuid:execution_id>/labels": (Way("post", "runner", body={"label": "fair"}),),
    "workflows/<str:workflow_id>/settings": (Way("get", "editor"),),
    "workflows/<str:workflow_id>/settings/webhook": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/settings/app": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/table": (Way("get"), Way("post", "runner", body={"text": "ask\na boat"})),
    "workflows/<str:workflow_id>/table.csv": (Way("get"),),
    "batches/<uuid:batch_id>": (Way("get"),),
    "batches/<uuid:batch_id>.csv": (Way("get"),),
    "batches/<uuid:batch_id>.zip": (Way("get"),),
    "batches/<uuid:batch_id>/stop": (Way("post", "runner"),),
    "": (Way("get", own=True),),
    "templates": (Way("get", own=True),),
    "templates/<slug:slug>/use": (Way("post", "editor", own=True),),
    "templates/team/<int:template_id>/use": (Way("post", "editor"),),
    "templates/team/<int:template_id>/remove": (Way("post", "editor"),),
    "templates/team/<int:template_id>/restore": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/template": (
        Way("get", "editor"),
        Way("post", "editor", body={"name": "It"}),
    ),
    "workflows/new": (Way("post", "editor", own=True),),
    "workflows/import": (
        Way("get", "editor", own=True),
        Way("post", "editor", own=True, body={"text": "{}"}),
    ),
    "workflows/comfyui": (Way("post", "editor", own=True),),
    "workflows/<str:workflow_id>": (Way("get"),),
    "workflows/<str:workflow_id>/plan": (Way("post", body={"plans": [{}]}),),
    "workflows/<str:workflow_id>/versions": (Way("get"), Way("post", "editor", body={"name": "First"})),
    "workflows/<str:workflow_id>/versions/<int:version_id>": (
        Way("get"),
        Way("patch", "editor", body={"name": "It"}),
    ),
    "workflows/<str:workflow_id>/versions/newest": (Way("get"),),
    "workflows/<str:workflow_id>/versions/automatic": (Way("post", "editor", body={"reason": "restored"}),),
    "workflows/<str:workflow_id>/versions/automatic/<int:snapshot_id>": (
        Way("get"),
        Way("patch", "editor", body={"name": "It"}),
    ),
    "workflows/<str:workflow_id>/draft": (Way("patch", "editor", body={"baseUpdatedAt": "x", **GRAPH}),),
    "workflows/<str:workflow_id>/rename": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/duplicate": (Way("post", "editor"),),
    "workflows/<str:workflow_id>/delete": (Way("post", "owner"),),
    "workflows/<str:workflow_id>/restore": (Way("post", "editor"),),
}

#: Routes without an owner, each with the reason why nobody is asked who they are, or where it is tried instead.
OPEN = {
    "healthz": "says that the process lives", "readyz": "says that it can work",
    "openapi.json": "the document", "api/v1/openapi.json": "the document",
    "docs": "the guides", "docs/api": "the reference", "docs/<slug:slug>": "a guide",
    "sign-in": "the door itself", "sign-in/link/": "the door itself",
    "sign-in/code": "asks whoever gave the right password; tests/accounts/test_two_factor.py",
    "sign-in/link/<str:token>": "the token is the key",
    "sign-in/openid": "the door itself; tests/accounts/test_openid.py", "sign-in/openid/back": "the door itself",
    "settings/openid/link": "each has their own; tests/accounts/test_openid.py",
    "settings/openid/unlink": "each has their own; tests/accounts/test_openid.py",
    "invitation/": "the door itself", "invitation/<str:token>": "the token is the key; tests/accounts",
    "language": "a choice for whoever reads; tests/accounts/test_language.py",
    "sign-out": "ends the caller's own session", "admin/login/": "leads to the sign-in page",
    "api/download": "media whose names are secrets", "media/<str:name>": "the name is the secret",
    "media/upload/<str:token>": "the token is the key",
    "api/v1/workflow/<str:name>/trigger": "the webhook's id is the key",
    "api/v1/apps/<str:slug>": "published to callers of all teams",
    "app/<str:slug>": "published to callers of all teams",
    "app/<str:slug>/style.css": "colours of a published app",
    "webhooks/providers/<str:provider>/<str:key>": "signed by the provider; tests/executions/test_callbacks.py",
    "webhooks/stripe": "signed by Stripe; tests/credits/test_checkout.py",
    "app/<str:slug>/runs/<uuid:execution_id>": "a run of the caller's own team; tests/triggers",
    "shared/run/<str:token>": "the token is the key; tests/history/test_sharing.py",
    "executions/bulk": "its body names the runs; tests/history/test_bulk.py",
    "decide/<str:token>": "the signed link is the key; tests/executions/test_decisions.py",
    "executions/compare": "its query names the runs; tests/pages/test_comparing.py",
    "api/v1/remotion/templates/<str:template_id>": "there are none",
    "api/v1/media/upload-url/complete": "needs bytes that were sent; tests/assets/test_presigned.py",
    "system": "for operators; tests/operations", "system.json": "for operators; tests/operations",
    "metrics": "its token is the key; tests/operations",
    "settings/browsers/<int:browser_id>/end": "each has their own; tests/accounts/test_security.py",
    "notices/<int:notice_id>": "each has their own; tests/accounts/test_notices.py",
    "settings/team": "chooses among the caller's own teams; tests/accounts/test_settings.py",
}  # fmt: skip


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        path = before + str(one.pattern)
        if not isinstance(one, URLResolver):
            yield path
        elif path != "admin/":  # staff alone: below
            yield from routes(one.url_patterns, path)


def test_every_route_is_in_one_of_the_tables():
    told = [*(f"api/v1/{path}" for path in API), *PAGES, *OPEN]
    assert len(told) == len(set(told))
    assert set(routes()) == set(told)


ALL = [(f"api/v1/{path}", way) for path, ways in API.items() for way in ways]
ALL += [(path, way) for path, ways in PAGES.items() for way in ways]
NAMES = [f"{way.method} {path}" for path, way in ALL]
each_way = pytest.mark.parametrize(("path", "way"), ALL, ids=NAMES)


#: What stands for each `<name>` of a route.
Places = dict[str, str]


@dataclass
class Teams:
    """Team A with something of everything, its people, and Charlie of team B."""

    people: dict[str, User]
    places: Places


def furnish(alice: User, starter: User | None = None) -> Places:
    workflow = make_workflow(alice, *prompt(f"{MARK} in a field"))
    Workflow.objects.filter(pk=workflow.pk).update(name=MARK, description=MARK, tags=[MARK])
    workflow.refresh_from_db()
    execution = start_execution(workflow=workflow, team=team_of(alice), start=Start(), user=starter or alice)
    blob = uuid4().hex
    default_storage.save(place_of(blob), ContentFile(b"x"))
    asset = Asset.objects.create(
        team=team_of(alice), name=f"{'a' * 30}.png", origin=Origin.UPLOAD, filename=f"{MARK}.png",
        content_type="image/png", bytes=1, sha256="0" * 64, blob=blob,
    )  # fmt: skip
    app = publish(actor=actor_for(alice), workflow=workflow, slug="an-app", name="App", exposed_inputs=[])
    switch_on(workflow=workflow, user=alice)
    workflow.refresh_from_db()
    make_key(alice)
    own = ProviderKey.objects.create(team=team_of(alice), provider="gemini", sealed=MARK)
    Team.objects.filter(pk=own.team_id).update(provider_keys={"gemini": own.pk})
    TeamSecret.objects.create(team=team_of(alice), name="kept", sealed=MARK)
    delivery = Delivery.objects.create(
        execution=execution, node_run=execution.node_runs.order_by("pk")[0], address=MARK, body="{}",
        most_tries=1, state=DeliveryState.FAILED,
        log=[{"at": "2026-01-01T00:00:00Z", "status": 500, "said": MARK, "ms": 1}],
    )  # fmt: skip
    schedule = make_schedule(
        actor=actor_for(alice), workflow=workflow, name=MARK, when=HOURLY, time_zone="UTC", inputs={}
    )  # fmt: skip
    view = SavedView.objects.create(
        team=team_of(alice), created_by=alice, name=MARK, query="status=FAILED", is_shared=True
    )
    limit = SpendingLimit.objects.create(
        team=team_of(alice), subject="team", name=MARK, period="month", credits=10_000_000
    )
    snapshot = Snapshot.objects.create(
        workflow=workflow, reason="restored", nodes=GRAPH["nodes"], edges=[], node_count=1
    )
    template = save_as_template(actor=actor_for(alice), workflow=workflow, name=MARK, category=MARK)
    content = {**GRAPH, "inputs": [], "outputs": [], "settings": []}
    component = make_component(actor=actor_for(alice), name=MARK, content=content).component
    invitation = Invitation.objects.create(
        team=team_of(alice), made_by=alice, role="viewer", expires_at=timezone.now() + timedelta(hours=1)
    )
    archive = TeamArchive.objects.create(team=team_of(alice), asked_by=alice, state=ArchiveState.GONE)
    return {
        "archive_id": str(archive.pk), "component_id": component.pk,
        "limit_id": str(limit.pk), "template_id": str(template.pk),
        "workflow_id": workflow.pk, "version_id": str(execution.version_id), "snapshot_id": str(snapshot.pk),
        "execution_id": str(execution.pk), "batch_id": str(execution.batch_id), "asset_id": asset.pk, "node_id": "ask",
        "slug": app.slug, "provider": "gemini", "webhook": shown_webhook_id(workflow) or "",
        "view_id": str(view.pk), "invitation_id": str(invitation.pk), "delivery_id": str(delivery.pk),
        "schedule_id": str(schedule.pk),
        "key_id": str(alice.api_keys.order_by("-pk")[0].pk) if hasattr(alice, "api_keys") else "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[dict[str, int], Places]]:
    """Both teams, made once: what a test does to them is undone with the test's own transaction."""
    with django_db_blocker.unblock(), atomic():
        alice, charlie = make_user("alice"), make_user("charlie")
        team = team_of(alice)
        bob, rita, vera = (
            make_member(name, team, role=role)
            for name, role in (("bob", "editor"), ("rita", "runner"), ("vera", "viewer"))
        )
        places = furnish(alice, rita)
        gone = make_member("gus", team, role="viewer")
        places["member_id"] = str(Member.objects.get(user=gone).pk)
        people = {"owner": alice, "editor": bob, "runner": rita, "viewer": vera, "stranger": charlie}
        yield {role: user.pk for role, user in people.items()}, places
        set_rollback(True)


@pytest.fixture
def teams(world: tuple[dict[str, int], Places], db: None, settings: LazySettings, tmp_path: Path) -> Teams:
    settings.PROVIDER_ADDRESSES, settings.SEAL_KEY_FILE = {"gemini": "http://127.0.0.1:9"}, tmp_path / "key"
    people, places = world
    return Teams({role: User.objects.get(pk=pk) for role, pk in people.items()}, dict(places))


def address(path: str, places: Places) -> str:
    if path.startswith("templates/"):
        places = {**places, "slug": "product-photos"}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: places[found[1]], path)


def ask(
    path: str,
    way: Way,
    places: Places,
    *,
    user: User | None = None,
    key: dict[str, str] | None = None,
):
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    how: dict[str, Any] = {"headers": key or {}}
    is_json = path.startswith("api/") or way.method == "patch"
    if way.method != "get" and is_json:
        how |= {"data": json.dumps(way.body or {}), "content_type": "application/json"}
    elif way.method != "get":
        how["data"] = way.body or {}
    return getattr(client, way.method)(address(path, places), **how)


def make_ready(path: str, places: Places) -> None:
    """Only what was thrown away can be restored, and only what is asked can be decided."""
    if path.endswith(("/decide", "/decision")):
        question = {
            "kind": "approval", "message": "", "approvers": "", "items": [MARK], "isList": False, "mayEdit": False,
            "isPublic": False, "onTimeout": "reject", "hours": 1, "answers": [None],
        }  # fmt: skip
        asked = NodeRun.objects.filter(execution=places["execution_id"], node_id="ask")
        asked.update(status=NodeStatus.WAITING, wait_for=WaitFor.PERSON, question=question)
    if path.endswith("/restore"):
        Workflow.objects.filter(pk=places["workflow_id"]).update(deleted_at=timezone.now())
        Asset.objects.filter(pk=places["asset_id"]).update(deleted_at=timezone.now())
        TeamTemplate.objects.filter(pk=places["template_id"]).update(deleted_at=timezone.now())


def is_refused(answer: Any) -> bool:
    sent_away = answer.status_code in (302, 303) and "/sign-in" in answer.headers["Location"]
    return answer.status_code in (401, 403, 404) or sent_away


#: What a call leaves behind by being made.
TRACES = ("last_used_at", "last_login")
TABLES = {
    model._meta.db_table: [model._meta.pk.column]
    + [field.column for field in model._meta.concrete_fields if field.name not in TRACES]
    for model in apps.get_models()
    if model._meta.app_label in ROOMS and model._meta.model_name not in ("bucket", "browser")
}


def everything() -> dict[tuple[str, Any], tuple[Any, ...]]:
    """Every row of our own tables as it is stored, by table and primary key, without the traces of calls."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            names = ", ".join(f'"{column}"' for column in columns)
            cursor.execute(f'SELECT {names} FROM "{table}"')
            found.update({(table, row[0]): row for row in cursor.fetchall()})
    return found


@each_way
def test_nobody_gets_in_without_signing_in(teams, path, way):
    make_ready(path, teams.places)
    before = everything()
    answer = ask(path, way, teams.places)
    assert is_refused(answer), answer.status_code
    assert answer.status_code == 401 or not path.startswith("api/")
    assert MARK not in answer.content.decode(errors="replace")
    assert everything() == before


@each_way
def test_a_role_may_what_it_may_and_no_more(teams, path, way):
    make_ready(path, teams.places)
    for role in RANK:
        before = everything()
        if RANK[role] >= RANK[way.role]:
            continue
        answer = ask(path, way, teams.places, user=teams.people[role])
        assert answer.status_code in (403, 404), (role, answer.status_code)
        assert everything() == before, role
    answer = ask(path, way, teams.places, user=teams.people[way.role])
    assert not is_refused(answer), (way.role, answer.status_code, answer.content[:200])
    assert answer.status_code < 500


@each_way
def test_a_stranger_reads_and_changes_nothing(teams, path, way):
    make_ready(path, teams.places)
    charlie = teams.people["stranger"]
    own = {
        ("accounts_user", charlie.pk),
        ("accounts_team", team_of(charlie).pk),
        ("credits_wallet", team_of(charlie).pk),
    }
    own |= {("accounts_member", one.pk) for one in charlie.memberships.all()}
    for key in (None, bearer(charlie)):
        if key and not path.startswith("api/"):
            continue
        before = everything()
        answer = ask(path, way, teams.places, user=None if key else charlie, key=key)
        assert answer.status_code < 500
        assert MARK not in answer.content.decode(errors="replace")
        if not way.own:
            assert answer.status_code == 404, answer.status_code
            assert everything() == before
        after = everything()
        assert {row for row in before if after.get(row) != before[row]} <= own


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_one_scope_opens_what_that_scope_opens(teams, scope):
    owner = teams.people["owner"]
    key = bearer(owner, scopes=[scope])
    for path, way in ALL:
        if not path.startswith("api/"):
            assert is_refused(ask(path, way, teams.places, key=key)), path
            continue
        if way.method == "delete":  # what it deletes the others need; tried role by role above
            continue
        if path.endswith("/decision"):
            make_ready(path, teams.places)
        answer = ask(path, way, teams.places, key=key)
        where = (way.method, path, answer.status_code, answer.content[:200])
        if way.scopes and scope not in way.scopes:
            assert (answer.status_code, answer.json()["requiredScope"]) == (403, way.scopes[0]), where
        else:
            assert answer.status_code not in (401, 403, 404), where
            assert answer.status_code < 500, where


def test_the_admin_pages_are_for_staff_alone(teams):
    for user in (None, *teams.people.values()):
        client = Client()
        if user:
            client.force_login(user)
        answer = client.get("/admin/workflows/workflow/")
        assert is_refused(answer) or "/admin/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    "path", ["api/v1/workflows", "api/v1/workflows/executions", "api/v1/media", "", "executions"]
)
def test_the_mark_is_there_for_those_who_may_read_it(teams, path):
    answer = ask(path, Way("get"), teams.places, user=teams.people["viewer"])
    seen = answer.content.decode()
    assert MARK in seen or teams.places["execution_id"] in seen
