"""What a process keeps of executions between transactions."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from executions.runs import graph_of
from tests.executions.runs import prompt, start


class Undone(Exception):
    pass


@pytest.mark.django_db(transaction=True)
def test_the_graph_of_a_version_that_was_never_stored_is_not_that_of_the_next_one(alice):
    with pytest.raises(Undone), transaction.atomic():
        lost = start(alice, *prompt("a fox"))
        assert graph_of(lost).nodes["ask"].params["prompt"] == "a fox"
        raise Undone
    stored = start(alice, *prompt("a hen"))
    if connection.vendor == "sqlite":  # PostgreSQL gives no number twice
        assert stored.version_id == lost.version_id
    assert graph_of(stored).nodes["ask"].params["prompt"] == "a hen"
