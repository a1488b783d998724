"""Two teams, of which A has something of everything, and how they are asked.

Everything of team A carries the word `MARK`, so that whatever of it reaches a stranger is seen.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Invitation, ProviderKey, Team, TeamSecret, User
from archives.models import ArchiveState, TeamArchive
from assets.models import Asset, Origin
from assets.store import place_of
from credits.models import SpendingLimit
from executions.actions import Start, start_execution
from executions.models import NodeRun, WaitFor
from executions.states import NodeStatus
from history.models import SavedView
from tests.executions.runs import make_workflow, prompt
from tests.factories import actor_for, make_key, team_of
from tests.rights.routes import GRAPH, HOURLY, Way
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
