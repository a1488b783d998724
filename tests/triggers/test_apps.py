"""Publishing a workflow as an app, over REST: contract §10."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from assets import actions as assets
from executions.models import Execution
from tests.assets.pictures import png
from tests.executions.boards import llm, preview, text
from tests.executions.doors import Api
from tests.executions.runs import make_workflow, node_run, prompt
from tests.factories import actor_for, team_of
from tests.triggers.guests import EXPOSED, execute, publish, refused
from tests.workflows.graphs import node
from tests.workflows.parts import placed
from triggers.models import App
from triggers.tables import columns_of
from workflows.component_actions import make_component
from workflows.models import Workflow


def test_a_published_workflow_has_an_address_and_says_so(api, workflow, slug):
    app = App.objects.get()
    assert (slug, app.path, app.is_on, app.version.workflow) == ("words", "/app/words", True, workflow)
    shown = api.get(f"/workflows/{workflow.pk}").json()
    assert shown["isPublished"] is True
    assert shown["exposedInputs"] == app.inputs == [{**EXPOSED, "required": False}]
    assert [one["isPublished"] for one in api.get("/workflows").json()] == [True]


def test_without_choices_every_open_input_is_shown_and_the_name_gives_the_slug(api, alice):
    workflow = make_workflow(
        alice,
        [text("a", "x"), text("b", "y"), node("n", "input:number"), llm("make"), preview()],
        "a.prompt make.prompt",
        "make.text out.value",
    )
    Workflow.objects.update(name="Größe & Form!")
    assert publish(api, workflow).json() == {"data": {"slug": "groe-form", "url": "/app/groe-form"}}
    keys = [(one["nodeId"], one["key"], one["label"]) for one in App.objects.get().inputs]
    assert keys == [
        ("a", "text_input", "Text Input"),
        ("b", "text_input_2", "Text Input"),
        ("n", "number_input", "Number Input"),
    ]


def test_a_pinned_node_is_not_published_unless_it_does_not_run(api, alice):
    pinned = {"pinned": {"executionId": "6f9619ff-8b86-d011-b42d-00c04fc964ff"}}
    made = llm("make")
    for more, status in ((pinned, 422), (pinned | {"runMode": "disabled"}, 200)):
        nodes = [text("ask", "x"), {**made, "data": made["data"] | more}, preview("ask_too")]
        workflow = make_workflow(alice, nodes, "ask.prompt make.prompt", "ask.prompt ask_too.value")
        answer = publish(api, workflow)
        assert (answer.status_code, App.objects.count()) == (status, int(status == 200))
        if status == 422:
            [problem] = answer.json()["violations"]
            assert (problem["rule"], problem["nodeId"], problem["fix"]) == (
                "pinned-in-app", "make", "Unpin it and publish again.",
            )  # fmt: skip


def test_the_app_is_described_to_callers_of_any_team(guest, slug):
    assert guest.get("/apps/words").json() == {
        "data": {
            "slug": "words",
            "name": "Words app",
            "description": "",
            "url": "/app/words",
            "branding": {"logoUrl": None, "color": None},
            "inputs": [
                {
                    "nodeId": "ask",
                    "label": "Subject",
                    "type": "text",
                    "required": False,
                    "default": "a lighthouse",
                    "description": "",
                    "key": "subject",
                }
            ],
            "endpoint": "/api/v1/apps/words/execute",
            "method": "POST",
            "example": {"inputs": {"subject": "a lighthouse"}},
        }
    }


def test_publishing_again_takes_the_graph_as_it_is_now(api, client, workflow, slug):
    client.patch(
        f"/api/v1/workflows/{workflow.pk}/nodes/ask",
        {"params": {"prompt": "a barn"}},
        content_type="application/json",
        headers=api.headers,
    )
    execute(api, slug)
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a lighthouse"
    publish(api, workflow, exposedInputs=[EXPOSED])
    assert App.objects.get().slug == "words"
    Execution.objects.all().delete()
    execute(api, slug)
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a barn"


def test_webhooks_run_the_published_version_too(client, api, workflow, slug):
    from tests.triggers.callers import call, opened

    webhook_id = opened(workflow)
    client.patch(
        f"/api/v1/workflows/{workflow.pk}/nodes/ask",
        {"params": {"prompt": "a barn"}},
        content_type="application/json",
        headers=api.headers,
    )
    assert call(client, webhook_id).status_code == 202
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a lighthouse"
    client.delete(f"/api/v1/workflows/{workflow.pk}/publish", headers=api.headers)
    Execution.objects.all().delete()
    assert call(client, webhook_id).status_code == 202
    assert node_run(Execution.objects.get(), "ask").output["prompt"] == "a barn"


def test_an_unpublished_app_is_gone_and_comes_back_under_its_name(api, client, guest, workflow, slug):
    path = f"/api/v1/workflows/{workflow.pk}/publish"
    answer = client.delete(path, headers=api.headers)
    assert (answer.status_code, answer.json()) == (200, {"success": True, "id": workflow.pk})
    assert guest.get("/apps/words").status_code == 404
    assert refused(guest, slug) == (
        404,
        {"error": "App not found", "code": "not_found", "type": "invalid_request_error"},
    )
    shown = api.get(f"/workflows/{workflow.pk}").json()
    assert (shown["isPublished"], shown["exposedInputs"]) == (False, [])
    assert client.delete(path, headers=api.headers).status_code == 200
    assert publish(api, workflow).json()["data"]["slug"] == "words"


def test_the_app_of_a_deleted_workflow_is_gone(api, client, guest, workflow, slug):
    client.delete(f"/api/v1/workflows/{workflow.pk}", headers=api.headers)
    assert guest.get("/apps/words").status_code == 404
    assert refused(guest, slug)[0] == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"slug": "No Spaces"}, 400),
        ({"exposedInputs": [{"nodeId": "make", "key": "x"}]}, 400),
        ({"exposedInputs": [{"nodeId": "gone", "key": "x"}]}, 400),
        ({"exposedInputs": [{"nodeId": "ask", "key": "Bad Key"}]}, 400),
        ({"exposedInputs": [{"nodeId": "ask"}]}, 400),
        ({"exposedInputs": [{"nodeId": "ask", "key": "a"}, {"nodeId": "ask", "key": "b"}]}, 400),
        ({"exposedInputs": [{"nodeId": "ask", "key": "a", "default": {"a": 1}}]}, 400),
        ({"branding": {"color": "red"}}, 400),
        ({"branding": {"color": "#12345g"}}, 400),
        ({"branding": {"logoUrl": "https://example.org/logo.png"}}, 400),
        ({"branding": {"logoUrl": "javascript:alert(1)"}}, 400),
        ({"name": "x" * 201}, 400),
    ],
)
def test_what_makes_no_app_is_refused_and_nothing_is_published(api, workflow, body, status):
    assert publish(api, workflow, **body).status_code == status
    assert not App.objects.exists()
    assert Workflow.objects.get().is_published is False


def test_two_apps_cannot_have_one_name(client, api, charlie, workflow, slug):
    theirs = make_workflow(charlie, *prompt("z"))
    answer = publish(Api(client, charlie), theirs, slug="words")
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")
    assert App.objects.get().workflow == workflow
    assert Workflow.objects.get(pk=theirs.pk).is_published is False


def test_inputs_inside_components_are_offered_nowhere(api, alice):
    within = {"nodes": [text("hidden", "x")], "edges": [], "inputs": [], "settings": []}
    within["outputs"] = [
        {"id": "words", "label": "Words", "type": "TEXT", "node": "hidden", "handle": "out-prompt"}
    ]
    made = make_component(actor=actor_for(alice), name="Words", content=within).component
    workflow = make_workflow(
        alice, [text("ask", "y"), placed(made.pk), preview()], "ask.prompt out.value", "part.words out.value"
    )
    offered = api.get(f"/workflows/{workflow.pk}/run").json()["data"]["inputs"]
    assert [one["nodeId"] for one in offered] == ["ask"]
    assert [one.node_id for one in columns_of(*workflow.graph_json())] == ["ask"]
    answer = publish(api, workflow, exposedInputs=[{"nodeId": "part.hidden", "key": "words"}])
    assert (answer.status_code, App.objects.exists()) == (400, False)
    assert publish(api, workflow).status_code == 200
    assert [one["nodeId"] for one in App.objects.get().inputs] == ["ask"]


def test_a_logo_is_a_picture_of_the_team(api, client, alice, charlie, workflow):
    mine = assets.upload(team=team_of(alice), user=alice, file=ContentFile(png(8, 8)), filename="logo.png")
    theirs = assets.upload(team=team_of(charlie), user=charlie, file=ContentFile(png(8, 8)), filename="l.png")
    assert publish(api, workflow, branding={"logoUrl": theirs.url}).status_code == 400
    assert (
        publish(
            api, workflow, slug="w", branding={"logoUrl": mine.public_url, "color": "#AB12cd"}
        ).status_code
        == 200
    )
    shown = api.get("/apps/w").json()["data"]["branding"]
    assert shown == {"logoUrl": f"http://testserver{mine.url}", "color": "#ab12cd"}


def test_only_editors_of_the_team_publish(client, alice, bob, rita, vera, charlie, workflow):
    for person, status in ((rita, 403), (vera, 403), (charlie, 404)):
        caller = Api(client, person)
        assert publish(caller, workflow).status_code == status
        path = f"/api/v1/workflows/{workflow.pk}/publish"
        assert client.delete(path, headers=caller.headers).status_code == status
    assert publish(Api(client, alice, scopes=["workflows:read"]), workflow).status_code == 403
    assert not App.objects.exists()
    assert publish(Api(client, bob), workflow).status_code == 200


def test_an_address_of_other_letters_is_refused_in_our_words(api, workflow):
    answer = publish(api, workflow, slug="no spaces, please")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "slug: An address takes the letters A to Z, digits, hyphens and underscores, and nothing else.",
    )
