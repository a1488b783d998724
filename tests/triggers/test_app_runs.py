"""Running a published app as a guest, and what guests and its team see of that: contract §10."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from accounts.scopes import SCOPES
from assets import actions as assets
from assets.models import Asset
from credits.actions import grant
from executions.audit import faults
from executions.models import Execution
from tests.assets.pictures import png
from tests.executions.boards import llm, preview, text
from tests.executions.doors import Api
from tests.executions.runs import Hand, make_workflow, node_run, prompt, wallet
from tests.factories import actor_for, make_member, team_of
from tests.triggers.guests import EXPOSED, execute, publish, refused
from tests.workflows.graphs import chain, node
from tests.workflows.parts import placed
from triggers.models import App
from workflows.component_actions import make_component
from workflows.models import Workflow


def test_the_caller_pays(alice, charlie, guest, slug):
    answer = execute(guest, slug, {"subject": "a harbour"})
    execution = Execution.objects.get()
    state = {"executionId": str(execution.pk), "status": "RUNNING"}
    assert (answer.status_code, answer.json()) == (202, {"data": state, **state})
    assert answer.headers["Location"] == f"/api/v1/workflows/executions/{execution.pk}/poll"
    assert (wallet(charlie), wallet(alice)) == ((49, 1, 0), (1000, 0, 0))
    assert node_run(execution, "ask").output["prompt"] == "a harbour"
    Hand().finish(execution)
    assert (wallet(charlie), wallet(alice), faults()) == ((49, 0, 1), (1000, 0, 0), [])


@pytest.mark.parametrize("inputs", [None, {}, {"subject": None}])
def test_what_is_left_out_is_the_authors_value(guest, slug, inputs):
    assert execute(guest, slug, inputs).status_code == 202
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a lighthouse"


def test_a_default_of_the_app_comes_before_what_is_on_the_node(api, guest, workflow):
    publish(api, workflow, slug="w", exposedInputs=[{**EXPOSED, "default": "a mill"}])
    assert guest.get("/apps/w").json()["data"]["inputs"][0]["default"] == "a mill"
    execute(guest, "w")
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a mill"


def test_a_required_input_must_be_given(api, guest, alice):
    workflow = make_workflow(alice, *prompt(""))
    publish(api, workflow, slug="w", exposedInputs=[{**EXPOSED, "required": True}])
    status, body = refused(guest, "w")
    assert (status, body["code"], body["input"]) == (400, "missing_input", "subject")
    assert execute(guest, "w", {"subject": "x"}).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": {"ask": "by its id"}},
        {"inputs": {"prompt": "x"}},
        {"inputs": {"subject": "x", "make": "y"}},
        {"subject": "outside"},
        {"inputs": {}, "nodes": [], "edges": []},
        {"inputs": {}, "triggerData": {}},
        {"inputs": ["subject"]},
    ],
)
def test_a_key_that_the_app_does_not_show_is_refused(guest, slug, body):
    status, answer = refused(guest, slug, **body)
    assert status == 400
    assert answer["code"] in ("unknown_input", "invalid_inputs")


@pytest.mark.parametrize("given", [[], "", 0, False, None, "x", 1])
def test_inputs_that_are_no_object_are_refused(guest, slug, given):
    answer = guest.post(f"/apps/{slug}/execute", {"inputs": given})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_inputs")
    assert answer.json()["error"] == "inputs: This must be an object."
    assert not Execution.objects.exists()


def test_the_refusal_of_a_key_says_what_each_input_is(guest, slug):
    known = guest.get(f"/apps/{slug}").json()["data"]["inputs"]
    said = refused(guest, slug, {"promt": "x"})[1]["error"]
    assert said.startswith("There is no input “promt”. This app takes: ")
    for one in known:
        assert f"{one['key']} (“{one['label']}”, {one['type']}" in said


def test_an_app_without_inputs_takes_none(api, guest, workflow):
    publish(api, workflow, slug="w", exposedInputs=[])
    assert guest.get("/apps/w").json()["data"]["inputs"] == []
    answer = refused(guest, "w", {"ask": "x"})[1]
    assert answer["code"] == "unknown_input"
    assert answer["error"] == "There is no input “ask”. This app takes: no inputs."
    assert execute(guest, "w").status_code == 202


def test_the_same_key_runs_it_once_and_pays_once(guest, charlie, slug):
    first = execute(guest, slug, key="k")
    again = execute(guest, slug, key="k")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert (Execution.objects.count(), wallet(charlie)) == (1, (49, 1, 0))


def test_a_caller_without_credits_is_told_and_learns_nothing_of_the_graph(client, charlie, alice, slug):
    status, body = refused(Api(client, charlie), slug, {"subject": "x"})
    assert (status, body["requiredCredits"], body["availableCredits"], body["breakdown"]) == (402, 1, 0, [])
    assert wallet(alice) == (1000, 0, 0)


def test_an_inactive_workflow_does_not_run(guest, slug):
    Workflow.objects.update(is_active=False)
    assert refused(guest, slug)[1]["error"] == "Workflow is not active"


def test_who_may_run_it(client, alice, charlie, slug):
    team = team_of(charlie)
    grant(team=team, amount=9, reason="test")
    watcher = make_member("walt", team, role="viewer")
    assert refused(Api(client, watcher), slug)[0] == 403
    assert (
        refused(Api(client, charlie, scopes=["workflows:execute"]), slug)[1]["requiredScope"]
        == "apps:execute"
    )
    assert execute(Api(client, charlie, scopes=["apps:execute"]), slug).status_code == 202
    assert client.post(f"/api/v1/apps/{slug}/execute").status_code == 401
    assert "apps:execute" in SCOPES


# What guests see


def finished(guest, slug) -> Execution:
    return Hand().finish(
        Execution.objects.get(pk=execute(guest, slug, {"subject": "x"}).json()["executionId"])
    )


def test_a_guest_sees_results_and_nothing_of_how_they_were_made(guest, slug):
    execution = finished(guest, slug)
    for path in (f"/workflows/executions/{execution.pk}/poll", f"/workflows/executions/{execution.pk}"):
        body = guest.get(path).json()
        assert set(body) == {
            "executionId", "id", "status", "startTime", "endTime", "durationMs", "creditsUsed", "error", "errorCode",
            "outputs", "nodeResults", "finalOutput",
        }  # fmt: skip
        assert (body["status"], body["creditsUsed"], body["error"]) == ("COMPLETED", 1, None)
        [output] = body["outputs"]
        assert (output["nodeId"], output["label"], output["status"], output["url"]) == (
            "out",
            "Preview / Output",
            "COMPLETED",
            None,
        )
        assert body["nodeResults"]["nodeRuns"] == body["outputs"]
        assert "make" not in str(body)


def test_pictures_of_a_guest_run_are_urls(api, guest, alice, charlie):
    nodes = [
        text("ask", "secret recipe"),
        node("make", "generate:nano_banana_2"),
        node("small", "utility:image_resize", width=32, height=32),
        preview(),
    ]
    workflow = make_workflow(
        alice, nodes, "ask.prompt make.prompt", "make.images small.image", "small.image out.value"
    )
    publish(api, workflow, slug="pic", exposedInputs=[])
    execution = Hand().finish(Execution.objects.get(pk=execute(guest, "pic").json()["executionId"]))
    assert execution.status == "COMPLETED"
    body = guest.get(f"/workflows/executions/{execution.pk}/poll").json()
    [output] = body["outputs"]
    assert set(output) == {"nodeId", "label", "status", "url"}
    assert output["url"].startswith("http://testserver/media/")
    assert body["finalOutput"] == {"url": output["url"]}
    assert "secret recipe" not in str(body)
    assert Asset.objects.filter(team=team_of(charlie)).count() == 2
    assert guest.get("/media?origin=all").json()["data"] == []  # the step between stays out of the library
    assert Workflow.objects.get().cover is None  # and the caller's picture off the author's card


def test_who_paid_for_a_run_finds_it_in_the_history(signed_in, guest, charlie, workflow, slug):
    Workflow.objects.filter(pk=workflow.pk).update(name="Hidden name")
    execution = finished(guest, slug)
    Execution.objects.filter(pk=execution.pk).update(error="house style", warnings=["house style"])
    [item] = guest.get("/workflows/executions").json()
    assert (item["executionId"], item["workflowName"]) == (str(execution.pk), "Words app")
    assert (item["workflowId"], item["trigger"], item["creditsUsed"]) == (None, "guest", 1)
    browser = signed_in(charlie)
    pages = [browser.get(path) for path in ("/executions", f"/executions/{execution.pk}", "/usage/ledger")]
    for page in (str(item), *(page.content.decode() for page in pages)):
        assert str(execution.pk) in page
        for hidden in ("Hidden name", "house style", str(workflow.pk), "make", "/again", "node-runs"):
            assert hidden not in page, hidden
    [row] = pages[0].context["executions"]
    assert (row.trigger, row.credits_used, row.node_runs) == ("app", 1, [])
    assert pages[1].context["outputs"][0]["label"] == "Preview / Output"
    assert browser.get("/executions?q=house+style").context["executions"] == []
    assert len(browser.get("/executions?q=words").context["executions"]) == 1


def test_who_paid_for_a_run_may_stop_it_on_its_page(signed_in, guest, charlie, slug):
    execution_id = execute(guest, slug).json()["executionId"]
    browser = signed_in(charlie)
    page = browser.get(f"/executions/{execution_id}").content.decode()
    assert 'hx-trigger="every 3s"' in page  # its socket is the team's that owns the workflow
    assert "data-live=" not in page
    assert browser.post(f"/executions/{execution_id}/cancel").status_code == 303
    assert Execution.objects.get().status == "CANCELLED"
    page = browser.get(f"/executions/{execution_id}").content.decode()
    assert 'hx-trigger="every 3s"' not in page
    assert f"stopped by {charlie}" in page
    [item] = guest.get("/workflows/executions").json()
    assert item["stoppedBy"] == str(charlie)


def test_other_doors_do_not_know_a_guest_run(client, signed_in, api, guest, charlie, slug):
    execution = finished(guest, slug)
    assert guest.post(f"/workflows/executions/{execution.pk}/resume").status_code == 404
    browser = signed_in(charlie)
    assert browser.post(f"/executions/{execution.pk}/again").status_code == 404
    assert browser.get(f"/flow/{execution.workflow_id}").status_code == 404
    for path in (f"/workflows/executions/{execution.pk}", f"/workflows/executions/{execution.pk}/poll"):
        assert api.get(path).status_code == 404  # the author does not see what callers made
    assert api.post(f"/workflows/executions/{execution.pk}/cancel").status_code == 404
    assert api.get(f"/workflows/{execution.workflow_id}/executions").json() == []


def test_a_guest_may_stop_a_run(guest, charlie, slug):
    execution_id = execute(guest, slug).json()["executionId"]
    answer = guest.post(f"/workflows/executions/{execution_id}/cancel")
    assert (answer.status_code, answer.json()["status"], "nodeStates" in answer.json()) == (
        200,
        "CANCELLED",
        False,
    )
    assert wallet(charlie) == (50, 0, 0)


def test_a_failure_quotes_nothing_of_the_author(api, guest, alice):
    nodes = [text("ask", "x"), llm("make", system_prompt="[sandbox:block] house style"), preview()]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")
    publish(api, workflow, slug="w", exposedInputs=[EXPOSED])
    execution = Execution.objects.get(pk=execute(guest, "w").json()["executionId"])
    Execution.objects.filter(pk=execution.pk).update(
        status="FAILED", error="“house style” is refused", error_code="content_blocked"
    )
    body = guest.get(f"/workflows/executions/{execution.pk}/poll").json()
    assert "house style" not in str(body)
    assert body["error"] == "The provider refused this content. Change what you gave and try again."


def test_members_of_the_owning_team_see_all_of_their_own_runs(client, bob, slug):
    caller = Api(client, bob)
    execution_id = execute(caller, slug).json()["executionId"]
    body = caller.get(f"/workflows/executions/{execution_id}").json()
    assert (body["trigger"], "graph" in body) == ("app", True)


def test_the_authors_pictures_serve_guests_and_stay_the_authors(api, guest, alice, charlie):
    photo = assets.upload(team=team_of(alice), user=alice, file=ContentFile(png(64, 48)), filename="p.png")
    nodes = [
        node("photo", "input:image", image=photo.as_value()),
        node("small", "utility:image_resize", width=32, height=24),
        preview(),
    ]
    workflow = make_workflow(alice, nodes, "photo.image small.image", "small.image out.value")
    publish(api, workflow, slug="w", exposedInputs=[{"nodeId": "photo", "key": "photo"}])
    shown = guest.get("/apps/w").json()["data"]["inputs"][0]["default"]
    assert shown == f"http://testserver{photo.url}"
    for _ in range(2):
        execution = Execution.objects.get(pk=execute(guest, "w").json()["executionId"])
        assert Hand().finish(execution).status == "COMPLETED"
    lent = Asset.objects.get(team=team_of(charlie), reference=f"guest:{photo.id}")
    assert (lent.sha256, lent.name != photo.name) == (photo.sha256, True)
    assert guest.get("/media?origin=all").json()["data"] == []
    # An id of the author's file does not open it: the caller's files are the caller's.
    status, body = refused(guest, "w", {"photo": photo.id})
    assert (status, body["code"]) == (400, "invalid_inputs")


def test_the_authors_pictures_in_components_serve_guests_too(api, guest, alice, charlie):
    here, there = (
        assets.upload(team=team_of(alice), user=alice, file=ContentFile(png(side, 48)), filename="p.png")
        for side in (64, 72)
    )
    within = {
        "nodes": [
            node("photo", "input:image", image=here.as_value()),
            node("small", "utility:image_resize", width=32, height=24),
        ],
        "edges": chain("photo.image small.image"),
        "inputs": [],
        "outputs": [
            {"id": "image", "label": "Image", "type": "IMAGE", "node": "small", "handle": "out-image"}
        ],
        "settings": [{"id": "photo", "label": "Photo", "node": "photo", "param": "image"}],
    }
    made = make_component(actor=actor_for(alice), name="Small", content=within).component
    nodes = [placed(made.pk, "a"), placed(made.pk, "b", photo=there.as_value()), preview()]
    workflow = make_workflow(alice, nodes, "a.image out.value", "b.image out.value")
    assert publish(api, workflow, slug="w").status_code == 200
    assert App.objects.get().inputs == []
    execution = Execution.objects.get(pk=execute(guest, "w").json()["executionId"])
    assert Hand().finish(execution).status == "COMPLETED"
    lent = Asset.objects.filter(team=team_of(charlie), reference__startswith="guest:as_")
    assert {one.reference for one in lent} == {f"guest:{here.id}", f"guest:{there.id}"}
    body = guest.get(f"/workflows/executions/{execution.pk}/poll").json()
    assert [one["nodeId"] for one in body["outputs"]] == ["out", "out"]
