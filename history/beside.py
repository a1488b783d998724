"""What the canvas shows beside itself, as JSON for its own page: runs, what waits and runs in the team, credits."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.actor import Actor, actor_of
from credits.context import balance_of
from credits.models import Entry
from executions import spending, turns
from executions.api import workflow_or_404
from executions.models import Execution
from executions.pages import ExecutionRow
from executions.states import ExecutionStatus
from executions.wire import when
from history import finding
from history.filters import Filters
from history.views import rows_of

RUNS = 20
UNDER_WAY = 30
MOVEMENTS = 8
#: So many of the waiting runs of a team are told their place.
MOST_PLACES = 200


@never_cache
@require_GET
def runs(request: HttpRequest, workflow_id: str) -> JsonResponse:
    """The last runs of a workflow, the newest first."""
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    found = finding.seen_by(actor, Filters()).filter(workflow=workflow).order_by("-created_at", "id")
    return JsonResponse({"runs": _told(actor, list(found[:RUNS]))})


@never_cache
@require_GET
def queue(request: HttpRequest) -> JsonResponse:
    """What runs in the team, and then what waits for its turn, in the order in which it will go."""
    actor = actor_of(request)
    mine = finding.seen_by(actor, Filters()).order_by("created_at", "run_index")
    running = list(mine.filter(status=ExecutionStatus.RUNNING)[: UNDER_WAY + 1])
    waiting = list(mine.filter(status=ExecutionStatus.PENDING)[: UNDER_WAY + 1 - len(running)])
    under_way = [*running, *waiting]
    return JsonResponse({"runs": _told(actor, under_way[:UNDER_WAY]), "hasMore": len(under_way) > UNDER_WAY})


@never_cache
@require_GET
def credits(request: HttpRequest) -> JsonResponse:
    """The balance, what is set aside of it now, and the last movements, the newest first."""
    team = actor_of(request).team
    wallet = balance_of(team.pk)
    lines = spending.lines_of(Entry.objects.filter(team=team).order_by("-id"), MOVEMENTS)
    movements = [
        {
            "id": line.id,
            "kind": line.kind,
            "at": when(line.at),
            "free": line.free,
            "held": line.held,
            "workflow": line.workflow,
            "what": line.what,
            "executionId": line.execution_id,
            "isSandbox": line.is_sandbox,
        }
        for line in lines
    ]
    return JsonResponse({"available": wallet.available, "held": wallet.held, "movements": movements})


def _told(actor: Actor, executions: Sequence[Execution]) -> list[dict[str, Any]]:
    places = _places(actor) if any(one.status == ExecutionStatus.PENDING for one in executions) else {}
    rows = rows_of(executions)
    return [_run(one, row, places) for one, row in zip(executions, rows, strict=True)]


def _places(actor: Actor) -> Mapping[uuid.UUID, int]:
    """The runs of the team that wait for others to end, with their places in the order in which they will go."""
    ids = turns.waiting(actor.team.pk).values_list("pk", flat=True)[:MOST_PLACES]
    return {pk: place for place, pk in enumerate(ids, 1)}


def _run(execution: Execution, row: ExecutionRow, places: Mapping[uuid.UUID, int]) -> dict[str, Any]:
    picture = next((one for one in row.thumbs if one.get("thumbnailUrl") or _is_picture(one)), None)
    return {
        "id": row.id,
        "workflowId": row.workflow_id,
        "workflowName": row.workflow_name,
        "caption": row.caption,
        "status": row.status,
        "word": gettext(row.status_word),
        "place": places.get(execution.pk),
        "isOver": row.is_over,
        "isGuest": row.is_guest,
        "at": when(row.started_at),
        "took": row.duration_text if row.is_over else "",
        "credits": row.credits_used,
        "who": str(execution.started_by) if execution.started_by and not row.is_guest else "",
        "trigger": gettext(row.trigger),
        "error": row.error,
        "stoppedBy": row.stopped_by,
        "picture": (picture.get("thumbnailUrl") or picture["url"]) if picture else "",
    }


def _is_picture(medium: Mapping[str, Any]) -> bool:
    return str(medium["contentType"]).startswith("image/")
