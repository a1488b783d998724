"""What Celery carries: ids of node runs, to whichever worker takes them. Each may come twice, late or never."""

from __future__ import annotations

from collections.abc import Mapping

from celery import Task, shared_task

from executions.engine.running import engine


@shared_task(acks_late=True)
def submit_node_runs(node_run_ids: list[int]) -> None:
    """Node runs became READY: claim and carry them."""
    engine().ready(node_run_ids)


@shared_task(acks_late=True)
def poll_node_runs(node_run_ids: list[int]) -> None:
    """WAITING node runs are due: ask their providers."""
    engine().due(node_run_ids)


@shared_task(acks_late=True)
def cancel_node_runs(node_run_ids: list[int]) -> None:
    """Node runs were cancelled: drop what is under way and tell the providers."""
    engine().cancelled(node_run_ids)


FOR_NEWS: Mapping[str, Task[[list[int]], None]] = {
    "ready": submit_node_runs,
    "due": poll_node_runs,
    "cancelled": cancel_node_runs,
}
