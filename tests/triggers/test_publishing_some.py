"""Publishing some of the changes of a draft, by who made them."""

from __future__ import annotations

import re

import pytest

from accounts.models import User
from tests.factories import actor_for, make_member, team_of
from tests.workflows.graphs import node, wire
from triggers import publishing
from triggers.models import App
from workflows.actions import patch_node, replace_workflow, share_workflow
from workflows.models import PieceEdit, Version
from workflows.together import merge_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(alice, workflow) -> App:
    return publishing.publish(actor=actor_for(alice), workflow=workflow, slug="words")


@pytest.fixture
def bob(alice) -> User:
    return make_member("bert", team_of(alice), role="editor")


def path(workflow) -> str:
    return f"/workflows/{workflow.pk}/settings"


def ticks(page, workflow) -> dict[str, str]:
    """The tokens of what can be ticked, by what is said of it."""
    html = page.get(f"{path(workflow)}?tab=app").content.decode()
    found = re.findall(r'name="change" value="(\w+)".*?<span>(.*?)</label>', html, re.S)
    return {" ".join(re.sub("<.*?>", "", said).split()): token for token, said in found}


def press(page, workflow, *tokens, since=None, **more):
    version = App.objects.get().version_id if since is None else since
    given = {
        "do": "publish",
        "name": "Words",
        "slug": "words",
        "since": version,
        "change": list(tokens),
        **more,
    }
    return page.post(f"{path(workflow)}/app", given)


def set_text(workflow, node_id, by, **values) -> None:
    patch_node(workflow=workflow, node_id=node_id, values=[values], by=by)


def setting(version: Version, node_id: str, name: str):
    [value] = [one["data"]["params"].get(name) for one in version.nodes if one["id"] == node_id]
    return value


def two_changes(workflow, alice, bob) -> None:
    set_text(workflow, "ask", alice, text="done")
    set_text(workflow, "make", bob, prompt="unfinis")


def test_changes_stand_under_who_made_them_and_only_what_is_ticked_goes_live(
    signed_in, alice, bob, workflow, app
):
    two_changes(workflow, alice, bob)
    page = signed_in(alice)
    html = page.get(f"{path(workflow)}?tab=app").content.decode()
    legends = re.findall(r"<legend>.*?<span>(.*?)</span>", html, re.S)
    assert legends[:2] == sorted([str(alice), str(bob)])
    found = ticks(page, workflow)
    [mine] = [token for said, token in found.items() if said.endswith("Text")]
    draft, published = workflow.graph_json(), setting(app.version, "make", "prompt")
    assert press(page, workflow, mine).status_code == 303
    live = App.objects.get().version
    assert (setting(live, "ask", "text"), setting(live, "make", "prompt")) == ("done", published)
    assert (live.number, live.kept_by) == (2, alice)
    workflow.refresh_from_db()
    assert workflow.graph_json() == draft
    assert [said.endswith("Prompt") for said in ticks(page, workflow)] == [True]
    assert [one.by for one in PieceEdit.objects.all()] == [bob]
    press(page, workflow, *ticks(page, workflow).values())
    assert setting(App.objects.get().version, "make", "prompt") == "unfinis"
    assert not PieceEdit.objects.exists()


def test_what_was_changed_since_the_page_was_shown_does_not_go_live(signed_in, alice, bob, workflow, app):
    two_changes(workflow, alice, bob)
    page = signed_in(alice)
    tokens = list(ticks(page, workflow).values())
    set_text(workflow, "make", bob, prompt="unfinished and")
    answer = press(page, workflow, *tokens)
    assert (answer.status_code, "changed meanwhile" in answer.content.decode()) == (400, True)
    assert App.objects.get().version == app.version


def test_of_two_who_publish_the_second_looks_again(signed_in, alice, bob, workflow, app):
    two_changes(workflow, alice, bob)
    page, old = signed_in(alice), app.version_id
    first, second = ticks(page, workflow).values()
    press(page, workflow, first)
    live = App.objects.get().version
    answer = press(page, workflow, second, since=old)
    assert (answer.status_code, "meanwhile" in answer.content.decode()) == (400, True)
    assert App.objects.get().version == live


def test_some_changes_of_an_app_that_was_taken_off_are_not_published(signed_in, alice, bob, workflow, app):
    two_changes(workflow, alice, bob)
    page = signed_in(alice)
    first, _ = ticks(page, workflow).values()
    some = publishing.choose(app=app, draft=workflow.graph_json(), since=str(app.version_id), tokens=[first])
    publishing.unpublish(workflow=workflow)
    answer = press(page, workflow, first)
    assert (answer.status_code, "took this app off" in answer.content.decode()) == (400, True)
    with pytest.raises(publishing.TakenOffMeanwhile):
        publishing.publish(actor=actor_for(alice), workflow=workflow, some=some)
    now = App.objects.get()
    assert (now.is_on, now.version, Version.objects.exclude(number=None).count()) == (False, app.version, 1)


def redrawn(workflow, by, nodes, edges) -> None:
    replace_workflow(workflow=workflow, name=workflow.name, nodes=nodes, edges=edges, strict=False, by=by)


def test_a_wire_is_refused_without_its_node(signed_in, alice, workflow, app):
    nodes, edges = workflow.graph_json()
    more = {**node("more", "input:text", text="z"), "type": "custom", "position": {"x": 0, "y": 0}}
    others = [one for one in edges if one["target"] != "make"]
    redrawn(workflow, alice, [*nodes, more], [*others, {**wire("more.prompt", "make.prompt"), "id": "w9"}])
    page = signed_in(alice)
    found = ticks(page, workflow)
    [wired] = [token for said, token in found.items() if said.endswith("is wired anew")]
    answer = press(page, workflow, wired)
    assert (answer.status_code, "Tick both or neither" in answer.content.decode()) == (400, True)
    assert App.objects.get().version == app.version
    assert press(page, workflow, *found.values()).status_code == 303
    assert {one["id"] for one in App.objects.get().version.nodes} == {one["id"] for one in [*nodes, more]}


def test_what_cannot_run_does_not_go_live(signed_in, alice, workflow, app):
    nodes, edges = workflow.graph_json()
    small = {**node("small", "no:such"), "type": "custom", "position": {"x": 0, "y": 0}}
    redrawn(workflow, alice, [*nodes, small], edges)
    page = signed_in(alice)
    answer = press(page, workflow, *ticks(page, workflow).values())
    assert (answer.status_code, "notice error" in answer.content.decode()) == (400, True)
    assert App.objects.get().version == app.version


def test_all_that_is_wrong_is_told_by_the_names_of_nodes(signed_in, alice, workflow, app):
    nodes, edges = workflow.graph_json()
    for name in ("first", "second"):
        bare = node(name, "text:llm")
        bare["data"]["label"] = name.title()
        nodes = [*nodes, {**bare, "type": "custom", "position": {"x": 0, "y": 0}}]
    redrawn(workflow, alice, nodes, edges)
    page = signed_in(alice)
    html = press(page, workflow, *ticks(page, workflow).values()).content.decode()
    told = re.findall(r"<li><b[^>]*>(.*?)</b>", re.search(r'<ul class="wrong">.*?</ul>', html, re.S)[0])
    assert told == ["First", "Second"]
    assert "It cannot be published like this." in html
    assert App.objects.get().version == app.version


def test_people_of_the_same_name_have_a_tick_each(signed_in, alice, bob, workflow, app):
    User.objects.update(name="Alex")
    two_changes(workflow, alice, bob)
    html = signed_in(alice).get(f"{path(workflow)}?tab=app").content.decode()
    legends = re.findall(r"<legend>.*?<span>(.*?)</span>", html, re.S)[:2]
    assert legends == sorted(f"Alex ({user.email})" for user in (alice, bob))


def test_what_was_changed_is_hinted_at_by_the_list_alone(signed_in, alice, bob, workflow, app):
    hint = "publish it anew to take that over"
    page = signed_in(alice)
    nodes, edges = workflow.graph_json()
    redrawn(workflow, alice, [{**raw, "position": {"x": 70, "y": 7}} for raw in nodes], edges)
    assert hint not in page.get(f"{path(workflow)}?tab=app").content.decode()
    two_changes(workflow, alice, bob)
    press(page, workflow, next(iter(ticks(page, workflow).values())))
    assert hint in page.get(f"{path(workflow)}?tab=app").content.decode()


def test_a_version_that_is_looked_at_has_no_ticks(signed_in, alice, bob, workflow, app):
    two_changes(workflow, alice, bob)
    press(signed_in(alice), workflow, *ticks(signed_in(alice), workflow).values())
    html = signed_in(alice).get(f"{path(workflow)}?tab=app&version=1").content.decode()
    group = re.search(r'<fieldset class="change-group">.*?</fieldset>', html, re.S)[0]
    assert ("<legend" in group, "checkbox" in group, group.count('class="change"')) == (False, False, 2)


def test_nothing_ticked_changes_the_form_alone(signed_in, alice, bob, workflow, app):
    two_changes(workflow, alice, bob)
    page = signed_in(alice)
    assert (
        press(page, workflow, **{"is_shown:ask": "on", "key:ask": "ask", "label:ask": "Say"}).status_code
        == 303
    )
    now = App.objects.get()
    assert (now.version, now.inputs[0]["label"], len(ticks(page, workflow))) == (app.version, "Say", 2)


def test_edits_of_a_canvas_are_noted_too_and_forgotten_with_the_app(alice, bob, workflow, app):
    changes = {"nodes": {"changed": {"make": [{"path": ["data", "params", "prompt"], "value": "of bert"}]}}}
    merge_draft(workflow=workflow, base_updated_at="", op_id="o1", changes=changes, by=bob)
    assert [one.by for one in PieceEdit.objects.all()] == [bob]
    publishing.unpublish(workflow=workflow)
    assert not PieceEdit.objects.exists()
    set_text(workflow, "ask", alice, text="again")
    assert not PieceEdit.objects.exists()


def test_a_secret_that_sharing_wiped_stands_under_who_shared(alice, bob, workflow, app):
    set_text(workflow, "make", bob, prompt="Write with sk-0123456789abcdefghij")
    share_workflow(workflow=workflow, permission="PRIVATE", by=alice)
    assert [one.by for one in PieceEdit.objects.all()] == [bob]
    share_workflow(workflow=workflow, permission="VIEW", by=alice)
    assert [one.by for one in PieceEdit.objects.all()] == [alice]
