"""Automatic versions: what a draft was before something took its place, and drafts at rest."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from workflows import rows
from workflows.models import Reason, Snapshot, Version, Workflow
from workflows.versions import digest_of, layout_of, without_results

log = logging.getLogger("wireflow.workflows")

Json = Mapping[str, Any]

#: So many are kept of each workflow, and so many more that are small: those never push out what is worth more.
KEPT, SMALL_KEPT = 20, 5
SMALL = 4
#: A draft that nobody has changed for so long is at rest.
REST = timedelta(minutes=30)
#: What was kept a moment ago for what somebody is about to do is not kept again while it is done.
JUST_NOW = timedelta(minutes=1)
LOOKED_AT_ONCE = 10


def keep_what_goes(workflow: Workflow, before: rows.Rows, left: Collection[str], by: User | None) -> None:
    """Keep the draft as it was ``before`` a save that takes all or most of it away: of its nodes these are ``left``.

    Call it in the transaction of that save.
    """
    count = len(before.nodes)
    stays = len(before.nodes.keys() & set(left))
    if stays == count or (stays > 0 and (count < SMALL or stays * 4 >= count)):
        return
    nodes = [row.as_json() for row in before.nodes.values()]
    edges = [row.as_json() for row in before.edges.values()]
    _take(workflow, nodes, edges, Reason.EMPTIED, by)


def keep_draft(*, workflow: Workflow, reason: Reason, by: User | None) -> None:
    """Keep the draft before somebody puts something else in its place, unless it is among the versions as it stands."""
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().get(pk=workflow.pk)
        nodes, edges = locked.graph_json()
        if nodes and not _is_a_version(locked, nodes, edges):
            _take(locked, nodes, edges, reason, by)


def keep_drafts_at_rest() -> None:
    """A chore: keep drafts that nobody has changed for half an hour. Where only cards were moved, nothing is kept.

    One that breaks off holds up no other, and is tried again when others have been; one that somebody is at just now
    is left to the next round.
    """
    due = Workflow.objects.filter(unkept_since__lt=timezone.now() - REST).order_by("unkept_since")
    for pk, since in due.values_list("pk", "unkept_since")[:LOOKED_AT_ONCE]:
        _keep_at_rest(pk, since)


def _keep_at_rest(workflow_id: str, since: datetime | None) -> None:
    with transaction.atomic():
        same = Workflow.objects.filter(pk=workflow_id, unkept_since=since)
        workflow = same.select_for_update(skip_locked=True, no_key=True).first()
        if workflow is None:
            return  # changed meanwhile, or in other hands
        again: datetime | None = None
        try:
            with transaction.atomic():
                _keep_resting(workflow)
        except Exception:  # one draft must hold up neither the others nor the chores behind it
            if not connection.is_usable():
                raise
            log.exception("The draft of workflow %s could not be kept.", workflow_id)
            again = timezone.now()  # the oldest come first: it would be among them with every round
        same.update(unkept_since=again)


def _keep_resting(workflow: Workflow) -> None:
    nodes, edges = workflow.graph_json()
    same = Q(workflow=workflow, digest=digest_of(nodes, edges))
    if nodes and not (Version.objects.filter(same).exists() or Snapshot.objects.filter(same).exists()):
        _take(workflow, nodes, edges, Reason.RESTED, None)


def _is_a_version(workflow: Workflow, nodes: Sequence[Json], edges: Sequence[Json]) -> bool:
    drawing = {"digest": digest_of(nodes, edges), "layout": layout_of(nodes, edges)}
    return Version.objects.filter(workflow=workflow, **drawing).exists()


def _take(
    workflow: Workflow, nodes: Sequence[Json], edges: Sequence[Json], reason: Reason, by: User | None
) -> None:
    """Keep this graph; the same drawing is kept once, as what it was kept for last."""
    now = timezone.now()
    same = Snapshot.objects.filter(
        workflow=workflow, digest=digest_of(nodes, edges), layout=layout_of(nodes, edges)
    )
    if same.filter(taken_at__gt=now - JUST_NOW).exclude(reason=Reason.RESTED).exists():
        return
    if same.update(taken_at=now, reason=reason, taken_by=by):
        return
    Snapshot.objects.create(
        workflow=workflow,
        reason=reason,
        digest=digest_of(nodes, edges),
        layout=layout_of(nodes, edges),
        nodes=without_results(nodes),
        edges=list(edges),
        node_count=len(nodes),
        taken_at=now,
        taken_by=by,
    )
    for size, most in ((Q(node_count__gte=SMALL), KEPT), (Q(node_count__lt=SMALL), SMALL_KEPT)):
        older = Snapshot.objects.filter(size, workflow=workflow).order_by("-taken_at", "-pk")
        Snapshot.objects.filter(pk__in=list(older.values_list("pk", flat=True)[most:])).delete()
