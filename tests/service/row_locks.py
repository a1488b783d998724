"""Where rows are locked one by one; on SQLite whoever writes waits for all others, so `test_rooms` runs these alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

from django.db import connections, transaction
from django.utils import timezone

from tests.executions.runs import make_workflow, prompt
from tests.factories import actor_for
from tests.processes import PATIENCE
from workflows import actions
from workflows.models import Snapshot, Workflow
from workflows.snapshots import REST, keep_drafts_at_rest


@contextmanager
def in_other_hands(workflow: Workflow) -> Iterator[None]:
    """Somebody else, with a connection of their own, has the row of a workflow locked meanwhile."""
    has_row, may_go = threading.Event(), threading.Event()

    def edit() -> None:
        try:
            with transaction.atomic():
                Workflow.objects.select_for_update().get(pk=workflow.pk)
                has_row.set()
                assert may_go.wait(PATIENCE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as elsewhere:
        editing = elsewhere.submit(edit)
        try:
            assert has_row.wait(PATIENCE)
            yield
        finally:
            may_go.set()
        editing.result(PATIENCE)


def test_a_draft_that_somebody_is_at_is_left_to_the_next_round(transactional_db, alice):
    workflow = make_workflow(alice, *prompt("a boat"))
    free = actions.duplicate_workflow(actor=actor_for(alice), workflow=workflow)
    long_ago = timezone.now() - REST - timedelta(minutes=1)
    Snapshot.objects.all().delete()
    Workflow.objects.update(unkept_since=long_ago)
    with in_other_hands(workflow):
        keep_drafts_at_rest()
        assert list(Snapshot.objects.values_list("workflow", flat=True)) == [free.pk]
        assert Workflow.objects.get(pk=workflow.pk).unkept_since == long_ago
    keep_drafts_at_rest()
    assert Snapshot.objects.filter(workflow=workflow).count() == 1
