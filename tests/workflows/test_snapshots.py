"""Automatic versions: nothing that somebody drew is lost by one gesture, and the list stays short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from tests.factories import actor_for
from tests.workflows.graphs import node
from workflows import actions
from workflows.ids import written
from workflows.models import Snapshot, Version, Workflow
from workflows.snapshots import KEPT, REST, SMALL_KEPT, keep_drafts_at_rest
from workflows.together import merge_draft


def texts(count: int, prompt: str = "x") -> list[dict[str, object]]:
    return [node(f"n{n}", "input:text", prompt=prompt) for n in range(count)]


def draw(workflow: Workflow, nodes: list[dict[str, object]]) -> None:
    fresh = Workflow.objects.get(pk=workflow.pk)
    actions.save_draft(
        workflow=fresh,
        base_updated_at=written(fresh.updated_at),
        nodes=nodes,
        edges=[],
        confirm_empty=True,
    )


def drop(workflow: Workflow, by: object, *node_ids: str, op: str = "op") -> None:
    """As the canvas does when somebody deletes what is selected."""
    fresh = Workflow.objects.get(pk=workflow.pk)
    changes = {"nodes": {"dropped": list(node_ids)}}
    merge_draft(workflow=fresh, base_updated_at=written(fresh.updated_at), op_id=op, changes=changes, by=by)


def ids(graph: list[dict[str, object]]) -> list[object]:
    return [one["id"] for one in graph]


def rest(workflow: Workflow, longer: timedelta = timedelta(seconds=1)) -> None:
    """Let half an hour pass, and the chore be done."""
    Workflow.objects.filter(pk=workflow.pk).exclude(unkept_since=None).update(
        unkept_since=timezone.now() - REST - longer
    )
    keep_drafts_at_rest()


@pytest.fixture
def tab(alice, workflow, signed_in):
    client = signed_in(alice)

    def ask(method: str, path: str = "", **body: object):
        address = f"/workflows/{workflow.pk}/versions{path}"
        answer = getattr(client, method)(address, body or None, content_type="application/json")
        return answer.status_code, answer.json()

    return ask


def test_what_is_emptied_at_one_gesture_is_kept_before(workflow, alice, tab):
    nodes, edges = workflow.graph_json()
    drop(workflow, alice, *ids(nodes))
    assert Workflow.objects.get(pk=workflow.pk).graph_json() == ([], [])
    [kept] = tab("get")[1]["versions"]
    assert (kept["automatic"], kept["keptBy"], kept["nodeCount"], kept["number"]) == (
        "emptied",
        "Alice",
        3,
        None,
    )
    _, whole = tab("get", f"/automatic/{kept['id']}")
    assert (whole["nodes"], whole["edges"]) == (nodes, edges)


@pytest.mark.parametrize(
    ("there", "gone", "kept"), [(4, 3, 0), (8, 6, 0), (9, 7, 1), (12, 10, 1), (3, 2, 0), (1, 1, 1)]
)
def test_most_of_a_graph_is_more_than_three_quarters_of_four_cards_or_more(
    workflow, alice, there, gone, kept
):
    draw(workflow, texts(there))
    Snapshot.objects.all().delete()
    drop(workflow, alice, *ids(texts(gone)))
    assert Snapshot.objects.count() == kept


def test_emptying_it_again_after_undoing_is_the_same_version(workflow, alice):
    nodes = texts(5)
    draw(workflow, nodes)
    Snapshot.objects.all().delete()
    for n in range(3):
        drop(workflow, alice, *ids(nodes), op=f"op{n}")
        draw(workflow, nodes)
    assert Snapshot.objects.count() == 1


def test_a_graph_put_in_the_place_of_another_over_rest_leaves_that_one(workflow, alice):
    other = [node("new", "input:text", prompt="x")]
    actions.replace_workflow(workflow=workflow, nodes=other, edges=[], by=alice)
    assert (Snapshot.objects.get().reason, Snapshot.objects.get().taken_by) == ("emptied", alice)


def test_the_draft_is_kept_before_something_is_restored_unless_it_is_a_version(workflow, tab):
    draw(workflow, texts(2))
    Snapshot.objects.all().delete()
    assert tab("post", "/automatic", reason="restored")[0] == 201
    assert tab("post", "/automatic", reason="restored")[0] == 201
    assert list(Snapshot.objects.values_list("reason", flat=True)) == ["restored"]
    draw(workflow, texts(2, "other"))
    tab("post")
    tab("post", "/automatic", reason="discarded")
    assert Snapshot.objects.count() == 1
    for wrong in ("emptied", "rested", "because"):
        assert tab("post", "/automatic", reason=wrong)[0] == 400


def test_a_draft_at_rest_is_kept_once(workflow):
    draw(workflow, texts(5))
    Snapshot.objects.all().delete()
    keep_drafts_at_rest()
    assert Snapshot.objects.count() == 0
    rest(workflow)
    rest(workflow)
    assert list(Snapshot.objects.values_list("reason", "node_count", "taken_by")) == [("rested", 5, None)]


def test_moving_cards_or_a_draft_that_is_a_version_makes_no_automatic_one(workflow):
    draw(workflow, texts(5))
    Snapshot.objects.all().delete()
    nodes, edges = Workflow.objects.get(pk=workflow.pk).graph_json()
    actions.pin_version(workflow=workflow, nodes=nodes, edges=edges)
    rest(workflow)
    draw(workflow, [{**one, "position": {"x": 7, "y": 7}} for one in nodes])
    rest(workflow)
    assert Snapshot.objects.count() == 0
    assert Workflow.objects.get(pk=workflow.pk).unkept_since is None


def test_what_is_changed_while_the_chore_looks_is_seen_to_the_next_time(workflow):
    draw(workflow, texts(5))
    Snapshot.objects.all().delete()
    rest(workflow)
    draw(workflow, texts(5, "later"))
    keep_drafts_at_rest()
    assert (Snapshot.objects.count(), Workflow.objects.get(pk=workflow.pk).unkept_since is None) == (1, False)


def breaking_for(workflow: Workflow, with_what: Callable[[], Exception]) -> Callable[[Workflow], object]:
    """`Workflow.graph_json` that fails with one workflow: no door stores a graph that cannot be read."""
    reads = Workflow.graph_json

    def read(self: Workflow) -> object:
        if self.pk == workflow.pk:
            raise with_what()
        return reads(self)

    return read


def at_rest(*workflows: Workflow) -> None:
    """As if each of them had been changed half an hour ago, the first one before the others."""
    Snapshot.objects.all().delete()
    for at, one in enumerate(workflows):
        since = timezone.now() - REST - timedelta(minutes=len(workflows) - at)
        Workflow.objects.filter(pk=one.pk).update(unkept_since=since)


@pytest.fixture
def two(workflow, alice) -> tuple[Workflow, Workflow]:
    other = actions.duplicate_workflow(actor=actor_for(alice), workflow=workflow)
    at_rest(workflow, other)
    return workflow, other


@pytest.mark.parametrize("with_what", [lambda: KeyError("type"), lambda: OperationalError("too long")])
def test_a_draft_that_breaks_off_holds_up_no_other_and_comes_after_them(two, monkeypatch, caplog, with_what):
    broken, sound = two
    before = timezone.now()
    with monkeypatch.context() as patch:
        patch.setattr(Workflow, "graph_json", breaking_for(broken, with_what))
        keep_drafts_at_rest()
        keep_drafts_at_rest()  # not tried again at once
    assert list(Snapshot.objects.values_list("workflow", flat=True)) == [sound.pk]
    assert caplog.text.count(f"The draft of workflow {broken.pk} could not be kept.") == 1
    assert Workflow.objects.get(pk=sound.pk).unkept_since is None
    assert before <= Workflow.objects.get(pk=broken.pk).unkept_since <= timezone.now()
    at_rest(broken)
    keep_drafts_at_rest()
    assert list(Snapshot.objects.values_list("workflow", flat=True)) == [broken.pk]


def test_a_round_ends_when_the_database_goes_away_and_nothing_is_put_off(two, monkeypatch, caplog):
    broken, _ = two
    since = Workflow.objects.get(pk=broken.pk).unkept_since
    monkeypatch.setattr(
        Workflow, "graph_json", breaking_for(broken, lambda: OperationalError("server closed"))
    )
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    with pytest.raises(OperationalError):
        keep_drafts_at_rest()
    assert (Snapshot.objects.count(), "could not be kept" in caplog.text) == (0, False)
    assert Workflow.objects.get(pk=broken.pk).unkept_since == since


def test_old_ones_go_and_small_ones_never_push_out_large_ones(workflow):
    for n in range(KEPT + 3):
        draw(workflow, texts(4, f"large {n}"))
        rest(workflow)
    for n in range(SMALL_KEPT + 3):
        draw(workflow, texts(1, f"small {n}"))
        rest(workflow)
    counts = list(Snapshot.objects.filter(workflow=workflow).values_list("node_count", flat=True))
    assert (counts.count(4), counts.count(1)) == (KEPT, SMALL_KEPT)
    prompts = [one.nodes[0]["data"]["params"]["prompt"] for one in Snapshot.objects.filter(node_count=1)]
    assert sorted(prompts) == [f"small {n}" for n in range(3, SMALL_KEPT + 3)]


def test_an_automatic_version_that_gets_a_name_stays(workflow, alice, tab):
    nodes, _ = workflow.graph_json()
    drop(workflow, alice, *ids(nodes))
    automatic = Snapshot.objects.get()
    status, kept = tab("patch", f"/automatic/{automatic.pk}", name="Saved")
    assert (status, kept["name"], kept["number"], kept["keptBy"]) == (200, "Saved", 1, "Alice")
    assert (Snapshot.objects.count(), Version.objects.get().nodes) == (0, nodes)
    assert tab("get", f"/automatic/{automatic.pk}")[0] == 404


def test_an_automatic_version_of_another_workflow_is_not_found(workflow, alice, tab):
    other = actions.duplicate_workflow(actor=actor_for(alice), workflow=workflow)
    drop(other, alice, *ids(other.graph_json()[0]))
    assert tab("get", f"/automatic/{Snapshot.objects.get().pk}")[0] == 404
