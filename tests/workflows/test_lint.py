"""Each rule: a graph on which it speaks, and one on which it is silent."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.workflows.graphs import CATALOG, PICTURE_GRAPH, chain, node
from workflows.lint import lint
from workflows.problems import Problem

PROMPT = node("t", "input:text", prompt="fox")
PHOTO = node("p", "input:image", image="https://x.example/1.png")
PHOTOS = node("ps", "input:image_list", images=["https://x.example/1.png", "https://x.example/2.png"])
MAKE = node("g", "generate:nano_banana_2", prompt="fox")
MAKE_4 = node("g", "generate:nano_banana_2", prompt="fox", num_images=4)
RESIZE = node("r", "utility:image_resize")


def falling(made: dict[str, Any], kind: str, **params: Any) -> dict[str, Any]:
    """The node with another one to try when it fails."""
    fallback = {"nodeType": kind, "params": params}
    return made | {"data": made["data"] | {"onError": "fallback", "fallback": fallback}}


def found(nodes: list[Any], *steps: str, **options: Any) -> list[Problem]:
    report = lint(nodes, chain(*steps), CATALOG, **options)
    return [*report.violations, *report.warnings]


def rules(nodes: list[Any], *steps: str, **options: Any) -> list[str]:
    return [problem.rule for problem in found(nodes, *steps, **options)]


def test_a_good_graph_is_clean():
    report = lint(PICTURE_GRAPH["nodes"], PICTURE_GRAPH["edges"], CATALOG, executing=True)
    assert (report.ok, report.violations, report.warnings) == (True, (), ())


FIRES = {
    "unknown-node-type": ([node("x", "generate:nano_bananna_2")], []),
    "dangling-edge": ([PROMPT], ["t.prompt gone.prompt"]),
    "bad-source-handle": ([PROMPT, MAKE], ["t.promt g.prompt"]),
    "bad-target-handle": ([PROMPT, MAKE], ["t.prompt g.promt"]),
    "type-mismatch": ([PROMPT, RESIZE], ["t.prompt r.image"]),
    "input-already-wired": ([PROMPT, PROMPT | {"id": "u"}, MAKE], ["t.prompt g.prompt", "u.prompt g.prompt"]),
    "bad-param-value": ([node("g", "generate:nano_banana_2", prompt="x", resolution="8K")], []),
    "too-many-items": ([node(f"p{n}", "input:image", image="https://x.example/1.png") for n in range(4)]
                       + [node("g", "generate:nano_banana", prompt="x")],
                       [f"p{n}.image g.image" for n in range(4)]),
    "too-many-iterates": ([PHOTOS, *(node(f"e{n}", "utility:iterate") for n in range(4)), MAKE],
                          ["ps.images e0.list", "ps.images e1.list", "ps.images e2.list", "ps.images e3.list",
                           "e0.item g.image1", "e1.item g.image2", "e2.item g.image3", "e3.item g.image4"]),
    "list-length-mismatch": ([PHOTOS, node("qs", "input:image_list", images=["a", "b", "c"]),
                              node("a", "utility:iterate", group="x"), node("b", "utility:iterate", group="x")],
                             ["ps.images a.list", "qs.images b.list"]),
    "cycle": ([RESIZE, node("c", "utility:image_crop")], ["r.image c.image", "c.image r.image"]),
    "max-nodes": ([node(f"t{n}", "input:text") for n in range(101)], []),
    "max-edges": ([PROMPT, node("o", "output:preview")], ["t.prompt o.value"] * 501),
    "duplicate-node-id": ([PROMPT, PROMPT], []),
    "list-into-single": ([MAKE_4, RESIZE], ["g.images r.image"]),
    "image-into-mask": ([PHOTO, RESIZE, node("m", "utility:apply_mask")],
                        ["p.image r.image", "p.image m.image", "r.image m.mask"]),
    "unknown-param": ([node("t", "input:text", prompt="x", colour="red")], []),
    "required-input-missing": ([RESIZE], []),
    "deprecated-import-node": ([node("v", "input:video", video="https://x.example/1.mp4")], []),
    "retired-model": ([node("d", "generate:dall_e_3", prompt="x")], []),
    "unsupported-node": ([node("s", "action:social_publish")], []),
    "unsupported-import": ([node("v", "utility:tiktok_import", video="https://x.example/1.mp4")], []),
    "requirement-missing": ([node("v", "input:image", image="https://x.example/1.mp4", mediaType="VIDEO"),
                             node("f", "utility:video_frame")], ["v.image f.video"]),
    "collect-without-iterate": ([PHOTOS, node("c", "utility:collect")], ["ps.images c.item"]),
    "bad-fallback": ([PROMPT, falling(MAKE, "video:kling_video_2_5_i2v"), node("o", "output:preview")],
                     ["t.prompt g.prompt", "g.images o.value"]),
}  # fmt: skip

SILENT = {
    "unknown-node-type": ([node("x", "input:images", images=["https://x.example/1.png"])], []),
    "dangling-edge": ([PROMPT, MAKE], ["t.prompt g.prompt"]),
    "bad-source-handle": ([PROMPT, MAKE], ["t.text g.prompt"]),
    "bad-target-handle": ([PROMPT, MAKE], ["t.prompt g.text"]),
    "type-mismatch": ([node("n", "input:number", number=3), MAKE], ["n.number g.prompt"]),
    "input-already-wired": ([PHOTO, MAKE], ["p.image g.image", "p.image g.image2"]),
    "bad-param-value": ([node("g", "generate:nano_banana_2", prompt="x", resolution="1k")], []),
    "too-many-items": ([PHOTOS, node("g", "generate:nano_banana", prompt="x")], ["ps.images g.image"]),
    "too-many-iterates": ([PHOTOS, *(node(f"e{n}", "utility:iterate", group="x") for n in range(4)), MAKE],
                          ["ps.images e0.list", "ps.images e1.list", "ps.images e2.list", "ps.images e3.list",
                           "e0.item g.image1", "e1.item g.image2", "e2.item g.image3", "e3.item g.image4"]),
    "list-length-mismatch": ([PHOTOS, node("qs", "input:image_list", images=["a"]),
                              node("a", "utility:iterate", group="x"), node("b", "utility:iterate", group="x")],
                             ["ps.images a.list", "qs.images b.list"]),
    "cycle": ([PHOTO, RESIZE, node("c", "utility:image_crop")], ["p.image r.image", "r.image c.image"]),
    "max-nodes": ([node(f"t{n}", "input:text") for n in range(100)], []),
    "max-edges": ([PROMPT, node("o", "output:preview")], ["t.prompt o.value"] * 500),
    "duplicate-node-id": ([PROMPT, PHOTO], []),
    "list-into-single": ([MAKE, RESIZE], ["g.images r.image"]),
    "image-into-mask": ([PHOTO, RESIZE, node("a", "utility:mask_from_alpha"), node("m", "utility:apply_mask")],
                        ["p.image r.image", "p.image m.image", "r.image a.image", "a.mask m.mask"]),
    "unknown-param": ([node("t", "input:text", text="x")], []),
    "required-input-missing": ([PHOTO, RESIZE], ["p.image r.image"]),
    "deprecated-import-node": ([PHOTO], []),
    "retired-model": ([MAKE], []),
    "unsupported-node": ([MAKE], []),
    "unsupported-import": ([PHOTO], []),
    "requirement-missing": ([PHOTO, RESIZE], ["p.image r.image"]),
    "collect-without-iterate": ([PHOTOS, node("e", "utility:iterate"), node("c", "utility:collect")],
                                ["ps.images e.list", "e.item c.item"]),
    "bad-fallback": ([PROMPT, falling(MAKE, "generate:nano_banana"), node("o", "output:preview")],
                     ["t.prompt g.prompt", "g.images o.value"]),
}  # fmt: skip

SUPPORTED = {"utility:image_resize", "utility:image_crop", "utility:apply_mask", "utility:mask_from_alpha"}
SUPPORTED |= {"output:preview"}
WARNINGS = {
    "list-into-single", "image-into-mask", "unknown-param", "required-input-missing", "deprecated-import-node",
    "retired-model", "unsupported-node", "unsupported-import", "requirement-missing", "collect-without-iterate",
}  # fmt: skip


@pytest.mark.parametrize("rule", FIRES)
def test_the_rule_speaks(rule):
    nodes, steps = FIRES[rule]
    problems = [problem for problem in found(nodes, *steps, supported=SUPPORTED) if problem.rule == rule]
    assert problems
    for problem in problems:
        assert problem.severity == ("warning" if rule in WARNINGS else "error")
        assert problem.message.endswith(".")
        assert problem.fix
        assert problem.node_id or problem.edge_id or rule.startswith("max-")


@pytest.mark.parametrize("rule", SILENT)
def test_the_rule_is_silent(rule):
    nodes, steps = SILENT[rule]
    assert rules(nodes, *steps, supported=SUPPORTED) == []


def test_duplicate_edge_ids_are_told():
    edges = [{**edge, "id": "e"} for edge in chain("t.prompt o.value", "t.prompt o.value")]
    report = lint([PROMPT, node("o", "output:preview")], edges, CATALOG)
    assert [(problem.rule, problem.edge_id) for problem in report.violations] == [("duplicate-edge-id", "e")]


def test_every_rule_of_the_catalog_is_tried_here():
    assert set(FIRES) == set(SILENT)
    assert set(FIRES) | {"duplicate-edge-id"} == {
        "bad-fallback",
        "unknown-node-type", "dangling-edge", "bad-source-handle", "bad-target-handle", "type-mismatch",
        "input-already-wired", "bad-param-value", "too-many-items", "too-many-iterates", "list-length-mismatch",
        "cycle", "max-nodes", "max-edges", "duplicate-node-id", "duplicate-edge-id", *WARNINGS,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "fix"),
    [
        ("unknown-node-type", 'Did you mean "generate:nano_banana_2"?'),
        ("bad-source-handle", 'Did you mean "out-prompt"?'),
        ("bad-target-handle", 'Did you mean "in-prompt"?'),
        ("bad-param-value", "Use one of 512, 1K, 2K, 4K."),
    ],
)
def test_a_slip_of_the_pen_gets_a_hint(rule, fix):
    nodes, steps = FIRES[rule]
    [problem] = [problem for problem in found(nodes, *steps) if problem.rule == rule]
    assert problem.fix == fix


def test_a_wrong_wire_names_both_ends_and_another_input():
    [problem] = [p for p in found([PROMPT, MAKE], "t.prompt g.image") if p.rule == "type-mismatch"]
    assert problem.message == '"Text Input" gives TEXT, and Reference images of "Nano Banana 2" takes IMAGE.'
    assert problem.fix == 'Did you mean "in-prompt"?'
    assert problem.as_wire() == {
        "rule": "type-mismatch", "severity": "error", "message": problem.message, "fix": problem.fix,
        "nodeId": "g", "edgeId": "edge-1", "field": "image1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "width of \"Resize\" is 0; it must be between 1 and 8192."),
        ("wide", "width of \"Resize\" is \"wide\"; it must be a number."),
        (1.5, "width of \"Resize\" is 1.5; it must be a whole number."),
        (True, "width of \"Resize\" is true; it must be a number."),
    ],
)  # fmt: skip
def test_a_bad_number_is_told_with_its_bounds(value, message):
    [problem] = [
        p for p in found([node("r", "utility:image_resize", width=value)]) if p.rule == "bad-param-value"
    ]
    assert problem.message.split(" between ")[0] == message.split(" between ")[0]
    assert problem.field == "width"


@pytest.mark.parametrize(
    ("params", "fix"),
    [
        ({"width": 0}, "Give width another value."),
        ({"widht": 5}, 'Did you mean "width"?'),
        ({"zzzzzz": 5}, "Remove it."),
    ],
)
def test_a_setting_that_does_not_fit_says_what_to_do(params, fix):
    assert [
        p.fix for p in found([PHOTO, node("r", "utility:image_resize", **params)], "p.image r.image")
    ] == [fix]


@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("generate:dall_e_3", "Use generate:gpt_image."),
        ("generate:imagen4", "Use generate:nano_banana_2."),
        ("input:video", "Use input:image."),
    ],
)
def test_an_old_node_type_is_told_with_what_to_use(kind, fix):
    problems = found([node("x", kind, prompt="a fox", video="https://x.example/1.mp4")])
    assert fix in [p.fix for p in problems if p.rule in ("retired-model", "deprecated-import-node")]


@pytest.mark.parametrize("color", ["#fff", "#ffffff", "#ffffff80"])
def test_colours_are_written_in_hex(color):
    assert rules([node("c", "utility:solid_color", color=color)]) == []
    assert rules([node("c", "utility:solid_color", color=f"{color}z")]) == ["bad-param-value"]


@pytest.mark.parametrize("rule", ["required-input-missing", "unsupported-node", "requirement-missing"])
def test_three_warnings_stop_an_execution(rule):
    nodes, steps = FIRES[rule]
    assert rule in [p.rule for p in lint(nodes, chain(*steps), CATALOG, supported=SUPPORTED).warnings]
    report = lint(nodes, chain(*steps), CATALOG, supported=SUPPORTED, executing=True)
    assert rule in [p.rule for p in report.violations]


def test_types_run_through_routers_branches_and_lists():
    texts = node("s", "utility:text_split", text="a\nb")
    each, route = node("e", "utility:iterate"), node("x", "logic:router")
    steps = ["s.items e.list", "e.item x.value", "x.value r.image"]
    assert rules([texts, each, route, RESIZE], *steps) == ["type-mismatch"]
    pictures = [PHOTOS, each, route, RESIZE]
    assert rules(pictures, "ps.images e.list", "e.item x.value", "x.value r.image") == []


def test_a_list_keeps_its_shape_through_a_router_but_not_through_select():
    assert rules([MAKE_4, node("x", "logic:router"), RESIZE], "g.images x.value", "x.value r.image") == [
        "list-into-single"
    ]
    pick = node("x", "utility:select_item")
    assert rules([MAKE_4, pick, RESIZE], "g.images x.items", "x.item r.image") == []


def test_mixed_types_at_a_merge_are_anything():
    nodes = [PROMPT, PHOTO, node("m", "logic:merge"), RESIZE]
    assert rules(nodes, "t.prompt m.a", "p.image m.b", "m.value r.image") == []


def test_a_source_without_its_file_is_told_only_where_something_needs_it():
    empty = node("p", "input:image")
    assert rules([empty, MAKE], "p.image g.image") == []
    [problem] = found([empty, RESIZE], "p.image r.image")
    assert (problem.rule, problem.node_id, problem.field) == ("required-input-missing", "p", "image")


@pytest.mark.parametrize("prompt", [None, "", " \n\t"])
def test_a_model_is_not_asked_with_a_text_that_is_known_to_be_blank(prompt):
    blank = node("t", "input:text", prompt=prompt)
    [problem] = found([blank, MAKE], "t.prompt g.prompt")
    assert (problem.rule, problem.node_id, problem.field) == ("required-input-missing", "g", "prompt")
    assert problem.message.endswith('and "Text Input", which is wired to it, is empty.')
    assert problem.fix == 'Write a text in "Text Input", or give it when running.'
    # Its own prompt does not count beside a wire, and written alone it is as blank.
    wired = [blank, node("g", "generate:nano_banana_2", prompt="a fox")]
    assert rules(wired, "t.prompt g.prompt") == ["required-input-missing"]
    if prompt:
        assert rules([node("g", "generate:nano_banana_2", prompt=prompt)]) == ["required-input-missing"]


def test_a_blank_text_is_no_problem_where_it_may_be_left_out_or_is_only_part_of_one():
    blank, ask = node("t", "input:text", prompt=""), node("g", "llm:gemini", prompt="a fox")
    assert rules([blank, ask], "t.prompt g.system_prompt") == []
    assert rules([blank, node("s", "utility:text_split")], "t.prompt s.text") == []
    joined = [blank, PROMPT | {"id": "u"}, node("c", "utility:prompt_concat"), MAKE]
    assert rules(joined, "t.prompt c.prompt1", "u.prompt c.prompt2", "c.prompt g.prompt") == []


def test_the_length_of_written_lists_is_known():
    table = node("t", "input:table", csv="name;age\nAnn;3\n;4\nBob;5\n", required_columns=["name"])
    report = lint(
        [table, node("e", "utility:iterate"), node("s", "utility:text_split", text="a\n\nb\nc"),
         node("f", "utility:iterate", limit=2)],
        chain("t.rows e.list", "s.items f.list"), CATALOG,
    )  # fmt: skip
    assert {name: (found.low, found.high) for name, found in report.flows.items.items()} == {
        "e": (2, 2), "f": (2, 2),
    }  # fmt: skip


def test_a_schema_bounds_the_length_of_a_models_list():
    schema = {"properties": {"shots": {"type": "array", "minItems": 6, "maxItems": 12}}}
    nodes = [node("m", "llm:gemini", prompt="x", json_schema=schema)]
    nodes += [node("a", "utility:json_extract", path="shots"), node("e", "utility:iterate")]
    report = lint(nodes, chain("m.json a.json", "a.items e.list"), CATALOG)
    assert (report.flows.items["e"].low, report.flows.items["e"].high) == (6, 12)


def test_a_chain_of_a_hundred_nodes_is_quick():
    nodes = [PHOTO, *(node(f"r{n}", "utility:image_resize") for n in range(99))]
    steps = ["p.image r0.image", *(f"r{n}.image r{n + 1}.image" for n in range(98))]
    start = time.perf_counter()
    assert rules(nodes, *steps, executing=True) == []
    assert time.perf_counter() - start < 1


def test_a_hostile_graph_is_refused_quickly():
    word = "ab" * 60
    nodes = [node(f"{word}{n}", f"{word}{n}", **{f"{word}{k}": 1 for k in range(20)}) for n in range(50)]
    nodes += [
        node(f"k{n}", "generate:nano_banana_2", **{f"{word}{k}": 1 for k in range(2_000)}) for n in range(50)
    ]
    steps = [f"k{n % 50}.{word} k{(n + 1) % 50}.{word}" for n in range(500)]
    start = time.perf_counter()
    assert "bad-source-handle" in rules(nodes, *steps)
    assert time.perf_counter() - start < 3


def with_data(made: dict[str, Any], **data: Any) -> dict[str, Any]:
    return made | {"data": made["data"] | data}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (falling(RESIZE, "generate:nano_banana"), "calls no model"),
        (falling(MAKE, "generate:nano_bananna_3"), "which there is not"),
        (falling(MAKE, "utility:image_crop"), "cannot fall back to"),
        (falling(MAKE, "generate:nano_banana_2"), "falls back to itself"),
        (falling(MAKE, "generate:nano_banana", aspect_ratio="7:1"), "aspect_ratio of the fallback"),
        (with_data(MAKE, onError="fallback", fallback="x"), "falls back to itself"),
        (with_data(MAKE, onError="retry"), "must be stop, skip or fallback"),
        (with_data(MAKE, onError=["skip"]), "must be stop, skip or fallback"),
        (with_data(MAKE, timeLimit=0), "must be a number of seconds from 1 to 1800"),
        (with_data(MAKE, timeLimit="9"), "must be a number of seconds from 1 to 1800"),
        (with_data(MAKE, timeLimit=True), "must be a number of seconds from 1 to 1800"),
    ],
)
def test_a_policy_that_cannot_be_is_told_and_the_graph_stays_readable(made: dict[str, Any], said: str):
    report = lint([made], [], CATALOG)
    [problem] = report.violations
    assert said in problem.message
    assert report.graph.nodes[made["id"]].fallback is None or "aspect_ratio" in said


def test_a_fallback_gets_the_settings_that_it_knows():
    made = node(
        "g", "generate:nano_banana_2", prompt="fox", aspect_ratio="16:9", resolution="4K", num_images=2
    )
    report = lint([with_data(falling(made, "generate:nano_banana"), timeLimit=7)], [], CATALOG)
    node_ = report.graph.nodes["g"]
    assert report.violations == ()
    assert node_.fallback is not None
    assert node_.fallback.params["aspect_ratio"] == "16:9"
    assert (node_.kind.timeout, node_.fallback.kind.timeout) == (7, 7)
    assert CATALOG["generate:nano_banana_2"].timeout != 7
