"""Published apps over REST: contract §10."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from accounts.scopes import SCOPES
from assets import actions as assets
from assets.models import Asset
from credits.actions import grant
from executions.audit import faults
from executions.models import Execution, IdempotencyKey
from tests.assets.pictures import png
from tests.executions.boards import llm, preview, text
from tests.executions.doors import Api
from tests.executions.runs import Hand, everything_stored, make_workflow, node_run, prompt, wallet
from tests.factories import make_member, team_of
from tests.workflows.graphs import node
from triggers.models import App
from workflows.models import Workflow

EXPOSED = {"nodeId": "ask", "key": "subject", "label": "Subject"}


def publish(api, workflow, **body):
    return api.post(f"/workflows/{workflow.pk}/publish", body)


@pytest.fixture
def slug(api, workflow) -> str:
    answer = publish(api, workflow, slug="words", name="Words app", exposedInputs=[EXPOSED])
    assert answer.status_code == 200
    return answer.json()["data"]["slug"]


@pytest.fixture
def guest(client, charlie) -> Api:
    """A caller of another team, who has credits of his own."""
    grant(team=team_of(charlie), amount=50, reason="test")
    return Api(client, charlie)


def execute(api, slug, inputs=None, **more):
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    body = more or ({} if inputs is None else {"inputs": inputs})
    return api.post(f"/apps/{slug}/execute", body, **headers)


def refused(api, slug, inputs=None, **more):
    before = everything_stored() | {"keys": IdempotencyKey.objects.count()}
    answer = execute(api, slug, inputs, **more)
    assert everything_stored() | {"keys": IdempotencyKey.objects.count()} == before
    return answer.status_code, answer.json()


# Publishing


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
        ({"exposedInputs": [{"nodeId": "ask", "key": "a", "default": {"a": 1}}]}, 422),
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


# Running


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


def test_an_app_without_inputs_takes_none(api, guest, workflow):
    publish(api, workflow, slug="w", exposedInputs=[])
    assert guest.get("/apps/w").json()["data"]["inputs"] == []
    assert refused(guest, "w", {"ask": "x"})[1]["code"] == "unknown_input"
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
    pages = [browser.get(path) for path in ("/executions", f"/executions/{execution.pk}", "/usage")]
    for page in (str(item), *(page.content.decode() for page in pages)):
        assert str(execution.pk) in page
        for hidden in ("Hidden name", "house style", str(workflow.pk), "make", "Run again", "node-runs"):
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
    assert 'hx-trigger="every 3s"' not in browser.get(f"/executions/{execution_id}").content.decode()


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
