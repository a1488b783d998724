"""Templates that a team keeps of its own workflows: who sees, uses and removes them, and what the gallery shows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from executions.previews import SIZE, is_fresh, path_of
from tests.factories import actor_for
from tests.workflows.graphs import PICTURE_GRAPH
from workflows import actions, template_actions
from workflows.models import TeamTemplate, Workflow
from workflows.templates import DRAWN, all_templates


@pytest.fixture
def workflow(alice):
    return actions.create_workflow(actor=actor_for(alice), name="Lighthouse", **PICTURE_GRAPH).workflow


@pytest.fixture
def template(alice, workflow):
    return template_actions.save_as_template(
        actor=actor_for(alice),
        workflow=workflow,
        name="House style",
        description="For posters",
        category="posters",
    )


def test_a_workflow_is_saved_as_a_template_of_the_team(signed_in, bob, workflow):
    browser = signed_in(bob)
    asked = browser.get(f"/workflows/{workflow.pk}/template").content.decode()
    assert 'value="Lighthouse"' in asked and '<option value="shop">' in asked
    sent = {"name": " House \n style ", "description": "For posters", "category": "Posters"}
    assert browser.post(f"/workflows/{workflow.pk}/template", sent)["Location"] == "/templates"
    kept = TeamTemplate.objects.get()
    assert (kept.name, kept.description, kept.category) == ("House style", "For posters", "posters")
    assert (kept.team, kept.created_by) == (workflow.team, bob)
    assert [kept.nodes, kept.edges] == list(workflow.graph_json())


def test_without_a_name_nothing_is_saved(signed_in, alice, workflow):
    answer = signed_in(alice).post(
        f"/workflows/{workflow.pk}/template", {"name": "\u200b ", "category": "x" * 41}
    )
    assert answer.status_code == 422
    assert "Give the template a name." in answer.content.decode()
    assert not TeamTemplate.objects.exists()


def test_a_template_is_a_copy(alice, workflow, template):
    actions.replace_workflow(workflow=workflow, nodes=[], edges=[])
    actions.delete_workflow(workflow=workflow)
    template.refresh_from_db()
    made = template_actions.create_from_team_template(actor=actor_for(alice), template=template)
    assert (made.name, made.description) == ("House style", "For posters")
    assert [template.nodes, template.edges] == list(made.graph_json())
    assert template.nodes


def test_unfinished_workflows_make_templates_too(signed_in, alice):
    half = [{"id": "a", "type": "basedNode", "position": {"x": 0, "y": 0}, "data": {"nodeType": "no:such"}}]
    workflow = actions.create_workflow(actor=actor_for(alice), name="Half", nodes=half, strict=False).workflow
    browser = signed_in(alice)
    browser.post(f"/workflows/{workflow.pk}/template", {"name": "Half"})
    answer = browser.post(f"/templates/team/{TeamTemplate.objects.get().pk}/use")
    made = Workflow.objects.exclude(pk=workflow.pk).get()
    assert answer["Location"] == f"/flow/{made.pk}"
    assert made.nodes.get().data["nodeType"] == "no:such"


def test_the_teams_own_stand_before_the_others(signed_in, alice, template):
    page = signed_in(alice).get("/templates")
    html = page.content.decode()
    assert html.index("House style") < html.index("Contact sheet")
    assert page.context["categories"][-1] == "posters"
    narrowed = signed_in(alice).get("/templates", {"category": "posters"})
    assert (narrowed.context["own"], narrowed.context["templates"]) == ([template], [])


def test_no_other_team_sees_a_template(signed_in, charlie, template):
    stranger = signed_in(charlie)
    for query in ({}, {"q": "house"}, {"category": "posters"}, {"removed": template.pk}):
        page = stranger.get("/templates", query)
        assert page.context["own"] == [] and "posters" not in page.context["categories"]
        assert "House style" not in page.content.decode()
    for verb in ("use", "remove", "restore"):
        assert stranger.post(f"/templates/team/{template.pk}/{verb}").status_code == 404
    assert Workflow.objects.count() == 1
    assert TeamTemplate.objects.get().deleted_at is None


def test_a_stranger_saves_no_template_of_a_shared_workflow(signed_in, charlie, workflow):
    actions.share_workflow(workflow=workflow, permission="EDIT")
    sent = {"name": "Mine"}
    assert signed_in(charlie).post(f"/workflows/{workflow.pk}/template", sent).status_code == 404
    assert not TeamTemplate.objects.exists()


def test_runners_and_viewers_look_only(signed_in, rita, vera, workflow, template):
    for person in (rita, vera):
        browser = signed_in(person)
        html = browser.get("/templates").content.decode()
        assert "House style" in html and "/templates/team/" not in html
        for verb in ("use", "remove", "restore"):
            assert browser.post(f"/templates/team/{template.pk}/{verb}").status_code == 403
        assert browser.get(f"/workflows/{workflow.pk}/template").status_code == 403
    assert (Workflow.objects.count(), TeamTemplate.objects.get().deleted_at) == (1, None)


def test_a_removed_template_can_be_brought_back(signed_in, bob, template):
    browser = signed_in(bob)
    gone = browser.post(f"/templates/team/{template.pk}/remove")["Location"]
    assert gone == f"/templates?removed={template.pk}"
    page = browser.get(gone)
    assert (page.context["own"], page.context["removed"]) == ([], template)
    assert browser.post(f"/templates/team/{template.pk}/use").status_code == 404
    browser.post(f"/templates/team/{template.pk}/restore")
    assert browser.get("/templates").context["own"] == [template]
    for nonsense in ("x", "9" * 40, "²"):
        assert browser.get("/templates", {"removed": nonsense}).context["removed"] is None


def test_a_team_keeps_a_limited_number(signed_in, alice, workflow, template, monkeypatch):
    monkeypatch.setattr(template_actions, "MOST_OF_A_TEAM", 1)
    answer = signed_in(alice).post(f"/workflows/{workflow.pk}/template", {"name": "One more"})
    assert answer.status_code == 409
    assert TeamTemplate.objects.get() == template


def test_a_removed_template_comes_back_only_where_there_is_a_place(
    signed_in, alice, workflow, template, monkeypatch
):
    monkeypatch.setattr(template_actions, "MOST_OF_A_TEAM", 1)
    browser = signed_in(alice)
    browser.post(f"/templates/team/{template.pk}/remove")
    browser.post(f"/workflows/{workflow.pk}/template", {"name": "In its place"})
    answer = browser.post(f"/templates/team/{template.pk}/restore")
    assert answer.status_code == 409
    template.refresh_from_db()
    assert template.deleted_at is not None
    assert [one.name for one in browser.get("/templates").context["own"]] == ["In its place"]


def test_the_gallery_draws_and_searches_without_reading_graphs(signed_in, alice):
    many = [
        {"id": f"n{place}", "type": "basedNode", "position": {"x": place, "y": 0}, "data": {"nodeType": "input:text"}}
        for place in range(DRAWN + 5)
    ] + [{"id": "g", "type": "custom_group", "position": {"x": 0, "y": 0}, "data": {"label": "Frame"}}]  # fmt: skip
    workflow = actions.create_workflow(actor=actor_for(alice), name="Wide", nodes=many, strict=False).workflow
    kept = template_actions.save_as_template(actor=actor_for(alice), workflow=workflow, name="100% Wide")
    assert (kept.node_count, len(kept.outline[0]), kept.outline[1]) == (DRAWN + 6, DRAWN, [])
    browser = signed_in(alice)
    for query, found in (
        ({}, 1),
        ({"q": "100% TEXT frame"}, 1),
        ({"q": "1_0"}, 0),
        ({"category": "shop"}, 0),
    ):
        with CaptureQueriesContext(connection) as asked:
            page = browser.get("/templates", query)
        assert len(page.context["own"]) == found
        graphs = [one["sql"] for one in asked if '"nodes"' in one["sql"] or '"edges"' in one["sql"]]
        assert graphs == []
        assert (f"{DRAWN + 6} nodes" in page.content.decode()) == bool(found)


def test_a_search_reads_names_and_nodes(signed_in, alice, template):
    browser = signed_in(alice)

    def found(words: str) -> tuple[list[str], list[str]]:
        context = browser.get("/templates", {"q": words}).context
        return [one.name for one in context["own"]], [one["slug"] for one in context["templates"]]

    assert found("HOUSE posters") == (["House style"], [])
    assert found("slideshow unicorn") == ([], [])
    assert found("captions voice") == ([], ["short-video-ad"])
    part = browser.get("/templates", {"q": "unicorn", "category": "shop"}, headers={"HX-Request": "true"})
    assert part.templates[0].name == "workflows/_gallery.html"
    assert "No template has “unicorn” in this category" in part.content.decode()


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_every_ready_made_template_has_a_picture_of_what_it_makes(template):
    """One that fails here has changed: ``bin/manage template_previews`` runs it and makes the picture anew."""
    assert is_fresh(template)
    with Image.open(path_of(template)) as picture:
        assert (picture.size, picture.format) == (SIZE, "WEBP")


def test_the_pictures_of_templates_are_small():
    assert sum(path_of(template).stat().st_size for template in all_templates()) < 600_000
