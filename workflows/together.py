"""Several people on one workflow: what each changed is put into the graph as it is by then, and told to the others.

The graph in its rows is the one document. Whoever changes it takes the workflow's row first, so edits stand in one
order, which their moments show; every open canvas comes from the state it has to the newest by going through them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from providers.catalog import load_catalog
from providers.local import SUPPORTED
from wireflow_ui.body import MAX_TEXT, BadBody, check_values
from workflows import rows
from workflows.actions import swap
from workflows.component_actions import with_components
from workflows.errors import WorkflowNotFound
from workflows.ids import written
from workflows.lint import Report, lint
from workflows.merging import changes_between, check_changes, check_size, merge
from workflows.models import Edit, Workflow
from workflows.normalise import BadGraph, normalise
from workflows.piece_edits import note_piece_edits
from workflows.snapshots import keep_what_goes

Json = dict[str, Any]

#: So long a browser may take to ask again for a save whose answer it did not get, and to follow edit by edit.
KEPT = timedelta(hours=1)
#: An edit with more characters is not told: who hears of it reads the workflow.
MOST_TOLD = 200_000
#: A browser that is more edits behind reads the workflow, and one for which they have more characters together.
MOST_EDITS = 100
MOST_AT_ONCE = 1_000_000
#: So many edits are taken away at once when their hour is over.
FORGOTTEN_AT_ONCE = 1_000


def merge_draft(
    *,
    workflow: Workflow,
    base_updated_at: str,
    op_id: str,
    changes: Any,
    name: str = "",
    by: User | None = None,
) -> Report:
    """Put what somebody changed into the graph as it is now, once, and say what lint finds in the result.

    An edit that came before, by its ``op_id``, is taken as done. ``base_updated_at`` is not compared: nothing of what
    others wrote since is lost; where it takes most of the graph away, that is kept. Raises BadGraph, WorkflowNotFound.
    """
    check_changes(changes)
    with transaction.atomic():
        locked = Workflow.objects.select_for_update().filter(pk=workflow.pk, deleted_at=None).first()
        if locked is None:
            raise WorkflowNotFound()
        before = rows.read(locked)
        old = before.as_json()
        new: tuple[list[Json], list[Json]] = old
        if not Edit.objects.filter(workflow=locked, op_id=op_id).exists():
            merged = merge(*old, changes)
            _check_changed((*old[0], *old[1]), (*merged.nodes, *merged.edges))
            known = before.data_by_id()
            filled = with_components(merged.nodes, locked.team_id, previous=known)
            graph = normalise(filled, merged.edges, load_catalog(), previous=known)
            new = graph.nodes, graph.edges
            check_size(old, new)
            _keep(locked, op_id, old, new, name)
            keep_what_goes(locked, before, [raw["id"] for raw in graph.nodes], by)
            note_piece_edits(locked, old, new, by)
            rows.write(locked, graph, before)
    workflow.updated_at = locked.updated_at
    return lint(*new, load_catalog(), supported=SUPPORTED)


def _check_changed(old: Sequence[Json], new: Sequence[Json]) -> None:
    """Raise BadGraph where something grew, edit by edit, beyond what a save of the whole may bring."""
    known = {id(raw) for raw in old}  # what is left as it was is the same object
    for raw in new:
        if id(raw) not in known:
            try:
                check_values(raw, MAX_TEXT)
            except BadBody as error:
                raise BadGraph(f"{raw['id']}: {error}") from error


def edits_since(workflow_id: str, moment: datetime | None) -> list[Json]:
    """The edits after this moment, each with the moment it began at: they may not be all that happened."""
    if moment is None:
        return []
    found = Edit.objects.filter(workflow=workflow_id, updated_at__gt=moment).order_by("updated_at")
    told: list[Json] = []
    left = MOST_AT_ONCE
    for edit in found[:MOST_EDITS].iterator(chunk_size=10):
        left -= len(json.dumps(edit.changes))
        if left < 0:
            break
        told.append(
            {
                "opId": edit.op_id,
                "before": written(edit.before),
                "updatedAt": written(edit.updated_at),
                "changes": edit.changes,
            }
        )
    return told


def forget_old_edits() -> None:
    """A chore: take away some of the edits whose hour is over."""
    old = Edit.objects.filter(noted_at__lt=timezone.now() - KEPT).values_list("pk", flat=True)
    Edit.objects.filter(pk__in=list(old[:FORGOTTEN_AT_ONCE])).delete()


def _keep(
    workflow: Workflow,
    op_id: str,
    old: tuple[Sequence[Json], Sequence[Json]],
    new: tuple[Sequence[Json], Sequence[Json]],
    name: str,
) -> None:
    """Note what really changed, with what was filled in.

    Where nothing did, only that it came: sent again after somebody else's, it must not be done then.
    """
    told = changes_between(old, new)
    named = {"name": name} if name and name != workflow.name else {}
    before = workflow.updated_at
    if told == {} and not named:
        Edit.objects.create(workflow=workflow, op_id=op_id, before=before)
        return
    swap(workflow, before, **named)
    if told is not None:
        told |= named
        if len(json.dumps(told)) > MOST_TOLD:
            told = None
    _forget_changes(workflow)
    Edit.objects.create(
        workflow=workflow, op_id=op_id, before=before, updated_at=workflow.updated_at, changes=told
    )


def _forget_changes(workflow: Workflow) -> None:
    """Of edits that are told to nobody any more, as so many came after them, only that they were made is kept."""
    newest = Edit.objects.filter(workflow=workflow, updated_at__isnull=False).order_by("-updated_at")
    for moment in newest.values_list("updated_at", flat=True)[MOST_EDITS - 1 : MOST_EDITS]:
        Edit.objects.filter(workflow=workflow, updated_at__lte=moment, changes__isnull=False).update(
            changes=None
        )
