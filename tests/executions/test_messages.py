"""What a worker's Celery does with messages that ring for node runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import InvalidTaskError
from kombu import Connection, Queue
from kombu.message import Message

from executions.tasks import FOR_NEWS, Ring
from tests.processes import PATIENCE
from wireflow_ui.celery import app

QUEUES = {queue.name: queue for queue in app.conf.task_queues}


@pytest.mark.parametrize("arguments", [[], [[1], [2]], {}, None])
def test_what_is_no_list_of_ids_is_refused_and_ends_no_worker(arguments: Any):
    message = Message(
        json.dumps([arguments, {}, {}]), content_type="application/json", content_encoding="utf-8"
    )
    handle = FOR_NEWS["ready"].start_strategy(app, None)
    with pytest.raises(InvalidTaskError):  # which the worker writes down
        handle(message, None, message.ack)


def test_bells_are_forgotten_as_they_are_read_and_other_work_is_kept_until_it_is_done():
    routes = app.conf.task_routes
    assert {QUEUES[routes[task.name]["queue"]].no_ack for task in FOR_NEWS.values()} == {True}
    assert not QUEUES[app.conf.task_default_queue].no_ack


@pytest.mark.parametrize(
    ("queue", "acknowledged"), [("default", 3), ("elsewhere", 3), ("remote", 0), ("poll", 0)]
)
def test_no_bell_keeps_others_from_being_heard_by_whichever_queue_it_comes(queue: str, acknowledged: int):
    """As those of processes from before an upgrade do: they knew other routes."""
    bells = Celery("bells", set_as_current=False)
    bells.config_from_object("django.conf:settings", namespace="CELERY")
    heard: list[list[int]] = []
    answers: list[object] = []

    @bells.task(base=Ring, name="ring", shared=False)
    def ring(node_run_ids: list[int]) -> None:
        heard.append(node_run_ids)

    handle = ring.start_strategy(bells, None)

    def read(message: Message) -> None:
        def acknowledge() -> None:
            message.ack()
            answers.append(message.delivery_tag)

        handle(message, None, acknowledge)

    with Connection("memory://") as connection, connection.channel() as channel:
        queues = [bells.amqp.queues[queue]] if queue in QUEUES else [Queue(queue)]
        with bells.amqp.TaskConsumer(channel, queues=queues, on_message=read, prefetch_count=1) as consumer:
            consumer.purge()  # of what other tests of this process sent and nobody read
            for one in range(3):
                ring.apply_async(([one],), queue=queues[0], producer=connection.Producer())
            while len(heard) < 3:
                connection.drain_events(timeout=PATIENCE)
    assert heard == [[0], [1], [2]]
    assert len(answers) == acknowledged
