"""The poll, which is asked more than anything else: few statements, and what the rules of visibility say."""

from __future__ import annotations

import pytest
from django.test import override_settings

from executions.api import execution_or_404
from executions.events import record_events
from executions.models import GUEST, Execution
from executions.runs import graph_of
from executions.states import ExecutionStatus
from executions.wire import execution_object
from tests.executions.doors import Api
from tests.executions.runs import prompt, start
from tests.factories import actor_for
from wireflow_ui.errors import NotFound
from wireflow_ui.json_text import dump

pytestmark = pytest.mark.django_db


@pytest.fixture
def execution(alice) -> Execution:
    return start(alice, *prompt("a lighthouse"))


@pytest.mark.parametrize("trigger", ["api", GUEST])
@pytest.mark.parametrize("with_guests", [True, False])
def test_an_execution_is_found_by_those_whom_the_rules_let_see_it(
    execution, bob, charlie, trigger, with_guests
):
    Execution.objects.update(trigger=trigger)
    for user in (bob, charlie):
        actor = actor_for(user)
        rule = Execution.objects.paid_by(actor) if with_guests else Execution.objects.visible_to(actor)
        try:
            found = [execution_or_404(actor, execution.pk, with_guests=with_guests)]
        except NotFound:
            found = []
        assert found == list(rule)


def test_a_poll_asks_for_the_key_and_the_execution_alone_while_nothing_has_changed(
    client, alice, execution, django_assert_num_queries
):
    api = Api(client, alice)
    path = f"/workflows/executions/{execution.pk}/poll"
    first = api.get(path)  # the first use of the key is written down, and the answer made
    with django_assert_num_queries(2):
        assert api.get(path).content == first.content


def test_a_poll_tells_what_has_changed_since_the_last_one(client, alice, execution):
    api = Api(client, alice)
    path = f"/workflows/executions/{execution.pk}/poll"
    first = api.get(path).json()
    row = execution.node_runs.first()
    row.execution, row.progress = execution, 0.5
    row.save()
    record_events(execution, runs=[row])
    execution.save()
    second = api.get(path).json()
    assert second["seq"] == first["seq"] + 1
    shown = {one["nodeId"]: one["progress"] for one in second["nodeResults"]["nodeRuns"]}
    assert shown[row.node_id] == 50


def test_a_poll_answers_to_the_byte_what_querysets_find(client, alice, execution):
    Execution.objects.update(status=ExecutionStatus.FAILED, error="Nö", error_code="x", warnings=[{"a": 1.0}])
    found = Execution.objects.get()
    runs = list(found.node_runs.order_by("position", "id"))
    answer = Api(client, alice).get(f"/workflows/executions/{found.pk}/poll")
    assert answer.content == dump(execution_object(found, graph_of(found), runs, base="http://testserver"))


@override_settings(ALLOWED_HOSTS=["example.org"])
def test_a_poll_by_a_host_that_is_not_ours_is_refused(client, alice, execution):
    answer = Api(client, alice).get(f"/workflows/executions/{execution.pk}/poll")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("This server does not answer to the name testserver.")
