"""The pages around workflows, and the canvas' own save."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import actor_for, bearer
from tests.workflows.conftest import make_workflow
from tests.workflows.graphs import node
from workflows import actions, rows
from workflows.ids import written
from workflows.models import Workflow
from workflows.templates import all_templates


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def draft(client, workflow, **changes):
    nodes, edges = workflow.graph_json()
    body = {"baseUpdatedAt": written(workflow.updated_at), "nodes": nodes, "edges": edges, **changes}
    return client.patch(f"/workflows/{workflow.pk}/draft", json.dumps(body), content_type="application/json")


def test_a_draft_is_saved_and_its_problems_are_listed(browser, workflow):
    answer = draft(browser, workflow, id=workflow.pk, name="Renamed", nodes=[node("x", "no:such")], edges=[])
    body = answer.json()
    workflow.refresh_from_db()
    assert answer.status_code == 200
    assert list(body) == ["updatedAt", "violations", "warnings", "migrations", "price"]
    assert (body["updatedAt"], body["price"], workflow.name) == (
        written(workflow.updated_at),
        None,
        "Renamed",
    )
    assert [problem["rule"] for problem in body["violations"]] == ["unknown-node-type"]


def test_a_stale_draft_gets_the_current_graph(browser, workflow):
    stale = draft(browser, workflow, baseUpdatedAt="2020-01-01T00:00:00.000Z")
    body = stale.json()
    assert (stale.status_code, body["code"], body["yourBaseUpdatedAt"]) == (
        409, "stale_write", "2020-01-01T00:00:00.000Z",
    )  # fmt: skip
    assert list(body["current"]) == ["name", "nodes", "edges", "updatedAt"]
    assert (body["current"]["nodes"], body["current"]["edges"]) == workflow.graph_json()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"id": "cm00000000000000000000000"}, 400, "id_mismatch"),
        ({"nodes": [], "edges": []}, 400, "empty_graph"),
        ({"nodes": "x"}, 400, "invalid_request"),
        ({"name": ""}, 400, "invalid_request"),
        ({"baseUpdatedAt": None}, 400, "invalid_request"),
        ({"nodes": [node("a", "input:text")] * 2}, 422, "invalid_graph"),
    ],
)
def test_a_draft_that_cannot_be_meant_is_refused(browser, workflow, change, status, code):
    before = workflow.graph_json()
    answer = draft(browser, workflow, **change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Workflow.objects.get().updated_at == workflow.updated_at
    assert Workflow.objects.get().graph_json() == before


def test_a_draft_needs_a_session_its_token_and_the_right(client, signed_in, workflow, alice, vera, charlie):
    assert draft(client, workflow).status_code == 401
    by_key = client.patch(
        f"/workflows/{workflow.pk}/draft", "{}", content_type="application/json", headers=bearer(alice)
    )
    assert by_key.status_code == 401
    assert draft(signed_in(alice, enforce_csrf_checks=True), workflow).status_code == 403
    assert draft(signed_in(vera), workflow).status_code == 403
    assert draft(signed_in(charlie), workflow).status_code == 404
    assert Workflow.objects.get().updated_at == workflow.updated_at


def test_home_lists_the_teams_workflows_newest_first(browser, alice, charlie):
    make_workflow(charlie, "Not hers")
    old, new = make_workflow(alice, "Old harbour"), make_workflow(alice, "New harbour")
    assert browser.get("/").context["workflows"] == [new, old]
    found = browser.get("/", {"q": "old"})
    assert (found.context["workflows"], found.context["q"]) == ([old], "old")
    assert found.templates[0].name == "workflows/home.html"
    part = browser.get("/", {"q": "old"}, headers={"HX-Request": "true"})
    assert part.templates[0].name == "workflows/_cards.html"


def test_home_goes_on_where_a_page_ends(browser, alice):
    made = [make_workflow(alice, str(number)) for number in range(26)]
    first = browser.get("/").context
    second = browser.get("/", {"cursor": first["next_cursor"]}).context
    assert first["workflows"] + second["workflows"] == made[::-1]
    assert second["next_cursor"] == ""
    for cursor in ("nonsense", "0001-01-01T00:00:00+14:00_x", "2020-13-01_x"):
        assert browser.get("/", {"cursor": cursor}).context["workflows"] == first["workflows"]


def test_back_never_finds_a_part_in_the_place_of_the_page(browser, workflow):
    part = browser.get("/", headers={"HX-Request": "true"})
    assert "no-store" in part["Cache-Control"]
    asked_by_back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert browser.get("/", headers=asked_by_back).templates[0].name == "workflows/home.html"


def test_cards_without_a_picture_show_their_graph(browser, alice, django_assert_num_queries):
    plain, run = make_workflow(alice, "Plain"), make_workflow(alice, "Run")
    actions.set_cover(
        workflow_id=run.pk, cover={"assetId": "a", "url": "/media/a", "thumbnailUrl": "/media/t"}
    )
    page = browser.get("/")
    assert page.content.decode().count('aria-label="Diagram of 3 nodes and 2 wires"') == 1
    assert [one.outline is not None for one in page.context["workflows"]] == [False, True]
    with CaptureQueriesContext(connection) as few:
        browser.get("/")
    for number in range(10):
        make_workflow(alice, str(number))
    with django_assert_num_queries(len(few)):
        browser.get("/")
    assert plain.outline is None


def test_outlines_are_small_and_leave_out_what_is_only_drawn(alice):
    nodes = [{"id": "box", "type": "custom_group", "data": {}}]
    nodes += [node(f"n{number}", "input:text", prompt="x" * 100) for number in range(80)]
    made = actions.create_workflow(actor=actor_for(alice), name="Big", nodes=nodes).workflow
    drawn, wires = rows.outlines([made])[made.pk]
    assert [raw["id"] for raw in drawn] == [f"n{number}" for number in range(59)]
    assert drawn[0] == {
        "id": "n0", "position": {"x": 0, "y": 0}, "data": {"nodeType": "input:text", "label": "Text Input"},
    }  # fmt: skip
    assert wires == []


def test_an_empty_home_shows_where_to_start(browser):
    assert len(browser.get("/").context["starters"]) == 3


def test_a_new_workflow_opens_on_the_canvas(browser):
    answer = browser.post("/workflows/new")
    made = Workflow.objects.get()
    assert (answer.status_code, answer["Location"], made.name) == (
        303,
        f"/flow/{made.pk}",
        "Untitled workflow",
    )
    assert made.graph_json() == ([], [])


def test_a_deleted_workflow_can_be_brought_back(browser, workflow):
    answer = browser.post(f"/workflows/{workflow.pk}/delete")
    assert answer["Location"] == f"/?deleted={workflow.pk}"
    page = browser.get(answer["Location"])
    assert (page.context["workflows"], page.context["deleted"]) == ([], workflow)
    browser.post(f"/workflows/{workflow.pk}/restore")
    assert browser.get("/").context["workflows"] == [workflow]
    part = browser.post(f"/workflows/{workflow.pk}/delete", headers={"HX-Request": "true"})
    assert part.templates[0].name == "workflows/_deleted.html"
    back = browser.post(f"/workflows/{workflow.pk}/restore", headers={"HX-Request": "true"})
    assert back.templates[0].name == "workflows/_card.html"


def test_a_workflow_is_renamed_and_duplicated(browser, workflow):
    browser.post(f"/workflows/{workflow.pk}/rename", {"name": " Harbour "})
    workflow.refresh_from_db()
    assert workflow.name == "Harbour"
    answer = browser.post(f"/workflows/{workflow.pk}/duplicate")
    copy = Workflow.objects.exclude(pk=workflow.pk).get()
    assert (answer["Location"], copy.name) == (f"/flow/{copy.pk}", "Harbour (copy)")


def test_the_address_the_api_gives_out_leads_to_the_canvas(browser, workflow):
    assert browser.get(f"/workflows/{workflow.pk}")["Location"] == f"/flow/{workflow.pk}"


def test_a_name_is_one_line_that_can_be_seen(browser, workflow):
    browser.post(f"/workflows/{workflow.pk}/rename", {"name": " Old\r\n\u202eharbour\x07 "})
    workflow.refresh_from_db()
    assert workflow.name == "Old harbour"
    for name in ("\u200b\u200b", " \t ", ""):
        browser.post(f"/workflows/{workflow.pk}/rename", {"name": name})
    workflow.refresh_from_db()
    assert workflow.name == "Old harbour"
    browser.post("/workflows/new", {"name": "\u2066\u2069"})
    assert Workflow.objects.exclude(pk=workflow.pk).get().name == "Untitled workflow"


def test_an_editor_is_offered_to_delete_what_they_made_and_nothing_else(signed_in, workflow, bob):
    browser = signed_in(bob)
    browser.post("/workflows/new", {"name": "Bob's"})
    made = Workflow.objects.get(name="Bob's")
    page = browser.get("/").content.decode()
    assert [f"/workflows/{one.pk}/delete" in page for one in (workflow, made)] == [False, True]
    assert browser.post(f"/workflows/{workflow.pk}/delete").status_code == 403
    assert Workflow.objects.get(pk=workflow.pk).deleted_at is None
    assert browser.post(f"/workflows/{made.pk}/delete").status_code == 303
    assert Workflow.objects.get(pk=made.pk).deleted_at is not None


@pytest.mark.parametrize("verb", ["rename", "duplicate", "delete", "restore"])
def test_pages_change_only_what_one_may_change(signed_in, workflow, vera, charlie, verb):
    if verb == "restore":
        actions.delete_workflow(workflow=workflow)
    assert signed_in(vera).post(f"/workflows/{workflow.pk}/{verb}", {"name": "x"}).status_code == 403
    assert signed_in(charlie).post(f"/workflows/{workflow.pk}/{verb}", {"name": "x"}).status_code == 404
    kept = Workflow.objects.get()
    assert (kept.name, kept.deleted_at is not None) == ("Lighthouse", verb == "restore")


def test_who_may_not_use_a_template_reads_why(signed_in, alice, vera):
    pages = {user: signed_in(user).get("/templates").content.decode() for user in (alice, vera)}
    assert ("Use this template" in pages[vera], "Your role lets you look at templates" in pages[vera]) == (
        False,
        True,
    )
    assert ("Use this template" in pages[alice], "Your role lets you look" in pages[alice]) == (True, False)


@pytest.mark.parametrize("path", ["/", "/templates", "/workflows/new", "/templates/contact-sheet/use"])
def test_strangers_are_asked_to_sign_in(client, path, db):
    changes = path.endswith(("new", "use"))
    answer = (client.post if changes else client.get)(path)
    assert answer["Location"] == f"/sign-in?next={'/' if changes else path}"  # back to a page, not to a POST
    assert Workflow.objects.count() == 0


def test_the_gallery_can_be_narrowed(browser):
    page = browser.get("/templates", {"category": "tools"})
    assert {template["category"] for template in page.context["templates"]} == {"tools"}
    assert browser.get("/templates").context["templates"] == all_templates()


def test_using_a_template_makes_a_workflow_of_ones_own(browser, alice):
    answer = browser.post("/templates/product-photos/use")
    made = Workflow.objects.get()
    assert answer["Location"] == f"/flow/{made.pk}"
    assert (made.name, made.created_by) == ("Product photos: scenes and formats", alice)
    assert (made.nodes.count(), made.edges.count()) == (21, 22)
    assert browser.post("/templates/no-such/use").status_code == 404


def test_viewers_are_offered_only_what_they_may_do(signed_in, vera, workflow):
    seen = signed_in(vera)
    for path in ("/", "/templates"):
        assert seen.get(path).content.count(b'method="post"') == 1  # signing out
    actions.delete_workflow(workflow=workflow)
    assert "Your role lets you look at it" in seen.get("/").content.decode()


def test_viewers_make_nothing(signed_in, vera):
    assert signed_in(vera).post("/workflows/new").status_code == 403
    assert signed_in(vera).post("/templates/contact-sheet/use").status_code == 403
    assert Workflow.objects.count() == 0


def test_workflows_with_retired_models_are_found(signed_in, alice, charlie):
    old, renamed, new = "generate:dall_e_3", "generate:veo_2", "generate:gpt_image"
    made = ((alice, "Old", old), (alice, "Renamed", renamed), (alice, "New", new), (charlie, "Other", old))
    for user, name, kind in made:
        actions.create_workflow(actor=actor_for(user), name=name, nodes=[node("a", kind)], edges=[])
    browser = signed_in(alice)
    shown = browser.get("/?retired=1")
    assert [one.name for one in shown.context["workflows"]] == ["Renamed", "Old"]
    assert "makers have retired" in shown.content.decode()
    Workflow.objects.filter(name__in=["Old", "Renamed"]).delete()
    assert "No workflow uses a model" in browser.get("/?retired=1").content.decode()
