"""What a worker's Celery does with messages that ring for node runs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from celery.exceptions import InvalidTaskError
from kombu.message import Message

from executions.tasks import FOR_NEWS
from wireflow_ui.celery import app

QUEUES = {queue.name: queue for queue in app.conf.task_queues}


@pytest.mark.parametrize("arguments", [[], [[1], [2]], {}, None])
def test_what_is_no_list_of_ids_is_refused_and_ends_no_worker(arguments: Any):
    message = Message(
        json.dumps([arguments, {}, {}]), content_type="application/json", content_encoding="utf-8"
    )
    handle = FOR_NEWS["ready"].start_strategy(app, None)
    with pytest.raises(InvalidTaskError):  # which the worker writes down
        handle(message, None)


def test_bells_are_forgotten_as_they_are_read_and_other_work_is_kept_until_it_is_done():
    routes = app.conf.task_routes
    assert {QUEUES[routes[task.name]["queue"]].no_ack for task in FOR_NEWS.values()} == {True}
    assert not QUEUES[app.conf.task_default_queue].no_ack
