"""The settings of a workflow, and the page of an app, as a browser without scripts sees them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from assets.models import Asset
from credits.actions import grant
from executions.models import Execution
from tests.assets.pictures import png
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, everything_stored, make_workflow, node_run, prompt, wallet
from tests.factories import actor_for, make_member, team_of
from tests.triggers.callers import call, opened
from tests.workflows.graphs import node
from triggers import publishing
from triggers.app_views import text_on
from triggers.models import App, Webhook
from workflows.actions import keep_version, patch_node, save_draft
from workflows.ids import written
from workflows.models import Version, Workflow
from workflows.webhook_ids import shown_webhook_id


def settings_of(workflow, tab="webhook") -> str:
    return f"/workflows/{workflow.pk}/settings?tab={tab}"


def press(browser, workflow, tab, **fields):
    return browser.post(f"/workflows/{workflow.pk}/settings/{tab}", fields, follow=True)


def shown(browser, address) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# The webhook's page


def test_the_webhook_is_switched_on_changed_and_off_by_buttons(client, signed_in, alice, workflow):
    browser = signed_in(alice)
    assert "Switch the webhook on" in shown(browser, settings_of(workflow))
    page = press(browser, workflow, "webhook", do="on").content.decode()
    workflow.refresh_from_db()
    webhook_id = shown_webhook_id(workflow)
    assert (
        page.count(f"/api/v1/workflow/{webhook_id}/trigger") >= 4
    )  # itself and the samples, to be read and copied
    assert "Nobody has called it yet" in page
    page = press(browser, workflow, "webhook", do="limits", credits_per_day="3", calls_per_minute="4")
    webhook = Webhook.objects.get()
    assert (webhook.credits_per_day, webhook.calls_per_minute, webhook.takes_workflow_id) == (3, 4, False)
    press(browser, workflow, "webhook", do="rotate")
    assert call(client, webhook_id).status_code == 404
    press(browser, workflow, "webhook", do="off")
    workflow.refresh_from_db()
    assert workflow.webhook_digest is None


def test_calls_are_listed_with_what_became_of_them(client, signed_in, alice, workflow):
    webhook_id = opened(workflow)
    call(client, webhook_id)
    Workflow.objects.update(is_active=False)
    call(client, webhook_id)
    page = shown(signed_in(alice), settings_of(workflow))
    assert f"/executions/{Execution.objects.get().pk}" in page
    assert "Workflow is not active" in page
    assert "1 of 1\u202f000 credits used" in page


@pytest.mark.parametrize(
    "limits",
    [
        {"credits_per_day": "-1", "calls_per_minute": "5"},
        {"credits_per_day": "x", "calls_per_minute": "5"},
        {"credits_per_day": "1", "calls_per_minute": "0"},
        {},
    ],
)
def test_limits_that_make_no_sense_are_explained(signed_in, alice, workflow, limits):
    opened(workflow)
    answer = press(signed_in(alice), workflow, "webhook", do="limits", **limits)
    assert (answer.status_code, "errorlist" in answer.content.decode()) == (400, True)
    webhook = Webhook.objects.get()
    assert (webhook.credits_per_day, webhook.calls_per_minute) == (1_000, 60)


def test_samples_hold_what_people_wrote_as_text(signed_in, alice):
    workflow = make_workflow(alice, [text("</pre><script>", 'it\'s "<b>" & more'), llm("make", prompt="x")])
    opened(workflow)
    page = shown(signed_in(alice), settings_of(workflow))
    assert "<script>alert" not in page
    assert "</pre><script>" not in page
    assert "it&#x27;\\&#x27;&#x27;s" in page  # quoted for the shell, and that for HTML


@pytest.mark.parametrize("tab", ["webhook", "app"])
def test_only_editors_of_the_team_come_to_the_settings(client, signed_in, rita, vera, charlie, workflow, tab):
    for person, status in ((rita, 403), (vera, 403), (charlie, 404)):
        browser = signed_in(person)
        assert browser.get(settings_of(workflow, tab)).status_code == status
        assert press(browser, workflow, tab, do="on", name="x").status_code in (403, 404)
    assert client.get(settings_of(workflow, tab)).status_code == 302
    assert client.post(f"/workflows/{workflow.pk}/settings/{tab}", {"do": "on"}).status_code == 302
    assert not Webhook.objects.exists()
    assert not App.objects.exists()


def test_a_button_that_is_not_there_is_refused(signed_in, alice, workflow):
    assert press(signed_in(alice), workflow, "webhook", do="explode").status_code == 400
    assert signed_in(alice).get(f"/workflows/{workflow.pk}/settings/webhook").status_code == 405


# Publishing on its page


def publish_by_page(browser, workflow, **fields):
    given = {
        "do": "publish",
        "name": "Words",
        "is_shown:ask": "on",
        "label:ask": "Subject",
        "key:ask": "subject",
    }
    return press(browser, workflow, "app", **given | fields)


def test_the_settings_publish_what_is_chosen(signed_in, alice, workflow):
    browser = signed_in(alice)
    assert 'value="text_input"' in shown(browser, settings_of(workflow, "app"))
    answer = publish_by_page(
        browser,
        workflow,
        slug="words",
        description="Says something.",
        has_color="on",
        color="#D97706",
        logo_file=SimpleUploadedFile("logo.png", png(8, 8), "image/png"),
        **{"default:ask": "a mill", "required:ask": "on"},
    )
    app = App.objects.get()
    assert "Published. The app is at /app/words." in answer.content.decode()
    assert (app.slug, app.name, app.description, app.color) == (
        "words",
        "Words",
        "Says something.",
        "#d97706",
    )
    assert app.logo == Asset.objects.get().url
    assert app.inputs == [
        {"nodeId": "ask", "key": "subject", "label": "Subject", "required": True, "default": "a mill"}
    ]
    publish_by_page(browser, workflow, slug="words", no_logo="on")
    app.refresh_from_db()
    assert (app.logo, app.color, app.inputs[0].get("default")) == ("", "", None)
    answer = press(browser, workflow, "app", do="unpublish")
    assert "The app is off." in answer.content.decode()
    assert browser.get("/app/words").status_code == 404


def test_before_publishing_anew_the_page_says_what_changes_and_lets_one_choose(signed_in, alice, workflow):
    page = signed_in(alice)
    path, actor = f"/workflows/{workflow.pk}/settings", actor_for(alice)
    page.post(f"{path}/app", {"do": "publish", "name": "Words"})
    first = App.objects.get().version
    assert (first.number, first.kept_by) == (1, alice)
    assert "Nothing: this is the graph" in page.get(f"{path}?tab=app").content.decode()

    nodes, edges = workflow.graph_json()
    workflow.refresh_from_db()
    kept = save_draft(
        workflow=workflow,
        base_updated_at=written(workflow.updated_at),
        nodes=[
            {**one, "data": {**one["data"], "label": "Renamed"}} if n == 0 else one
            for n, one in enumerate(nodes)
        ],
        edges=edges,
    ).workflow
    second = keep_version(workflow=kept, actor=actor, name="New words")
    patch_node(workflow=kept, node_id=nodes[0]["id"], label="Later")
    html = page.get(f"{path}?tab=app").content.decode()
    assert "<dd>Later" in html and "v2 (Alice)" in html
    html = page.get(f"{path}?tab=app&version=2").content.decode()
    assert "<dd>Renamed" in html and "<dd>Later" not in html and "v2 · New words" in html
    assert 'name="change"' not in html

    page.post(f"{path}/app", {"do": "publish", "name": "Words", "version": "2"})
    assert App.objects.get().version == second
    for missing in ("9", "x"):
        assert (
            page.post(f"{path}/app", {"do": "publish", "name": "Words", "version": missing}).status_code
            == 404
        )
    assert App.objects.get().version == second


def test_a_version_that_nobody_can_name_is_not_offered_for_publishing(signed_in, alice, workflow):
    page, path = signed_in(alice), f"/workflows/{workflow.pk}/settings"
    page.post(f"{path}/app", {"do": "publish", "name": "Words"})
    patch_node(workflow=workflow, node_id=workflow.graph_json()[0][0]["id"], label="Later")
    workflow.refresh_from_db()
    nameless = keep_version(workflow=workflow, actor=actor_for(alice), name="From an archive")
    assert "v2 (Alice)" in page.get(f"{path}?tab=app").content.decode()
    Version.objects.filter(pk=nameless.pk).update(number=None)
    html = page.get(f"{path}?tab=app").content.decode()
    assert "vNone" not in html and "From an archive" not in html and ">v1<" in html


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"key:ask": "Not A Key"},
        {"slug": "no spaces"},
        {"has_color": "on", "color": "red"},
        {"logo_file": SimpleUploadedFile("logo.png", b"no picture", "image/png")},
    ],
)
def test_what_cannot_be_published_is_explained_beside_what_was_typed(signed_in, alice, workflow, fields):
    answer = publish_by_page(signed_in(alice), workflow, description="Kept words", **fields)
    page = answer.content.decode()
    assert (answer.status_code, "Kept words" in page) == (400, True)
    assert "notice error" in page or "errorlist" in page
    assert not App.objects.exists()


def test_a_taken_address_is_explained(signed_in, alice, charlie, workflow):
    publishing.publish(actor=actor_for(charlie), workflow=make_workflow(charlie, *prompt("z")), slug="words")
    answer = publish_by_page(signed_in(alice), workflow, slug="words")
    assert answer.status_code == 400
    assert "Another app is called “words”." in answer.content.decode()


# The app's page


@pytest.fixture
def app(alice, workflow) -> App:
    exposed = [{"nodeId": "ask", "key": "subject", "label": "Subject", "required": False}]
    return publishing.publish(
        actor=actor_for(alice), workflow=workflow, slug="words", exposed_inputs=exposed, color="#d97706"
    )


@pytest.fixture
def guest(signed_in, charlie):
    """The browser of somebody of another team, who has credits."""
    grant(team=team_of(charlie), amount=50, reason="test")
    return signed_in(charlie)


def test_a_guest_runs_it_and_sees_the_result_on_the_page(guest, charlie, alice, app):
    page = shown(guest, "/app/words")
    assert ("a lighthouse" in page, "1 credit of" in page, "Change this app" in page) == (True, True, False)
    answer = guest.post("/app/words", {"in-subject": "a mill"})
    execution = Execution.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/app/words")
    assert (execution.trigger, execution.team, wallet(charlie)) == ("guest", team_of(charlie), (49, 1, 0))
    assert node_run(execution, "ask").output["prompt"] == "a mill"
    part = f"/app/words/runs/{execution.pk}"
    assert 'hx-trigger="every 2s"' in shown(guest, part)
    Hand().finish(execution)
    done = shown(guest, part)
    assert ("hx-trigger" in done, node_run(execution).output["text"][:20] in done) == (False, True)
    page = shown(guest, "/app/words")
    assert f"{part}" not in page  # it is over, and nothing asks for it any more
    assert ">\na mill</textarea>" in page  # the form begins with what was sent last


def test_runs_are_shown_to_who_started_them_alone(guest, signed_in, alice, charlie, app):
    guest.post("/app/words", {"in-subject": "mine"})
    execution = Execution.objects.get()
    mate = signed_in(make_member("mona", team_of(charlie), role="editor"))
    for other in (mate, signed_in(alice)):
        assert other.get(f"/app/words/runs/{execution.pk}").status_code == 404
        assert str(execution.pk) not in shown(other, "/app/words")


def test_refusals_stand_in_the_form_with_what_was_typed(signed_in, charlie, app):
    before = everything_stored()
    answer = signed_in(charlie).post("/app/words", {"in-subject": "typed words"})
    page = answer.content.decode()
    assert (answer.status_code, "Insufficient credits" in page, "typed words" in page) == (400, True, True)
    assert everything_stored() == before


def test_an_empty_field_is_the_authors_value_and_a_file_is_kept_for_the_caller(guest, alice, charlie):
    nodes = [
        node("photo", "input:image"),
        node("count", "input:number", number=2),
        node("big", "input:toggle", value=True),
        node("data", "input:json", json={"a": 1}),
        node("small", "utility:image_resize", width=32, height=24),
        preview(),
    ]
    workflow = make_workflow(alice, nodes, "photo.image small.image", "small.image out.value")
    publishing.publish(actor=actor_for(alice), workflow=workflow, slug="pic")
    file = SimpleUploadedFile("p.png", png(64, 48), "image/png")
    assert 'enctype="multipart/form-data"' in shown(guest, "/app/pic")
    key = {one["nodeId"]: f"in-{one['key']}" for one in App.objects.get().inputs}
    answer = guest.post("/app/pic", {key["photo"]: file, key["count"]: "", key["data"]: '{"b": [2]}'})
    assert answer.status_code == 303
    execution = Execution.objects.get()
    assert Hand().finish(execution).status == "COMPLETED"
    assert Asset.objects.get(origin="upload").team == team_of(charlie)
    assert execution.inputs["big"] is False
    assert (execution.inputs["data"], "count" in execution.inputs) == ({"b": [2]}, False)
    assert "<img" in shown(guest, "/app/pic")


@pytest.mark.parametrize("json", ["{", "NaN", '"\\u0000"', '"\\ud800"', "[" * 5_000])
def test_json_that_cannot_be_stored_is_refused(guest, alice, json):
    workflow = make_workflow(alice, [node("data", "input:json", json={}), preview()], "data.json out.value")
    publishing.publish(actor=actor_for(alice), workflow=workflow, slug="j")
    [one] = App.objects.get().inputs
    answer = guest.post("/app/j", {f"in-{one['key']}": json})
    assert (answer.status_code, Execution.objects.count()) == (400, 0)


def test_a_viewer_looks_and_does_not_run(signed_in, vera, alice, app):
    browser = signed_in(vera)
    assert "Your role lets you look only." in shown(browser, "/app/words")
    assert browser.post("/app/words", {"in-subject": "x"}).status_code == 403
    assert not Execution.objects.exists()


def test_strangers_sign_in_first(client, app):
    for path in ("/app/words", "/app/words/style.css"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in?next={path}")
    assert client.post("/app/words", {"in-subject": "x"}).status_code == 302
    assert not Execution.objects.exists()


def test_strangers_to_an_app_read_whom_to_ask(client, app):
    page = client.get("/app/words", follow=True).content.decode()
    assert "Ask the person who sent you the link for one." in page
    assert "sign_in_link" not in page
    assert "sign_in_link" in client.get("/sign-in").content.decode()


def test_only_who_may_change_an_app_is_shown_the_way(signed_in, alice, rita, app):
    assert "Change this app" in shown(signed_in(alice), "/app/words")
    assert "Change this app" not in shown(signed_in(rita), "/app/words")


@pytest.fixture
def pictured(alice) -> str:
    """The name of the one field of an app that needs a picture."""
    nodes = [
        node("photo", "input:image"),
        node("small", "utility:image_resize", width=32, height=24),
        preview(),
    ]
    workflow = make_workflow(alice, nodes, "photo.image small.image", "small.image out.value")
    publishing.publish(
        actor=actor_for(alice),
        workflow=workflow,
        slug="pic",
        exposed_inputs=[{"nodeId": "photo", "key": "photo", "label": "Photo", "required": True}],
    )
    return "in-photo"


def test_the_file_of_the_last_run_stays_until_another_takes_its_place(guest, pictured):
    def send(**given):
        answer = guest.post("/app/pic", {f"in-{key}": value for key, value in given.items()})
        newest = Execution.objects.order_by("-created_at").first()
        return answer.status_code, newest.inputs["photo"]["assetId"] if newest else None

    assert send() == (400, None)
    send(photo=SimpleUploadedFile("p.png", png(64, 48), "image/png"))
    first = Asset.objects.get()
    page = shown(guest, "/app/pic")
    assert "p.png stays" in page
    assert f'name="in-photo-kept" value="{first.pk}" checked' in page
    assert send(**{"photo-kept": first.pk}) == (303, first.pk)
    assert Execution.objects.count() == 2
    assert send()[0] == 400  # it was unticked, and the app needs one
    new = SimpleUploadedFile("q.png", png(32, 32), "image/png")
    status, used = send(**{"photo-kept": first.pk, "photo": new})
    assert (status, used) == (303, Asset.objects.exclude(pk=first.pk).get().pk)
    assert "q.png stays" in shown(guest, "/app/pic")


def test_a_file_that_is_not_the_teams_or_gone_is_not_taken(guest, signed_in, alice, pictured):
    signed_in(alice).post("/app/pic", {pictured: SimpleUploadedFile("p.png", png(64, 48), "image/png")})
    hers = Asset.objects.get()
    before = everything_stored()
    for wanted in (hers.pk, "as_nothing", "\0"):
        answer = guest.post("/app/pic", {f"{pictured}-kept": wanted})
        assert answer.status_code == 400
        assert "not there any more" in answer.content.decode()
    assert everything_stored() == before
    Asset.objects.update(deleted_at=timezone.now())
    assert "p.png stays" not in shown(signed_in(alice), "/app/pic")


def test_a_form_of_another_site_starts_nothing(signed_in, alice, app):
    browser = signed_in(alice, enforce_csrf_checks=True)
    assert browser.post("/app/words", {"in-subject": "x"}).status_code == 403
    assert not Execution.objects.exists()


def test_the_colour_is_a_style_sheet_with_readable_words_on_it(guest, app):
    answer = guest.get("/app/words/style.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--accent-fill: #d97706" in answer.content.decode()
    App.objects.update(color="")
    assert guest.get("/app/words/style.css").content == b""


@pytest.mark.parametrize(
    ("color", "text"),
    [("#000000", "#ffffff"), ("#ffffff", "#000000"), ("#4a57dd", "#ffffff"), ("#d97706", "#000000")],
)
def test_text_is_readable_on_every_colour(color, text):
    assert text_on(color) == text
