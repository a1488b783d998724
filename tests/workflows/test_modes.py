"""Which nodes do not run, and what flows past them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.graphs import CATALOG, Json, chain, graph_of, node, read
from workflows.graph import Graph
from workflows.lint import lint
from workflows.modes import BYPASSED, DEPENDS, DISABLED, NOTHING_PASSES, UNNEEDED
from workflows.normalise import normalise

RUN = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
VECTORS = json.loads((Path(__file__).parent / "modes.json").read_text())
MODES: dict[str, Json] = {
    "": {},
    "disabled": {"runMode": "disabled"},
    "bypassed": {"runMode": "bypassed"},
    "pinned": {"pinned": {"executionId": RUN}},
}


def switched(node_id: str, said: str, **params: Any) -> Json:
    """A node from ``"<type>"`` or ``"<type> <mode>"``."""
    kind, _, mode = said.partition(" ")
    made = node(node_id, kind, **params)
    return {**made, "data": made["data"] | MODES[mode]}


def wires(graph: Graph) -> list[str]:
    return [f"{w.source}.{w.source_port} {w.target}.{w.target_port}" for w in graph.wires]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["fact"])
def test_what_is_off_is_as_browser_and_server_agreed(vector):
    params = vector.get("params", {})
    nodes = [switched(node_id, said, **params.get(node_id, {})) for node_id, said in vector["nodes"].items()]
    graph, problems = read(nodes, *vector["wires"])
    assert dict(graph.off) == vector["off"]
    assert sorted(wires(graph)) == sorted(vector["left"])
    assert [one.node_id for one in problems if one.rule == NOTHING_PASSES] == vector.get("stuck", [])


def test_a_graph_without_flags_is_what_it_ever_was():
    nodes = [node("a", "input:text", prompt="x"), node("b", "llm:gemini")]
    graph = graph_of(nodes, "a.prompt b.prompt")
    assert (dict(graph.off), wires(graph)) == ({}, ["a.prompt b.prompt"])


def random_graph(dice: random.Random) -> tuple[list[Json], list[str]]:
    """Pictures, texts and lists, wired at random; some disabled, bypassed or pinned."""
    nodes: list[Json] = [switched("s", "input:image"), switched("t", "input:text", prompt="x")]
    pictures, texts, lists = ["s.image"], ["t.prompt"], []
    steps: list[str] = []
    for number in range(dice.randint(2, 14)):
        name, mode = f"n{number}", dice.choice(["", "", "", "disabled", "bypassed", "pinned"])
        match dice.choice(["resize", "make", "llm", "split", "each", "all"]):
            case "resize":
                nodes.append(switched(name, f"utility:image_resize {mode}"))
                steps.append(f"{dice.choice(pictures)} {name}.image")
                pictures.append(f"{name}.image")
            case "make":
                nodes.append(switched(name, f"generate:nano_banana_2 {mode}", prompt="x"))
                steps += [f"{dice.choice(pictures)} {name}.image"] if dice.random() < 0.7 else []
                steps += [f"{dice.choice(texts)} {name}.prompt"] if dice.random() < 0.7 else []
                pictures.append(f"{name}.images")
            case "llm":
                nodes.append(switched(name, f"llm:gemini {mode}"))
                steps.append(f"{dice.choice(texts)} {name}.prompt")
                texts.append(f"{name}.text")
            case "split":
                nodes.append(switched(name, f"utility:text_split {mode}"))
                steps.append(f"{dice.choice(texts)} {name}.text")
                lists.append(f"{name}.items")
            case "each" if lists:
                nodes.append(switched(name, f"utility:iterate {mode}"))
                steps.append(f"{dice.choice(lists)} {name}.list")
                texts.append(f"{name}.item")
            case "all":
                nodes.append(switched(name, f"utility:collect {mode}"))
                steps.append(f"{dice.choice(texts)} {name}.item")
                lists.append(f"{name}.list")
    return nodes, steps


def test_whatever_is_switched_the_laws_hold():
    for seed in range(300):
        dice = random.Random(seed)
        nodes, steps = random_graph(dice)
        graph, _ = read(nodes, *steps)
        plain, _ = read([one | {"data": one["data"] | {"runMode": ""}} for one in nodes], *steps)
        said = {one["id"]: one["data"].get("runMode", "") for one in nodes}
        gone = {node_id for node_id, why in graph.off.items() if why != UNNEEDED}
        about = f"seed {seed}"
        # What was said of a node holds, and nothing else is disabled or bypassed.
        assert {i: w for i, w in graph.off.items() if w in (DISABLED, BYPASSED)} == {
            i: w for i, w in said.items() if w
        }, about
        # No wire touches what does not run; every wire leads where one led before, from what stood before that.
        ports = {(w.target, w.target_port) for w in plain.wires}
        for wire in graph.wires:
            assert not {wire.source, wire.target} & gone, about
            assert (wire.target, wire.target_port) in ports, about
            assert wire.source in plain.ancestors(wire.target), about
        # Nothing depends on a disabled node that does not come after one, or after one that lets nothing pass.
        off = {i for i, mode in said.items() if mode}
        for node_id, why in graph.off.items():
            if why == DEPENDS:
                assert plain.ancestors(node_id) & off, about
        # What is not needed serves nothing but what is not needed or pinned.
        unneeded = {i for i, why in graph.off.items() if why == UNNEEDED}
        for node_id in unneeded:
            for wire in graph.wires_from(node_id):
                assert wire.target in unneeded or graph.nodes[wire.target].pin is not None, about
        # Disabling one more never lets one run that did not, but what only a pinned node kept from it.
        more = dice.choice(nodes)["id"]
        again, _ = read(
            [one if one["id"] != more else one | {"data": one["data"] | MODES["disabled"]} for one in nodes],
            *steps,
        )
        assert gone - set(again.off) == set() or said[more] == BYPASSED, about


def test_reading_the_part_for_a_node_that_only_a_pinned_one_needs_runs_it():
    nodes = [
        switched("a", "input:text", prompt="x"),
        switched("b", "llm:gemini"),
        switched("c", "llm:gemini pinned"),
    ]
    graph = graph_of(nodes, "a.prompt b.prompt", "b.text c.prompt")
    assert dict(graph.off) == {"a": UNNEEDED, "b": UNNEEDED}
    assert dict(graph.part_for("b").off) == {}
    assert dict(graph.part_for("b", "c").off) == {}
    assert dict(graph.part_for("c").off) == {"a": UNNEEDED, "b": UNNEEDED}


def test_what_opens_the_list_of_a_pinned_node_is_needed():
    nodes = [
        switched("a", "input:text", prompt="x,y"), switched("l", "utility:text_split"),
        switched("e", "utility:iterate"),
        switched("b", "llm:gemini"), switched("c", "llm:gemini pinned"),
    ]  # fmt: skip
    graph = graph_of(nodes, "a.prompt l.text", "l.items e.list", "e.item b.prompt", "b.text c.prompt")
    assert dict(graph.off) == {"b": UNNEEDED}


def test_problems_of_what_does_not_run_stop_nothing():
    nodes = [
        switched("e", "llm:gemini disabled"),
        switched("d", "llm:gemini"),
        switched("t", "input:text", prompt="x"),
    ]
    report = lint(nodes, chain("e.text d.prompt"), CATALOG, executing=True)
    assert (report.violations, report.warnings) == ((), ())


def test_a_pinned_node_without_its_wire_misses_nothing():
    report = lint([switched("p", "llm:gemini pinned")], [], CATALOG, executing=True)
    assert (report.violations, report.warnings) == ((), ())


def test_nothing_that_passes_is_a_warning_and_stops_an_execution():
    nodes = [
        switched("t", "input:text", prompt="x"),
        switched("g", "generate:nano_banana_2 bypassed"),
        switched("o", "output:preview"),
    ]
    edges = chain("t.prompt g.prompt", "g.images o.value")
    [warning] = lint(nodes, edges, CATALOG).warnings
    assert (warning.rule, warning.node_id, warning.fix) == (
        NOTHING_PASSES, "g", "Wire IMAGE into it, or run or disable it.",
    )  # fmt: skip
    assert [one.rule for one in lint(nodes, edges, CATALOG, executing=True).violations] == [NOTHING_PASSES]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"runMode": "muted"}, "runMode"),
        ({"runMode": ["disabled"]}, "runMode"),
        ({"pinned": "run-1"}, "pinned"),
        ({"pinned": {"executionId": "run-1"}}, "pinned"),
        ({"pinned": {"executionId": RUN, "nodeId": 7}}, "pinned"),
    ],
    ids=str,
)
def test_nonsense_is_named(data, field):
    made = node("g", "llm:gemini", prompt="x")
    [problem] = lint([made | {"data": made["data"] | data}], [], CATALOG).violations
    assert (problem.rule, problem.node_id, problem.field) == ("bad-param-value", "g", field)


def test_an_input_cannot_be_pinned():
    [problem] = lint([switched("t", "input:text pinned", prompt="x")], [], CATALOG).violations
    assert (problem.field, problem.fix) == ("pinned", "Unpin the node.")


def test_the_flags_survive_being_stored():
    nodes = [switched("a", "llm:gemini disabled", prompt="x"), switched("b", "llm:gemini pinned", prompt="x")]
    kept = normalise(nodes, [], CATALOG).nodes
    assert kept[0]["data"]["runMode"] == "disabled"
    assert kept[1]["data"]["pinned"] == {"executionId": RUN}
    assert normalise(kept, [], CATALOG).nodes == kept
