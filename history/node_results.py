"""What one node made in the last runs of its workflow, as JSON for the canvas."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Q, Sum, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.actor import actor_of
from executions.api import workflow_or_404
from executions.models import Execution, NodeRun
from executions.pages import TRIGGERS
from executions.states import NodeStatus
from executions.wire import node_run_object, when
from history import finding
from history.filters import Filters
from workflows.models import Version
from workflows.nodes import data_of

#: So many runs of the workflow are looked through, so many of those that the node took part in are told of.
LOOKED_THROUGH = 200
TOLD = 20
#: Of a node that ran once for each item of a list so many items are told of.
ITEMS = 12


@never_cache
@require_GET
def of_node(request: HttpRequest, workflow_id: str, node_id: str) -> JsonResponse:
    """The last runs in which this node did something, the newest first: what it made, who wanted it, what it cost.

    A component's nodes stand in a run by themselves, under its id and theirs; they are told of as the component's.
    """
    actor = actor_of(request)
    workflow = workflow_or_404(actor, workflow_id)
    newest = finding.seen_by(actor, Filters()).filter(workflow=workflow).order_by("-created_at", "id")
    looked_through = list(newest.values_list("pk", flat=True)[:LOOKED_THROUGH])
    of_it = Q(node_id=node_id) | Q(node_id__startswith=f"{node_id}.")
    done = NodeRun.objects.filter(of_it, execution__in=looked_through)
    done = done.exclude(status__in=(NodeStatus.PENDING, NodeStatus.SKIPPED))
    sums = {
        one["execution"]: one
        for one in done.values("execution").annotate(credits=Sum("credits_used"), items=Count("pk"))
    }
    told = list(
        newest.filter(pk__in=[pk for pk in looked_through if pk in sums][:TOLD]).only(
            "created_at", "trigger", "version_id", "started_by"
        )
    )
    made: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    place = Window(RowNumber(), partition_by="execution", order_by=["position", "pk"])
    shown = done.filter(execution__in=told).annotate(place=place).filter(place__lte=ITEMS)
    for run in shown.order_by("position", "pk"):
        made[run.execution_id].append(node_run_object(run))
    seeds = _seeds({one.version_id for one in told}, node_id)
    return JsonResponse(
        {
            "runs": [
                _told(one, sums[one.pk], made[one.pk]) | {"seed": seeds.get(one.version_id)} for one in told
            ]
        }
    )


def _told(execution: Execution, sums: Mapping[str, Any], made: list[dict[str, Any]]) -> dict[str, Any]:
    by_hand = execution.started_by and not execution.is_guest
    return {
        "id": str(execution.pk),
        "at": when(execution.created_at),
        "who": str(execution.started_by) if by_hand else "",
        "trigger": gettext(TRIGGERS.get(execution.trigger, execution.trigger)),
        "credits": sums["credits"],
        "items": sums["items"],
        "nodeRuns": made,
    }


def _seeds(version_ids: Iterable[Any], node_id: str) -> dict[Any, int]:
    """The seed that the node had in each of these graphs, where it was given one."""
    seeds = {}
    for pk, nodes in Version.objects.filter(pk__in=version_ids).values_list("pk", "nodes"):
        data = next((data_of(raw) for raw in nodes if raw.get("id") == node_id), {})
        bags = [bag for bag in (data.get("config"), data.get("params")) if isinstance(bag, Mapping)]
        seed = next((bag["seed"] for bag in bags if bag.get("seed") is not None), None)
        if isinstance(seed, int):
            seeds[pk] = seed
    return seeds
