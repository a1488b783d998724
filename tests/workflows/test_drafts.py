"""Saving what somebody draws: nothing is lost, whoever else saves and however often a save is sent."""

from __future__ import annotations

import copy
from datetime import timedelta
from itertools import pairwise
from unittest.mock import patch

import pytest

from tests.factories import actor_for
from tests.workflows.graphs import chain, node
from workflows import actions
from workflows.errors import EmptyGraph, InvalidGraph, StaleWrite, WorkflowNotFound
from workflows.ids import written
from workflows.models import Node, Workflow, now_in_milliseconds


def graph(workflow):
    nodes, edges = Workflow.objects.get(pk=workflow.pk).graph_json()
    return copy.deepcopy({"nodes": nodes, "edges": edges})


def save(workflow, **changes):
    """Save as a canvas would that loaded the workflow at this moment."""
    return actions.save_draft(
        workflow=workflow, **{"base_updated_at": written(workflow.updated_at), **graph(workflow), **changes}
    )


def test_a_save_keeps_what_was_drawn(workflow):
    drawn = graph(workflow)
    drawn["nodes"][0]["position"] = {"x": 40, "y": 12.5}
    drawn["nodes"].append(node("more", "input:text", prompt="fox"))
    drawn["edges"] = drawn["edges"][:1]
    save(workflow, **drawn)
    kept = graph(workflow)
    assert [raw["id"] for raw in kept["nodes"]] == ["text", "image", "out", "more"]
    assert kept["nodes"][0]["position"] == {"x": 40, "y": 12.5}
    assert [edge["id"] for edge in kept["edges"]] == ["e1"]


def test_only_rows_that_changed_are_written(workflow):
    keys = dict(workflow.nodes.values_list("node_id", "pk"))
    drawn = graph(workflow)
    drawn["nodes"][0]["position"] = {"x": 40, "y": 0}
    with patch.object(Node.objects, "bulk_create", wraps=Node.objects.bulk_create) as write:
        save(workflow, **drawn)
    assert [row.node_id for row in write.call_args.args[0]] == ["text"]
    assert dict(workflow.nodes.values_list("node_id", "pk")) == keys


def test_unfinished_graphs_are_kept_and_their_problems_told(workflow):
    nodes = [node("t", "input:text"), node("x", "no:such"), {"id": "y", "data": {}}]
    saved = save(workflow, nodes=nodes, edges=chain("t.prompt gone.image", "t.nothing x.y"))
    assert [problem.rule for problem in saved.report.violations] == [
        "unknown-node-type", "unknown-node-type", "dangling-edge",
    ]  # fmt: skip
    kept = graph(workflow)
    assert [raw["id"] for raw in kept["nodes"]] == ["t", "x", "y"]
    assert [edge["target"] for edge in kept["edges"]] == ["gone", "x"]


def test_of_two_who_save_at_once_the_second_is_told_and_the_first_is_kept(workflow):
    alice, bob = (Workflow.objects.get(pk=workflow.pk) for _ in range(2))
    base = written(workflow.updated_at)
    save(alice, nodes=[node("alice", "input:text")], edges=[], base_updated_at=base)
    with pytest.raises(StaleWrite) as refused:
        save(bob, nodes=[node("bob", "input:text")], edges=[], base_updated_at=base, name="Bob's")
    body = refused.value.as_body()
    assert (body["error"], body["code"], body["type"]) == (
        "Workflow changed since you loaded it", "stale_write", "conflict_error",
    )  # fmt: skip
    assert (body["currentUpdatedAt"], body["yourBaseUpdatedAt"]) == (written(alice.updated_at), base)
    assert [raw["id"] for raw in body["current"]["nodes"]] == ["alice"]
    assert body["current"]["updatedAt"] == written(alice.updated_at)
    assert [raw["id"] for raw in graph(workflow)["nodes"]] == ["alice"]
    assert Workflow.objects.get(pk=workflow.pk).name == "Lighthouse"


def test_a_save_that_loses_the_race_after_reading_writes_nothing(workflow):
    """The other save lands between our reading and our guarded UPDATE."""
    late = Workflow.objects.get(pk=workflow.pk)
    drawn = graph(workflow)
    real = actions.lint

    def other_first(*args, **kwargs):
        with patch.object(actions, "lint", real):
            save(Workflow.objects.get(pk=workflow.pk), nodes=[node("first", "input:text")], edges=[])
        return real(*args, **kwargs)

    with patch.object(actions, "lint", other_first), pytest.raises(StaleWrite):
        save(late, **drawn)
    assert [raw["id"] for raw in graph(workflow)["nodes"]] == ["first"]


def test_a_save_sent_again_is_taken_as_done(workflow):
    base = written(workflow.updated_at)
    new = {"nodes": [node("n", "input:text")], "edges": [], "base_updated_at": base, "op_id": "op-1"}
    first = save(Workflow.objects.get(pk=workflow.pk), **new).workflow.updated_at
    again = save(Workflow.objects.get(pk=workflow.pk), **new).workflow.updated_at
    assert first == again == Workflow.objects.get(pk=workflow.pk).updated_at
    with pytest.raises(StaleWrite):
        save(Workflow.objects.get(pk=workflow.pk), **{**new, "op_id": "op-2"})


def test_another_graph_with_the_op_id_of_the_last_save_is_no_copy_of_it(workflow):
    base = written(workflow.updated_at)
    new = {"nodes": [node("n", "input:text")], "edges": [], "base_updated_at": base, "op_id": "op-1"}
    save(Workflow.objects.get(pk=workflow.pk), **new)
    for change in ({"nodes": [node("n", "input:text", prompt="fox")]}, {"name": "Other"}):
        with pytest.raises(StaleWrite):
            save(Workflow.objects.get(pk=workflow.pk), **{**new, **change})
    kept = Workflow.objects.get(pk=workflow.pk)
    assert (kept.name, graph(kept)["nodes"][0]["data"]["params"]) == ("Lighthouse", {})


def test_a_retry_after_somebody_elses_save_is_stale(workflow):
    base = written(workflow.updated_at)
    new = {"nodes": [node("n", "input:text")], "edges": [], "base_updated_at": base, "op_id": "op-1"}
    save(Workflow.objects.get(pk=workflow.pk), **new)
    save(Workflow.objects.get(pk=workflow.pk), nodes=[node("m", "input:text")], edges=[])
    with pytest.raises(StaleWrite):
        save(Workflow.objects.get(pk=workflow.pk), **new)
    assert [raw["id"] for raw in graph(workflow)["nodes"]] == ["m"]


def test_a_retry_after_a_put_is_stale_too(workflow):
    base = written(workflow.updated_at)
    new = {"nodes": [node("n", "input:text")], "edges": [], "base_updated_at": base, "op_id": "op-1"}
    save(Workflow.objects.get(pk=workflow.pk), **new)
    actions.replace_workflow(
        workflow=Workflow.objects.get(pk=workflow.pk), nodes=[node("put", "input:text")], edges=[]
    )
    with pytest.raises(StaleWrite):
        save(Workflow.objects.get(pk=workflow.pk), **new)
    assert [raw["id"] for raw in graph(workflow)["nodes"]] == ["put"]


def test_an_empty_graph_over_a_full_one_must_be_meant(workflow):
    with pytest.raises(EmptyGraph):
        save(workflow, nodes=[], edges=[])
    assert len(graph(workflow)["nodes"]) == 3
    save(workflow, nodes=[], edges=[], confirm_empty=True)
    assert graph(workflow) == {"nodes": [], "edges": []}
    save(workflow, nodes=[], edges=[])  # empty over empty says nothing new


def test_two_nodes_with_one_id_cannot_be_kept(workflow):
    with pytest.raises(InvalidGraph) as refused:
        save(workflow, nodes=[node("a", "input:text"), node("a", "input:image")], edges=[])
    assert [problem["rule"] for problem in refused.value.context["violations"]] == ["duplicate-node-id"]
    assert len(graph(workflow)["nodes"]) == 3


@pytest.mark.parametrize("strict", [True, False])
def test_ids_given_twice_are_refused_beyond_the_caps_too(alice, strict):
    cases = [
        ([node("same", "input:text")] * 101, []),
        ([node("t", "input:text"), node("o", "output:preview")], chain(*["t.prompt o.value"] * 501)),
    ]
    for nodes, edges in cases:
        with pytest.raises(InvalidGraph) as refused:
            actions.create_workflow(
                actor=actor_for(alice),
                name="Twice",
                nodes=nodes,
                edges=[{**edge, "id": "e"} for edge in edges],
                strict=strict,
            )
        found = {problem["rule"] for problem in refused.value.context["violations"]}
        assert found & {"duplicate-node-id", "duplicate-edge-id"}
    assert Workflow.objects.count() == 0


@pytest.mark.parametrize("base", ["", "yesterday", "2020-01-01T00:00:00.000Z"])
def test_a_base_that_is_not_the_stored_moment_is_stale(workflow, base):
    with pytest.raises(StaleWrite):
        save(workflow, base_updated_at=base)


def test_updated_at_grows_with_every_write_also_within_one_millisecond(workflow):
    frozen = now_in_milliseconds() - timedelta(hours=1)
    seen = [workflow.updated_at]
    with patch.object(actions, "now_in_milliseconds", return_value=frozen):
        for _ in range(3):
            save(workflow)
            seen.append(workflow.updated_at)
    assert [later - earlier for earlier, later in pairwise(seen)] == [timedelta(milliseconds=1)] * 3
    stored = Workflow.objects.get(pk=workflow.pk).updated_at
    assert stored == seen[-1]
    assert stored.microsecond % 1_000 == 0


def test_a_deleted_workflow_takes_no_save(workflow):
    late = Workflow.objects.get(pk=workflow.pk)
    actions.delete_workflow(workflow=workflow)
    with pytest.raises(WorkflowNotFound):
        save(late, nodes=[node("n", "input:text")], edges=[])
    assert len(graph(workflow)["nodes"]) == 3


def test_open_canvases_hear_of_a_save_after_the_commit(workflow, django_capture_on_commit_callbacks):
    with patch("accounts.news.publish") as publish, django_capture_on_commit_callbacks(execute=True):
        save(workflow)
        assert publish.call_count == 0
    message = {"type": "workflow.saved", "updatedAt": written(workflow.updated_at)}
    publish.assert_called_once_with(f"workflow.{workflow.pk}", message)


def test_a_save_costs_the_same_few_queries_for_any_graph(workflow, django_assert_max_num_queries):
    there = workflow.graph_json()[0]
    nodes = [*there, *(node(f"n{n}", "input:text", prompt=str(n)) for n in range(100))]
    with django_assert_max_num_queries(10):
        actions.save_draft(
            workflow=workflow, base_updated_at=written(workflow.updated_at), nodes=nodes, edges=[]
        )


def test_a_run_counts_without_making_the_canvas_stale(workflow):
    before = workflow.updated_at
    at = now_in_milliseconds()
    actions.note_execution(workflow_id=workflow.pk, at=at, cover={"assetId": "as_1"})
    actions.note_execution(workflow_id=workflow.pk, at=at)
    workflow.refresh_from_db()
    assert (workflow.execution_count, workflow.last_executed_at, workflow.cover, workflow.updated_at) == (
        2, at, {"assetId": "as_1"}, before,
    )  # fmt: skip


def test_the_same_graph_is_pinned_once_wherever_its_nodes_stand(workflow):
    nodes, edges = workflow.graph_json()
    one = actions.pin_version(workflow=workflow, nodes=nodes, edges=edges)
    moved = copy.deepcopy(nodes)
    moved[0]["position"] = {"x": 9, "y": 9}
    moved[1]["data"]["output"] = {"url": "old"}
    assert actions.pin_version(workflow=workflow, nodes=moved, edges=edges) == one
    moved[0]["data"]["params"] = {"prompt": "other"}
    assert actions.pin_version(workflow=workflow, nodes=moved, edges=edges) != one
    assert workflow.versions.count() == 2
    with pytest.raises(TypeError):
        one.save()
