"""Components: how a graph reads what stands in it as one node."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.workflows.graphs import CATALOG, Json, chain, node
from tests.workflows.parts import CONTENT, placed, with_text
from workflows.components import expand
from workflows.graph import read_graph
from workflows.lint import lint


def carrying(content: Json, node_id: str = "part", **data: Any) -> Json:
    """A component node that holds what it stands for."""
    raw = placed("cpx", node_id)
    return {**raw, "data": {**raw["data"], "component": content, **data}, "position": {"x": 100, "y": 50}}


def wires(edges: Any) -> list[tuple[str, ...]]:
    keys = ("source", "sourceHandle", "target", "targetHandle")
    return [tuple(edge[key] for key in keys) for edge in edges]


def test_a_graph_without_components_stays_the_same():
    nodes, edges = [node("text", "input:text")], chain("text.prompt text.prompt")
    found = expand(nodes, edges)
    assert found.nodes is nodes
    assert found.edges is edges


def test_the_inner_nodes_stand_in_the_place_of_the_node_with_its_settings():
    graph = with_text(carrying(CONTENT, label="Face", params={"width": 32, "height": 7}))
    found = expand(graph["nodes"], graph["edges"])
    assert [raw["id"] for raw in found.nodes] == ["text", "part.gen", "part.small", "out"]
    assert found.inside == {"part": ("part.gen", "part.small")}
    gen, small = found.nodes[1], found.nodes[2]
    assert gen["position"] == {"x": 110, "y": 70}
    assert gen["data"]["label"] == "Face › gen"
    assert small["data"]["params"] == {
        "width": 32,
        "height": 64,
        "fit": "cover",
    }  # height is no setting of it
    assert sorted(wires(found.edges)) == [
        ("part.gen", "out-images", "part.small", "in-image"),
        ("part.small", "out-image", "out", "in-value"),
        ("text", "out-prompt", "part.gen", "in-prompt"),
    ]


def test_it_reads_as_the_graph_does_that_it_was_made_of():
    graph = with_text(carrying(CONTENT))
    read, problems = read_graph(graph["nodes"], graph["edges"], CATALOG)
    assert problems == ()
    assert read.order == ("text", "part.gen", "part.small", "out")
    assert read.named(["part", "text", "nobody"]) == ("part.gen", "part.small", "text")
    assert read.part_for(*read.named(["part"])).order == ("text", "part.gen", "part.small")


def test_a_setting_can_be_wired():
    graph = with_text(carrying(CONTENT))
    nodes = [*graph["nodes"], node("n", "input:number", number=48)]
    read, problems = read_graph(nodes, [*graph["edges"], *chain("n.number part.width")], CATALOG)
    assert problems == ()
    into = {(wire.source, wire.target_port, wire.into_param) for wire in read.wires_into("part.small")}
    assert into == {("part.gen", "image", False), ("n", "width", True)}


def test_components_open_in_components():
    inner = {**CONTENT, "settings": []}
    outer = {
        "nodes": [carrying(inner, "a"), carrying(inner, "b")],
        "edges": [],
        "inputs": [
            {"id": "words", "to": [{"node": one, "handle": "in-prompt"} for one in ("a", "b")]},
        ],
        "outputs": [{"id": "image", "node": "b", "handle": "out-image"}],
    }
    nodes = [node("text", "input:text"), carrying(outer), node("out", "output:preview")]
    found = expand(nodes, chain("text.prompt part.words", "part.image out.value"))
    assert found.problems == ()
    ids = [raw["id"] for raw in found.nodes]
    assert ids == ["text", "part.a.gen", "part.a.small", "part.b.gen", "part.b.small", "out"]
    assert set(ids[1:5]) <= set(found.inside["part"])
    ends = {(one[0], one[2]) for one in wires(found.edges)}
    assert ends == {
        ("text", "part.a.gen"),
        ("text", "part.b.gen"),
        ("part.a.gen", "part.a.small"),
        ("part.b.gen", "part.b.small"),
        ("part.b.small", "out"),
    }


def test_a_wire_that_parts_on_every_level_has_a_name_of_its_own_at_each_end():
    both = [{"node": one, "handle": "in-prompt"} for one in ("a", "b")]
    content: Json = {"nodes": [node("a", "llm:gemini"), node("b", "llm:gemini")]}
    for _ in range(3):
        part = {"edges": [], "outputs": [], "inputs": [{"id": "prompt", "to": both}], **content}
        content = {"nodes": [carrying(part, "a"), carrying(part, "b")]}
    [edge] = chain("text.prompt part.prompt")
    graph = [node("text", "input:text"), carrying(part)], [{**edge, "id": "e"}]
    names = [edge["id"] for edge in expand(*graph).edges]
    assert len(set(names)) == len(names) == 8
    assert lint(*graph, CATALOG).violations == ()


def test_too_deep_is_told_and_never_opened():
    content: Json = CONTENT
    for _ in range(4):
        content = {"nodes": [carrying(content, "in")], "edges": []}
    report = lint([carrying(content)], [], CATALOG)
    assert [problem.rule for problem in report.violations] == ["components-too-deep"]
    assert report.graph.nodes == {}


def test_the_nodes_inside_count():
    many = {"nodes": [node(f"t{n}", "input:text") for n in range(60)], "edges": []}
    report = lint([carrying(many, "a"), carrying(many, "b")], [], CATALOG)
    assert [problem.rule for problem in report.violations] == ["max-nodes"]
    assert "120 nodes" in report.violations[0].message


@pytest.mark.parametrize(
    "component",
    [None, [], "x", 7, {}, {"nodes": "x"}, {"nodes": [None, 3]}, {"nodes": [{"id": ""}]}],
    ids=repr,
)
def test_one_that_cannot_be_read_is_told_once(component: Any):
    graph = with_text(carrying(component))
    report = lint(graph["nodes"], graph["edges"], CATALOG)
    assert [(one.rule, one.node_id) for one in report.violations] == [("unknown-component", "part")]


def test_garbage_inside_never_raises():
    rng = random.Random(20261122)
    scraps: list[Any] = [None, 1, "x", [], {}, [[]], {"id": "a"}, [{"id": "a"}], {"node": 3}, True, -1]

    def scrap(depth: int) -> Any:
        if depth == 0:
            return rng.choice(scraps)
        keys = [
            "id",
            "to",
            "node",
            "handle",
            "place",
            "param",
            "data",
            "nodes",
            "edges",
            "component",
            "source",
        ]
        return rng.choice(
            [rng.choice(scraps), [scrap(depth - 1)], {key: scrap(depth - 1) for key in rng.sample(keys, 3)}]
        )

    for _ in range(500):
        content = {side: [scrap(3)] for side in ("nodes", "edges", "inputs", "outputs", "settings")}
        content["nodes"].append({"id": "a"})
        lint([carrying(content)], chain("part.x part.a", "part. part."), CATALOG)


def test_handles_that_it_does_not_have_are_told_on_the_node():
    graph = with_text(carrying(CONTENT))
    report = lint(graph["nodes"], chain("text.prompt part.nothing", "part.nothing out.value"), CATALOG)
    found = [(one.rule, one.node_id, one.field) for one in report.violations]
    assert found == [
        ("bad-target-handle", "part", "in-nothing"),
        ("bad-source-handle", "part", "out-nothing"),
    ]


def test_wires_into_a_list_keep_their_order():
    """Five texts are shown, of which the second and fourth come from outside the component."""
    join = node("join", "output:preview")
    texts = [node(f"t{n}", "input:text", prompt=str(n)) for n in range(5)]
    whole = chain(*(f"t{n}.prompt join.value" for n in range(5)))
    content = {
        "nodes": [texts[0], texts[2], texts[4], join],
        "edges": [whole[0], whole[2], whole[4]],
        "inputs": [
            {"id": "one", "to": [{"node": "join", "handle": "in-value", "place": 1}]},
            {"id": "three", "to": [{"node": "join", "handle": "in-value", "place": 2}]},
        ],
        "outputs": [],
    }
    found = expand(
        [texts[1], texts[3], carrying(content)], chain("t3.prompt part.three", "t1.prompt part.one")
    )
    assert [edge["source"] for edge in found.edges] == ["part.t0", "t1", "part.t2", "t3", "part.t4"]


def test_what_is_inside_a_disabled_component_is_disabled():
    graph = with_text(carrying(CONTENT, runMode="disabled"))
    read, problems = read_graph(graph["nodes"], graph["edges"], CATALOG)
    assert problems == ()
    assert dict(read.off) == {"part.gen": "disabled", "part.small": "disabled", "out": "depends"}


@pytest.mark.parametrize("said", [{"runMode": "bypassed"}, {"pinned": {"executionId": "x"}}], ids=str)
def test_a_component_is_neither_bypassed_nor_pinned(said):
    graph = with_text(carrying(CONTENT, **said))
    [problem] = lint(graph["nodes"], graph["edges"], CATALOG).violations
    assert (problem.rule, problem.node_id, problem.fix) == ("bad-param-value", "part", "Run or disable it.")
