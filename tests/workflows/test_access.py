"""Who may read and who may write a workflow over REST: other teams, roles and keys of one scope."""

from __future__ import annotations

import json

import pytest

from tests.workflows.doors import BODY, Api
from workflows.models import Workflow

WRITES = [
    ("post", "/workflows", BODY),
    ("post", "/workflows", {**BODY, "id": "{id}"}),
    ("put", "/workflows/{id}", BODY),
    ("delete", "/workflows/{id}", None),
    ("patch", "/workflows/{id}/nodes/text", {"label": "x"}),
    ("post", "/workflows/{id}/duplicate", {}),
    ("post", "/workflows/{id}/layout", {}),
]
READS = [
    ("get", "/workflows", None),
    ("get", "/workflows/{id}", None),
    ("post", "/workflows/lint", BODY),
    ("get", "/nodes", None),
]


def of(workflow, call):
    return json.loads(json.dumps(call).replace("{id}", workflow.pk))


@pytest.mark.parametrize("call", [call for call in [*WRITES, *READS] if "{id}" in json.dumps(call)])
def test_somebody_elses_workflow_is_not_there(client, workflow, charlie, call):
    before = workflow.graph_json(), workflow.updated_at
    answer = Api(client, charlie)(*of(workflow, call))
    assert (answer.status_code, answer.json()["error"]) == (404, "Workflow not found")
    kept = Workflow.objects.get()
    assert (kept.graph_json(), kept.updated_at) == before


@pytest.mark.parametrize("call", WRITES)
@pytest.mark.parametrize("person", ["vera", "rita"])
def test_who_may_not_edit_is_told_so(client, workflow, request, person, call):
    answer = Api(client, request.getfixturevalue(person))(*of(workflow, call))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Workflow.objects.get().updated_at == workflow.updated_at


@pytest.mark.parametrize("call", READS)
def test_who_may_look_can_look(client, workflow, vera, call):
    assert Api(client, vera)(*of(workflow, call)).status_code == 200


@pytest.mark.parametrize("call", [*WRITES, *READS])
def test_a_key_needs_the_scope_and_nobody_gets_in_without_one(client, workflow, alice, call):
    answer = Api(client, alice, scopes=["usage:read"])(*of(workflow, call))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert answer.json()["requiredScope"] == ("workflows:write" if call in WRITES else "workflows:read")
    stranger = Api(client, alice)
    stranger.headers = {}
    assert stranger(*of(workflow, call)).status_code == 401
    assert Workflow.objects.get().updated_at == workflow.updated_at


def test_bob_edits_what_the_team_owns(client, workflow, bob):
    answer = Api(client, bob)("put", f"/workflows/{workflow.pk}", {**BODY, "name": "Bob's"})
    assert (answer.status_code, answer.json()["name"]) == (200, "Bob's")
