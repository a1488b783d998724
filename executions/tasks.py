"""What Celery carries: ids of node runs, to whichever worker takes them. Each may come twice, late or never."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from celery import Celery, Task, shared_task
from celery.exceptions import InvalidTaskError

from executions.engine.running import engine

if TYPE_CHECKING:
    TaskOfIds = Task[[list[int]], None]
else:
    TaskOfIds = Task  # which takes no parameters when it runs

log = logging.getLogger("wireflow.messages")


def where_it_is_read(task: TaskOfIds, app: Celery, _consumer: Any) -> Callable[..., None]:
    """How a worker deals with messages of these tasks: Celery asks this in the place of its own strategy.

    That one has each done in turn on a thread and tells of it before and after, which takes longer than to hand the
    engine some ids, and keeps the engine's thread from its own turn. What came by a queue that keeps its
    messages is acknowledged here: else it would be one of the few that a worker may have at a time, for ever.
    """

    def handle(message: Any, _body: object, acknowledge: Callable[[], object], *_others: Any) -> None:
        try:
            (node_run_ids,), _, _ = message.payload
        except (TypeError, ValueError) as error:
            raise InvalidTaskError(f"{task.name} takes one list of ids.") from error
        log.debug("%s: %d node runs.", task.name, len(node_run_ids))
        queue = app.amqp.queues.get(message.delivery_info.get("routing_key"))
        if queue is None or not queue.no_ack:
            acknowledge()
        task.run(node_run_ids)

    return handle


class Ring(TaskOfIds):
    """A task that does no more than tell the engine of this process."""

    Strategy = "executions.tasks:where_it_is_read"


@shared_task(base=Ring)
def submit_node_runs(node_run_ids: list[int]) -> None:
    """Node runs became READY: claim and carry them."""
    engine().ready(node_run_ids)


@shared_task(base=Ring)
def poll_node_runs(node_run_ids: list[int]) -> None:
    """WAITING node runs are due: ask their providers."""
    engine().due(node_run_ids)


@shared_task(base=Ring)
def cancel_node_runs(node_run_ids: list[int]) -> None:
    """Node runs were cancelled: drop what is under way and tell the providers."""
    engine().cancelled(node_run_ids)


FOR_NEWS: Mapping[str, TaskOfIds] = {
    "ready": submit_node_runs,
    "due": poll_node_runs,
    "cancelled": cancel_node_runs,
}
