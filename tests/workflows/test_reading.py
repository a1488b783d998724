"""What calls read by fixed statements: what the rules of visibility let be seen, as the models would show it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.secrets import digest
from tests.executions.doors import Api
from tests.factories import actor_for, team_of
from tests.workflows.conftest import make_workflow
from wireflow_ui.json_text import dump
from workflows.actions import note_webhook
from workflows.models import LinkPermission, Workflow
from workflows.serializers import full_object, list_item
from workflows.webhook_ids import webhook_id_from

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("permission", LinkPermission.values)
@pytest.mark.parametrize("is_deleted", [True, False])
def test_a_workflow_is_found_by_those_whom_the_rule_lets_see_it(
    workflow, bob, charlie, permission, is_deleted
):
    deleted_at = timezone.now() if is_deleted else None
    Workflow.objects.update(link_permission=permission, deleted_at=deleted_at)
    for user in (bob, charlie):
        actor = actor_for(user)
        assert Workflow.shown(actor, workflow.pk) == Workflow.objects.shown_to(actor).first()
    assert Workflow.shown(actor_for(bob), "cm0") is None


def test_the_list_is_to_the_byte_what_models_would_give(client, alice, charlie, workflow):
    make_workflow(charlie, "Of others")
    gone = make_workflow(alice, "Gone")
    Workflow.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    run = make_workflow(alice, "Ärger", tags=["a", "ü"], description="x\ny")
    Workflow.objects.filter(pk=run.pk).update(last_executed_at=timezone.now())
    note_webhook(workflow=workflow, seed="seed", digest=digest(webhook_id_from("seed")))
    for path in ("/workflows", "/workflows?limit=9&offset=0&isActive=true"):
        answer = Api(client, alice).get(path)
        actor = actor_for(alice)
        models = Workflow.objects.visible_to(actor).newest_first()
        assert len(models) == 2
        assert answer.content == dump([list_item(one, actor) for one in models])


def test_a_page_of_the_list_begins_where_it_is_told(client, alice):
    made = [make_workflow(alice, f"number {number}") for number in range(5)]
    newest = [one.pk for one in sorted(made, key=lambda one: (one.updated_at, one.pk), reverse=True)]
    answer = Api(client, alice).get("/workflows?limit=2&offset=1")
    assert ([one["id"] for one in answer.json()], answer.headers["X-Total-Count"]) == (newest[1:3], "5")
    other = Api(client, alice).get(f"/workflows?limit=2&teamId={team_of(alice).pk + 1}")
    assert (other.json(), other.headers["X-Total-Count"]) == ([], "0")


def test_a_workflow_is_to_the_byte_what_its_rows_give(client, alice, workflow):
    nodes = [node.as_json() for node in workflow.nodes.order_by("place")]
    edges = [edge.as_json() for edge in workflow.edges.order_by("place")]
    assert nodes and edges
    assert workflow.graph_json() == (nodes, edges)
    answer = Api(client, alice).get(f"/workflows/{workflow.pk}")
    assert answer.content == dump(full_object(Workflow.objects.get(), actor_for(alice)))


@pytest.mark.parametrize(
    ("path", "statements"), [("/workflows", 2), ("/workflows?limit=5", 3), ("/workflows/{}", 2)]
)
def test_how_many_statements_a_call_takes_the_second_time(
    client, alice, workflow, path, statements, django_assert_num_queries
):
    api = Api(client, alice)
    first = api.get(path.format(workflow.pk))  # the first use of the key is written down, and the answer made
    with django_assert_num_queries(statements):
        assert api.get(path.format(workflow.pk)).content == first.content


def test_who_may_not_start_executions_is_shown_no_webhook_though_others_were(client, alice, workflow):
    webhook_id = webhook_id_from("seed")
    note_webhook(workflow=workflow, seed="seed", digest=digest(webhook_id))
    everybody, reader = Api(client, alice), Api(client, alice, scopes=["workflows:read"])
    for api, shown in ((everybody, webhook_id), (reader, None), (everybody, webhook_id)):
        assert api.get(f"/workflows/{workflow.pk}").json()["webhookId"] == shown
        assert [one["webhookId"] for one in api.get("/workflows").json()] == [shown]


def test_a_changed_workflow_is_shown_as_it_is(client, alice, workflow):
    api = Api(client, alice)
    before = api.get(f"/workflows/{workflow.pk}").json()
    node = before["nodes"][0]["id"]
    patched = client.patch(
        f"/api/v1/workflows/{workflow.pk}/nodes/{node}",
        {"label": "Another"},
        content_type="application/json",
        headers=api.headers,
    )
    assert patched.status_code == 200
    after = api.get(f"/workflows/{workflow.pk}").json()
    assert after["nodes"][0]["data"]["label"] == "Another"
    assert after["updatedAt"] > before["updatedAt"]
    assert api.get("/workflows").json()[0]["updatedAt"] == after["updatedAt"]
