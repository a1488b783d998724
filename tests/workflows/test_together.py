"""Several people on one workflow: nothing of anybody is lost, and all who follow end with what is stored."""

from __future__ import annotations

import copy
import json
import random
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from executions.chores import do_chores
from tests.workflows.graphs import chain, node
from wireflow_ui.body import MAX_KEYS, MAX_TEXT
from workflows.actions import delete_workflow, patch_node, save_draft
from workflows.errors import StaleWrite, WorkflowNotFound
from workflows.ids import read_moment, written
from workflows.merging import MOST_SETS, changes_between, merge
from workflows.models import Edit, Workflow
from workflows.normalise import MOST_EDGES, MOST_NODES, BadGraph
from workflows.together import KEPT, MOST_AT_ONCE, MOST_TOLD, edits_since, merge_draft


def graph(workflow):
    return copy.deepcopy(Workflow.objects.get(pk=workflow.pk).graph_json())


class Tab:
    """A browser as far as the server sees it: what it knows is stored, and what it drew over that."""

    def __init__(self, workflow):
        self.count = 0
        self.read(workflow)

    def read(self, workflow):
        self.workflow = Workflow.objects.get(pk=workflow.pk)
        self.base = written(self.workflow.updated_at)
        self.known = graph(workflow)

    def send(self, nodes=None, edges=None, op_id=None, name=""):
        nodes = self.known[0] if nodes is None else nodes
        edges = self.known[1] if edges is None else edges
        self.count += 1
        changes = changes_between(self.known, (nodes, edges))
        op = op_id or f"{id(self)}-{self.count}"
        report = merge_draft(
            workflow=self.workflow, base_updated_at=self.base, op_id=op, changes=changes, name=name
        )
        self.follow()
        return report

    def follow(self):
        """Come to what is stored, edit by edit; where one is missing, by reading it."""
        for edit in edits_since(self.workflow.pk, read_moment(self.base)):
            if edit["before"] != self.base:
                return self.read(self.workflow)
            nodes, edges = self.known
            merged = merge(nodes, edges, json.loads(json.dumps(edit["changes"])))
            self.known, self.base = (merged.nodes, merged.edges), edit["updatedAt"]

    def with_value(self, node_id, **params):
        """The nodes as the canvas makes them when somebody changes a setting."""
        nodes = copy.deepcopy(list(self.known[0]))
        for raw in nodes:
            if raw["id"] == node_id:
                raw["data"]["params"] |= params
                raw["data"]["config"] |= params
        return nodes


def test_two_who_change_different_settings_of_one_node_both_keep_them(workflow):
    alice, bob = Tab(workflow), Tab(workflow)
    moved = copy.deepcopy(alice.known[0])
    moved[0]["position"] = {"x": 7, "y": 8}
    alice.send(moved)
    bob.send(bob.with_value("text", prompt="fox"))
    stored = {raw["id"]: raw for raw in graph(workflow)[0]}
    assert stored["text"]["position"] == {"x": 7, "y": 8}
    assert stored["text"]["data"]["params"] == stored["text"]["data"]["config"]
    assert stored["text"]["data"]["params"]["prompt"] == "fox"
    alice.follow()
    assert alice.known == bob.known == graph(workflow)


def test_what_two_write_into_one_text_is_all_there(workflow):
    first = Tab(workflow)
    first.send(first.with_value("text", prompt="a lighthouse"))
    alice, bob = Tab(workflow), Tab(workflow)
    alice.send(alice.with_value("text", prompt="a red lighthouse"))
    bob.send(bob.with_value("text", prompt="a lighthouse at night"))
    bob.follow()
    alice.follow()
    assert alice.known == bob.known
    assert alice.known[0][0]["data"]["params"]["prompt"] == "a red lighthouse at night"


def test_who_rewrote_start_and_end_without_a_line_keeps_the_middle_of_somebody_else(workflow):
    first = Tab(workflow)
    first.send(first.with_value("text", prompt="A red fox runs over the hill at night."))
    away, here = Tab(workflow), Tab(workflow)
    mine = away.with_value("text", prompt="The red fox runs over the hill at noon.")
    here.send(here.with_value("text", prompt="A red fox sleeps on the hill at night."))
    away.send(mine)
    here.follow()
    assert away.known == here.known == graph(workflow)
    prompt = graph(workflow)[0][0]["data"]["params"]["prompt"]
    assert prompt == "The red fox sleeps on the hill at noon."


def test_a_wire_to_a_node_that_somebody_else_deleted_goes_with_it(workflow):
    alice, bob = Tab(workflow), Tab(workflow)
    nodes, edges = alice.known
    alice.send([raw for raw in nodes if raw["id"] != "text"], [e for e in edges if e["source"] != "text"])
    more = [*bob.known[0], node("more", "generate:nano_banana_2")]
    bob.send(more, [*bob.known[1], {**chain("text.prompt more.prompt")[0], "id": "bobs"}])
    kept, wires = graph(workflow)
    assert [raw["id"] for raw in kept] == ["image", "out", "more"]
    assert "bobs" not in {edge["id"] for edge in wires}
    assert all({edge["source"], edge["target"]} <= {"image", "out", "more"} for edge in wires)


def test_an_edit_that_comes_twice_is_done_once(workflow):
    alice, bob = Tab(workflow), Tab(workflow)
    before = alice.base
    alice.send(alice.with_value("text", prompt="one"), op_id="same")
    bob.follow()
    bob.send(bob.with_value("text", prompt="one two"))
    moment = Workflow.objects.get(pk=workflow.pk).updated_at
    again = changes_between(Tab(workflow).known, ([], []))
    merge_draft(workflow=workflow, base_updated_at=before, op_id="same", changes=again)
    assert Workflow.objects.get(pk=workflow.pk).updated_at == moment
    assert [edit["opId"] for edit in edits_since(workflow.pk, read_moment(before))][:1] == ["same"]
    assert graph(workflow)[0][0]["data"]["params"]["prompt"] == "one two"


def test_an_edit_that_changed_nothing_is_not_done_either_when_it_comes_again(workflow):
    alice, bob, carol = Tab(workflow), Tab(workflow), Tab(workflow)
    lost = changes_between(alice.known, (alice.with_value("text", prompt="one"), alice.known[1]))
    bob.send(bob.with_value("text", prompt="one"))
    merge_draft(workflow=alice.workflow, base_updated_at=alice.base, op_id="lost", changes=lost)
    carol.follow()
    carol.send(carol.with_value("text", prompt="two"))
    merge_draft(workflow=alice.workflow, base_updated_at=alice.base, op_id="lost", changes=lost)
    assert graph(workflow)[0][0]["data"]["params"]["prompt"] == "two"
    alice.follow()
    bob.follow()
    assert alice.known == bob.known == graph(workflow)


def test_of_long_edits_so_many_are_told_as_one_message_may_hold(workflow):
    writer, reader = Tab(workflow), Tab(workflow)
    base = reader.base
    for number in range(12):
        writer.send([*writer.known[0], node(f"n{number}", "input:text", prompt="é" * 8_000)])
    told = edits_since(workflow.pk, read_moment(base))
    assert [len(edit["changes"]["nodes"]["added"]) for edit in told] == [1] * len(told)
    assert MOST_AT_ONCE - MOST_TOLD < len(json.dumps([edit["changes"] for edit in told])) < MOST_AT_ONCE
    reader.follow()
    reader.follow()
    assert reader.known == graph(workflow)


def test_edits_that_nobody_is_told_of_any_more_lose_what_they_changed(workflow, monkeypatch):
    monkeypatch.setattr("workflows.together.MOST_EDITS", 2)
    alice = Tab(workflow)
    for word in ("one", "two", "three", "four"):
        alice.send(alice.with_value("text", prompt=word), op_id=word)
    kept = Edit.objects.filter(changes__isnull=False).order_by("updated_at")
    assert list(kept.values_list("op_id", flat=True)) == ["three", "four"]
    assert Edit.objects.count() == 4


def test_edits_are_taken_away_after_their_hour(workflow):
    alice = Tab(workflow)
    for word in ("one", "two"):
        alice.send(alice.with_value("text", prompt=word), op_id=word)
    alice.send(op_id="nothing")
    Edit.objects.exclude(op_id="two").update(noted_at=timezone.now() - KEPT - timedelta(seconds=1))
    do_chores()
    assert [edit.op_id for edit in Edit.objects.all()] == ["two"]


def test_a_workflow_that_is_too_large_can_be_made_smaller_but_not_larger(workflow, monkeypatch):
    alice = Tab(workflow)
    alice.send(alice.with_value("text", prompt="é" * 1_000))
    stored = graph(workflow)
    size = len(json.dumps(stored, separators=(",", ":"), ensure_ascii=False).encode())
    monkeypatch.setattr("workflows.merging.MOST_BYTES", size)
    alice.send(alice.with_value("text", prompt="e" * 2_000))  # as many bytes
    monkeypatch.setattr("workflows.merging.MOST_BYTES", size - 100)
    alice.send(alice.with_value("text", prompt="e" * 1_999))
    with pytest.raises(BadGraph):
        alice.send(alice.with_value("text", prompt="e" * 2_001))
    assert graph(workflow)[0][0]["data"]["params"]["prompt"] == "e" * 1_999


def test_an_edit_joins_what_came_over_rest_and_rest_compares_with_it(workflow):
    alice = Tab(workflow)
    base = alice.base
    patch_node(workflow=Workflow.objects.get(pk=workflow.pk), node_id="text", label="From REST")
    alice.send(alice.with_value("text", prompt="fox"))
    stored = graph(workflow)[0][0]["data"]
    assert (stored["label"], stored["params"]["prompt"]) == ("From REST", "fox")
    with pytest.raises(StaleWrite):
        save_draft(workflow=Tab(workflow).workflow, base_updated_at=base, nodes=[], edges=[])


def test_an_edit_that_changes_nothing_is_none(workflow):
    alice = Tab(workflow)
    base = alice.base
    alice.send(name="Lighthouse")
    assert edits_since(workflow.pk, read_moment("2020-01-01T00:00:00Z")) == []
    assert alice.base == base
    assert written(Workflow.objects.get(pk=workflow.pk).updated_at) == alice.base


BROKEN = [
    7,
    {"things": {}},
    {"nodes": []},
    {"nodes": {"dropped": "text"}},
    {"nodes": {"added": [{"item": {"data": {}}}]}},
    {"nodes": {"added": [{"item": {"id": "x", "data": 7}}]}},
    {"nodes": {"changed": {"text": [{"path": [], "value": 1}]}}},
    {"nodes": {"changed": {"text": [{"path": ["id"], "value": "image"}]}}},
    {"nodes": {"changed": {"text": [{"path": ["data"], "value": [1]}]}}},
    {"nodes": {"changed": {"text": [{"path": ["data", "params"], "value": "no"}]}}},
    {"nodes": {"changed": {"text": [{"path": list("abcde"), "value": 1}]}}},
    {"nodes": {"added": [{"item": {"id": f"n{i}", "data": {}}} for i in range(1_001)]}},
    {"edges": {"changed": {"e1": [{"path": ["source"]}]}}},
    {"edges": {"changed": {"e1": [{"path": ["target"], "value": {}}]}}},
    {"edges": {"added": [{"item": {"id": "e\n", "source": "text", "target": "image"}}]}},
    {"nodes": {"changed": {"text": [{"path": ["data", "text"], "value": "x" * (MAX_TEXT + 1)}]}}},
    {
        "nodes": {
            "changed": {"text": [{"path": ["data", "params", f"k{i}"], "value": i} for i in range(MAX_KEYS)]}
        }
    },
    {"nodes": {"changed": {"text": [{"path": ["data", "text"], "value": "\ud800"}]}}},
    {"nodes": {"changed": {"nobody": [{"path": ["data", "x"]}] * (MOST_SETS + 1)}}},
    {"nodes": {"dropped": ["nobody"] * (MOST_NODES + 1)}},
    {"edges": {"added": [{"item": {"id": "text"}}] * (MOST_EDGES + 1)}},
]


@pytest.mark.parametrize("changes", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_edit_is_refused_whole(workflow, changes):
    before = graph(workflow)
    fine = {"dropped": ["out"]}
    if isinstance(changes, dict) and "nodes" not in changes:
        changes = {"nodes": fine, **changes}
    with pytest.raises(BadGraph):
        merge_draft(
            workflow=workflow, base_updated_at=written(workflow.updated_at), op_id="x", changes=changes
        )
    assert graph(workflow) == before
    assert not Edit.objects.exists()


def test_the_texts_of_one_edit_are_compared_word_by_word_for_as_long_as_all_may_take():
    text = " ".join(f"w{i}" for i in range(14_000))
    nodes = [node(name, "input:text") for name in ("first", "second", "third")]
    theirs = [{**raw, "data": {"params": {"text": text.replace("w7000", "theirs")}}} for raw in nodes]
    change = [{"path": ["data", "params", "text"], "was": text, "value": f"new {text} new"}]
    merged = merge(theirs, [], {"nodes": {"changed": {raw["id"]: change for raw in nodes}}}).nodes
    texts = [raw["data"]["params"]["text"].split() for raw in merged]
    assert [one.count("new") for one in texts] == [2, 2, 2]
    assert [one.count("theirs") for one in texts] == [1, 1, 0]


def test_a_text_does_not_grow_edit_by_edit_beyond_what_a_save_may_bring(workflow):
    def write(op_id, was, value):
        one = {"path": ["data", "text"], "value": value, "was": was}
        changes = {"nodes": {"changed": {"text": [one]}}}
        merge_draft(workflow=workflow, base_updated_at="", op_id=op_id, changes=changes)

    write("one", "", "x" * MAX_TEXT)
    with pytest.raises(BadGraph):
        write("two", "", "y")
    assert graph(workflow)[0][0]["data"]["text"] == "x" * MAX_TEXT


def test_many_changes_take_time_in_proportion_to_their_number():
    sets = [{"path": ["data", "params", f"k{i}"], "value": i} for i in range(50_000)]
    new = [{"after": "e0", "item": {"id": f"e{i}"}} for i in range(50_000)]
    started = time.process_time()
    merged = merge([{"id": "n"}], [], {"nodes": {"changed": {"n": sets}}})
    with pytest.raises(BadGraph):
        merge([], [], {"edges": {"added": new}})
    assert time.process_time() - started < 5  # a fifth of a second; with their square, a minute
    assert merged.nodes[0]["data"]["params"] == {f"k{i}": i for i in range(50_000)}


def test_what_is_added_stands_behind_what_it_was_told_to():
    def after(*pairs):
        added = [{"after": place, "item": {"id": name}} for name, place in pairs]
        return "".join(
            raw["id"] for raw in merge([{"id": "a"}, {"id": "b"}], [], {"nodes": {"added": added}}).nodes
        )

    assert after(("x", None), ("y", "x"), ("z", "b"), ("w", "gone"), ("v", "a"), ("a", None)) == "xyavbzw"


def test_a_deleted_workflow_takes_no_edit(workflow):
    delete_workflow(workflow=workflow)
    with pytest.raises(WorkflowNotFound):
        merge_draft(workflow=workflow, base_updated_at="", op_id="x", changes={})
    assert not Edit.objects.exists()


def test_whoever_edits_at_random_all_end_equal(workflow):
    seed = random.randrange(10**6)
    print("seed", seed)
    dice = random.Random(seed)
    tabs = [Tab(workflow) for _ in range(3)]
    for turn in range(60):
        tab = dice.choice(tabs)
        nodes, edges = copy.deepcopy(tab.known)
        match dice.randrange(5):
            case 0:
                added = node(
                    f"n{turn}", dice.choice(["input:text", "utility:image_resize", "output:preview"])
                )
                nodes.insert(dice.randrange(len(nodes) + 1), added)
            case 1 if len(nodes) > 1:
                gone = nodes.pop(dice.randrange(len(nodes)))["id"]
                edges = [edge for edge in edges if gone not in (edge["source"], edge["target"])]
            case 2 if nodes:
                ends = dice.choice(nodes)["id"], dice.choice(nodes)["id"]
                edges.append({**chain(f"{ends[0]}.a {ends[1]}.b")[0], "id": f"w{turn}"})
            case 3 if nodes:
                dice.choice(nodes)["position"] = {"x": dice.randrange(900), "y": dice.randrange(900)}
            case _ if nodes:
                raw = dice.choice(nodes)
                text = raw["data"].get("text", "some words")
                for _ in range(dice.randrange(1, 4)):
                    at = dice.randrange(len(text) + 1)
                    text = text[:at] + dice.choice("abc ") + text[at + dice.randrange(2) :]
                raw["data"]["text"] = text
        tab.send(nodes, edges)
    for tab in tabs:
        tab.follow()
    stored = graph(workflow)
    ids = {raw["id"] for raw in stored[0]}
    assert all(tuple(map(list, tab.known)) == stored for tab in tabs)
    assert all(edge["source"] in ids and edge["target"] in ids for edge in stored[1])
