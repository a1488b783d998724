"""The poll, which is asked more than anything else: few statements, and what the rules of visibility say."""

from __future__ import annotations

import pytest
from django.test import override_settings

from executions.api import execution_or_404
from executions.models import GUEST, Execution
from executions.runs import graph_of
from executions.states import ExecutionStatus
from executions.wire import execution_object
from tests.executions.doors import Api
from tests.executions.runs import prompt, start
from tests.factories import actor_for
from wireflow_ui.api import dump
from wireflow_ui.errors import NotFound

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


def test_a_poll_is_three_statements(client, alice, execution, django_assert_num_queries):
    api = Api(client, alice)
    path = f"/workflows/executions/{execution.pk}/poll"
    api.get(path)  # the first use of the key is written down, and the graph is read once
    with django_assert_num_queries(3):
        assert api.get(path).status_code == 200


def test_a_poll_answers_to_the_byte_what_querysets_find(client, alice, execution):
    Execution.objects.update(status=ExecutionStatus.FAILED, error="Nö", error_code="x", warnings=[{"a": 1.0}])
    found = Execution.objects.get()
    runs = list(found.node_runs.order_by("position", "id"))
    answer = Api(client, alice).get(f"/workflows/executions/{found.pk}/poll")
    assert answer.content == dump(execution_object(found, graph_of(found), runs, base="http://testserver"))


@override_settings(ALLOWED_HOSTS=["example.org"])
def test_a_poll_by_a_host_that_is_not_ours_is_refused(client, alice, execution):
    answer = Api(client, alice).get(f"/workflows/executions/{execution.pk}/poll")
    assert (answer.status_code, answer.json()["error"]) == (400, "The request cannot be read.")
