"""What we keep of a graph that was sent."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.workflows.graphs import CATALOG, PICTURE_GRAPH, chain, node
from workflows.layout import layout, overlaps, size_of
from workflows.normalise import BadGraph, check_shape, normalise

KINDS = [*sorted(CATALOG.names), "compose:remotion", "no:such", ""]
HANDLES = ["out-image", "out-prompt", "in-prompt", "in-image2", "in-value", "in-seed", "in-token", "", None]

scalars = st.none() | st.booleans() | st.integers(-10, 10_000) | st.text(max_size=8)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=2))
ids = st.sampled_from(list("abcdef"))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    nodes = []
    for node_id in draw(st.lists(ids, unique=True, max_size=6)):
        data: dict[str, Any] = {"nodeType": draw(st.sampled_from(KINDS))}
        for key in ("config", "params"):
            if draw(st.booleans()):
                keys = st.sampled_from(["prompt", "paths", "image1", "num_images", "x"])
                data[key] = draw(st.dictionaries(keys, values, max_size=3))
        raw: dict[str, Any] = {"id": node_id, "data": data}
        if draw(st.booleans()):
            raw["position"] = {"x": draw(st.floats(-1e4, 1e4)), "y": draw(st.integers(-9_999, 9_999))}
        if draw(st.booleans()):
            raw["type"] = draw(st.sampled_from(["basedNode", "stickyNote", "custom_group", "model"]))
        nodes.append(raw)
    edges = [
        {"source": draw(ids), "target": draw(ids), "sourceHandle": draw(st.sampled_from(HANDLES)),
         "targetHandle": draw(st.sampled_from(HANDLES))}
        for _ in range(draw(st.integers(0, 8)))
    ]  # fmt: skip
    return nodes, edges


@given(graphs())
@example(([{"id": "a", "data": {"nodeType": "utility:sticky_note"}, "type": "custom_group"}], []))
@settings(max_examples=150, deadline=None)
def test_normalising_twice_changes_nothing(graph):
    once = normalise(*graph, CATALOG)
    twice = normalise(copy.deepcopy(once.nodes), copy.deepcopy(once.edges), CATALOG)
    assert (twice.nodes, twice.edges, twice.migrations) == (once.nodes, once.edges, [])


@given(graphs(), st.integers(0, 100), st.integers(0, 100))
@settings(max_examples=150, deadline=None)
def test_layout_is_the_same_each_time_and_covers_nothing(graph, gap_x, gap_y):
    kept = normalise(*graph, CATALOG)
    found = layout(kept.nodes, kept.edges, gap_x=gap_x, gap_y=gap_y)
    assert found == layout(kept.nodes, kept.edges, gap_x=gap_x, gap_y=gap_y)
    moved = [{**raw, "position": found["positions"].get(raw["id"], raw["position"])} for raw in kept.nodes]
    assert overlaps(moved) == []
    assert layout(moved, kept.edges, gap_x=gap_x, gap_y=gap_y)["moved"] == []


def test_what_was_left_out_is_filled_in():
    kept = normalise(PICTURE_GRAPH["nodes"], PICTURE_GRAPH["edges"], CATALOG)
    image = kept.nodes[1]
    assert (image["type"], image["position"], image["data"]["label"], image["data"]["category"]) == (
        "basedNode", {"x": 0, "y": 0}, "Nano Banana 2", "generate",
    )  # fmt: skip
    assert image["data"]["inputs"] == [
        {"id": "prompt", "type": "TEXT", "label": "Prompt", "required": True},
        {"id": "image1", "type": "IMAGE", "label": "Reference images", "required": False, "multiple": True},
    ]
    assert image["data"]["outputs"] == [
        {"id": "images", "type": "IMAGE", "label": "Images", "multiple": True}
    ]
    assert image["data"]["config"] == image["data"]["params"] == {"resolution": "1K"}
    assert [edge["id"] for edge in kept.edges] == ["e1", "e2"]


def test_a_node_far_out_is_brought_back_to_where_it_can_be_drawn():
    far = {**node("a", "input:text"), "position": {"x": 1e308, "y": -(10**19)}}
    kept = normalise([far], [], CATALOG).nodes[0]
    assert kept["position"] == {"x": 1_000_000, "y": -1_000_000}


def test_old_names_are_rewritten_and_reported():
    kept = normalise([node("v", "compose:remotion")], [], CATALOG)
    assert kept.nodes[0]["data"]["nodeType"] == "video:remotion"
    assert kept.migrations == [{"nodeId": "v", "from": "compose:remotion", "to": "video:remotion"}]


def test_an_alias_stays_as_it_was_sent():
    kept = normalise([node("v", "edit:upscale")], [], CATALOG)
    assert (kept.nodes[0]["data"]["nodeType"], kept.nodes[0]["data"]["category"]) == ("edit:upscale", "edit")


def test_notes_get_their_type():
    kept = normalise(
        [node("n", "utility:sticky_note"), {"id": "m", "type": "stickyNote", "data": {}}], [], CATALOG
    )
    assert [(raw["type"], raw["data"]["nodeType"]) for raw in kept.nodes] == [
        ("stickyNote", "utility:sticky_note")
    ] * 2


def test_wired_numbered_and_dynamic_ports_are_drawn():
    nodes = [node("a", "input:image"), node("g", "generate:nano_banana_2"), node("c", "compv3"),
             node("r", "video:remotion", props={"title": "Hello {{ name }}"}),
             node("m", "utility:json_multi_extract", paths={"title": "a.b"})]  # fmt: skip
    kept = normalise(nodes, chain("a.image g.image3", "a.image c.layer_1"), CATALOG)
    ports = [[port["id"] for port in raw["data"]["inputs"]] for raw in kept.nodes[1:4]]
    assert ports == [
        ["prompt", "image1", "image2", "image3"],
        ["background", "layers", "data", "layer_1"],
        ["name"],
    ]
    assert [port["id"] for port in kept.nodes[4]["data"]["outputs"]] == ["title"]


def test_results_are_dropped_from_new_nodes_only():
    raw = node("g", "generate:nano_banana_2")
    raw["data"] |= {"result": [1], "output": {"url": "x"}, "selectedIndex": 2, "isExecuting": True}
    new = normalise([raw], [], CATALOG).nodes[0]["data"]
    assert {"result", "output", "selectedIndex", "isExecuting"} & set(new) == set()
    old = normalise([raw], [], CATALOG, previous={"g": {}}).nodes[0]["data"]
    assert (old["result"], old["selectedIndex"], "isExecuting" in old) == ([1], 2, False)


@pytest.mark.parametrize(
    ("config", "params", "kept"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),  # params was edited
        ({"a": 3}, {"a": 1}, {"a": 3}),  # config was edited
        ({"a": 1}, {}, {}),  # a key was taken out of params
        ({"a": 3}, {"a": 2, "b": 1}, {"a": 3, "b": 1}),  # both: config wins
        (None, {"b": 1}, {"b": 1}),
        ({"b": 1}, None, {"b": 1}),
    ],
)
def test_of_config_and_params_the_edited_one_wins(config, params, kept):
    data = {"nodeType": "input:text"} | ({"config": config} if config is not None else {})
    data |= {"params": params} if params is not None else {}
    before = {"t": {"config": {"a": 1}, "params": {"a": 1}}}
    found = normalise([{"id": "t", "data": data}], [], CATALOG, previous=before).nodes[0]["data"]
    assert found["config"] == found["params"] == kept


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ("x", [], "nodes and edges must be lists."),
        ([{"data": {}}], [], "All nodes must have an id"),
        ([{"id": "a", "data": {}}], [], "Node a is missing model.name"),
        ([{"id": "a\n"}], [], "The node id must be a text of 1 to 128 printable characters."),
        ([{"id": "a" * 129}], [], "The node id must be a text of 1 to 128 printable characters."),
        ([{"id": 7}], [], "The node id must be a text of 1 to 128 printable characters."),
        ([{"id": "a", "data": []}], [], None),
        ([{"id": "a", "data": "x"}], [], "data of node a must be an object."),
        ([{"id": "a", "data": {"nodeType": "input:text", "params": "x"}}], [],
         "params of node a must be an object."),
        ([{"id": "a", "data": {"nodeType": "input:text", "config": [1]}}], [],
         "config of node a must be an object."),
        ([{"id": "a", "type": ["x"]}], [], "The type of node a must be a text of up to 128 characters."),
        ([{"id": "a", "data": {"label": "x" * 201}}], [],
         "The label of node a must be a text of up to 200 characters."),
        ([], [3], "Edge 1 must be an object."),
        ([], [{"source": "a"}], "Edge 1 must name its target."),
        ([], [{"source": "a", "target": "b", "sourceHandle": 3}],
         "The sourceHandle of edge 1 must be a text of 1 to 148 printable characters."),
        ([{"id": str(n), "type": "stickyNote"} for n in range(1_001)], [],
         "A graph may have 1,000 nodes and 5,000 edges at most."),
    ],
)  # fmt: skip
def test_what_is_no_graph_is_refused_with_a_sentence(nodes, edges, message):
    with pytest.raises(BadGraph) as refused:
        check_shape(nodes, edges)
    assert message is None or refused.value.message == message


def test_layout_goes_from_left_to_right_and_leaves_notes_alone():
    nodes = normalise(
        [*PICTURE_GRAPH["nodes"], node("n", "utility:sticky_note")], PICTURE_GRAPH["edges"], CATALOG
    )
    found = layout(nodes.nodes, nodes.edges)
    assert list(found["positions"]) == ["text", "image", "out"]
    assert [place["x"] for place in found["positions"].values()] == [0, 360, 720]
    assert found["bounds"]["x"] == found["bounds"]["y"] == 0


def test_layout_of_some_nodes_goes_around_the_others():
    nodes = [
        {**node(name, "input:text"), "position": {"x": 0, "y": y}}
        for name, y in zip("abc", (0, 10, 40), strict=True)
    ]
    found = layout(nodes, [], scope=["a", "b"])
    assert found["moved"] == ["a", "b"]
    placed = [{**raw, "position": found["positions"].get(raw["id"], raw["position"])} for raw in nodes]
    assert overlaps(placed) == []


def test_measured_sizes_are_believed():
    raw = {**node("a", "input:text"), "measured": {"width": 300, "height": 90}}
    assert size_of(raw) == (300.0, 90.0, True)
    assert size_of({**raw, "measured": {"width": -1, "height": "x"}})[2] is False
