"""Reading graphs: handles, values, order."""

from __future__ import annotations

import pytest

from tests.workflows.graphs import CATALOG, PICTURE_GRAPH, chain, graph_of, node, read, wire
from workflows.graph import read_graph


def test_a_graph_is_read_with_its_wires_in_order():
    graph = graph_of(PICTURE_GRAPH["nodes"], "text.prompt image.prompt", "image.images out.value")
    assert graph.order == ("text", "image", "out")
    assert [(w.source_port, w.target_port, w.slot, w.index) for w in graph.wires] == [
        ("prompt", "prompt", 1, 0),
        ("images", "value", 1, 1),
    ]
    assert graph.nodes["image"].label == "Nano Banana 2"
    assert graph.nodes["image"].params["num_images"] == 1
    assert graph.nodes["image"].position == (0.0, 0.0)


def test_order_is_topological_and_else_as_given():
    nodes = [node("out", "output:preview"), node("b", "input:text"), node("a", "input:text")]
    assert graph_of(nodes, "a.prompt out.value", "b.prompt out.value").order == ("b", "a", "out")


@pytest.mark.parametrize(
    ("handle", "port", "slot", "into_param"),
    [
        ("in-prompt", "prompt", 1, False),
        ("prompt", "prompt", 1, False),
        ("in-text", "prompt", 1, False),
        ("in-image1", "image1", 1, False),
        ("in-image", "image1", 1, False),
        ("in-image_url", "image1", 1, False),
        ("in-image3", "image1", 3, False),
        ("in-image14", "image1", 14, False),
        ("in-seed", "seed", 1, True),
        ("in-resolution", "resolution", 1, True),
    ],
)
def test_an_input_handle_means_a_port_by_id_alias_number_or_parameter(handle, port, slot, into_param):
    edge = {"source": "s", "target": "g", "sourceHandle": "out-prompt", "targetHandle": handle}
    nodes = [node("s", "input:text"), node("g", "generate:nano_banana_2")]
    graph, problems = read_graph(nodes, [edge], CATALOG)
    assert problems == ()
    assert (graph.wires[0].target_port, graph.wires[0].slot, graph.wires[0].into_param) == (
        port,
        slot,
        into_param,
    )
    assert graph.nodes["g"].input(port).id == port


@pytest.mark.parametrize("handle", ["in-image15", "in-image0", "in-image01", "in-imge", "in-", "out-prompt"])
def test_a_handle_that_means_nothing_is_reported_and_its_edge_left_out(handle):
    edge = {"source": "s", "target": "g", "sourceHandle": "out-prompt", "targetHandle": handle}
    nodes = [node("s", "input:text"), node("g", "generate:nano_banana_2")]
    graph, problems = read_graph(nodes, [edge], CATALOG)
    assert [problem.rule for problem in problems] == ["bad-target-handle"]
    assert graph.wires == ()


def test_the_handle_may_be_left_out_where_there_is_one_port():
    nodes = [node("s", "input:text"), node("out", "output:preview")]
    graph, problems = read_graph(nodes, [{"source": "s", "target": "out"}], CATALOG)
    assert problems == ()
    assert (graph.wires[0].source_port, graph.wires[0].target_port) == ("prompt", "value")


def test_outputs_follow_a_parameter_where_the_catalog_says_so():
    nodes = [
        node("j", "input:json", json={"a": 1}),
        node("m", "utility:json_multi_extract", paths='{"title": "a"}'),
        node("out", "output:preview"),
    ]
    graph, problems = read(nodes, "j.json m.json", "m.title out.value", "m.titel out.value")
    assert [wire.source_port for wire in graph.wires] == ["json", "title"]
    assert [(problem.rule, problem.fix) for problem in problems] == [
        ("bad-source-handle", 'Did you mean "out-title"?')
    ]
    assert graph.nodes["m"].output("title").type == "ANY"


def test_unknown_names_mean_the_one_port_of_a_router():
    nodes = [node("s", "input:text"), node("r", "logic:router"), node("out", "output:preview")]
    graph = graph_of(nodes, "s.prompt r.anything", "r.whatever out.picture")
    assert [(w.source_port, w.target_port) for w in graph.wires] == [("prompt", "value"), ("value", "value")]


def test_config_wins_over_params_over_data_over_the_default():
    raw = {
        "id": "g",
        "data": {
            "nodeType": "generate:nano_banana_2",
            "config": {"resolution": "4K"},
            "params": {"resolution": "2K", "aspect_ratio": "16:9"},
            "aspect_ratio": "1:1",
            "num_images": 3,
        },
    }
    params = graph_of([raw]).nodes["g"].params
    assert (params["resolution"], params["aspect_ratio"], params["num_images"], params["output_format"]) == (
        "4K", "16:9", 3, "png",
    )  # fmt: skip


def test_values_go_by_aliases_and_in_other_spellings():
    nodes = [
        node("music", "audio:elevenlabs_music", prompt="calm", duration_seconds=12),
        node("image", "generate:nano_banana_2", resolution="512px", seed="7", num_images=2.0),
        node("clip", "video:kling_video_2_5_i2v", duration=10),
        node("gpt", "generate:openai_gpt_image_2", image_size={"width": 800, "height": 600}),
    ]
    graph = graph_of(nodes)
    assert graph.nodes["music"].params["music_length_ms"] == 12_000
    assert [graph.nodes["image"].params[key] for key in ("resolution", "seed", "num_images")] == ["512", 7, 2]
    assert graph.nodes["clip"].params["duration"] == "10"
    gpt = graph.nodes["gpt"].params
    assert (gpt["size"], gpt["custom_size"], gpt["model"]) == ("custom", "800x600", "gpt-image-2")


def test_an_alias_keeps_its_name_and_brings_its_preset():
    graph = graph_of(
        [node("a", "generate:recraft_v4_pro"), node("b", "generate:recraft_v4_pro", tier="standard")]
    )
    assert graph.nodes["a"].given_name == "generate:recraft_v4_pro"
    assert graph.nodes["a"].kind.name == "generate:recraft_v4"
    assert [graph.nodes[name].params["tier"] for name in "ab"] == ["pro", "standard"]


def test_a_retired_model_runs_as_its_replacement():
    found = graph_of([node("a", "generate:dall_e_3", size="1792x1024", quality="hd", prompt="a cat")]).nodes[
        "a"
    ]
    assert (found.kind.name, found.given_name) == ("generate:gpt_image", "generate:dall_e_3")
    assert [found.params[key] for key in ("model", "size", "quality", "prompt")] == [
        "gpt-image-2", "1536x1024", "high", "a cat",
    ]  # fmt: skip


def test_an_input_may_be_given_as_a_value():
    graph = graph_of(
        [
            node(
                "g",
                "generate:nano_banana_2",
                image2="https://x.example/2.png",
                image="https://x.example/1.png",
                text="hi",
            )
        ]
    )
    assert graph.nodes["g"].given == {"image1": ("https://x.example/1.png", "https://x.example/2.png")}
    assert graph.nodes["g"].params["prompt"] == "hi"


def test_older_graphs_name_the_type_in_model_name():
    raw = {
        "id": "a",
        "type": "model",
        "data": {"model": {"name": "model:fal:text-to-image"}, "prompt": "fox"},
    }
    found = graph_of([raw]).nodes["a"]
    assert (found.kind.name, found.params["prompt"]) == ("generate:flux_2", "fox")


def test_notes_and_groups_are_no_nodes():
    nodes = [
        node("n", "utility:sticky_note", text="hello"),
        {"id": "m", "type": "stickyNote", "data": {"text": "hi"}},
        {"id": "box", "type": "custom_group", "data": {"name": "Group"}},
        node("t", "input:text"),
    ]
    graph, problems = read_graph(nodes, [wire("t.prompt", "n.text")], CATALOG)
    assert list(graph.nodes) == ["t"]
    assert [problem.rule for problem in problems] == ["dangling-edge"]


def test_a_list_input_joins_its_wires_by_slot_then_by_edge():
    nodes = [node(name, "input:image") for name in "abc"] + [node("g", "generate:nano_banana_2")]
    graph = graph_of(nodes, "a.image g.image2", "b.image g.image", "c.image g.image1")
    assert [w.source for w in graph.wires_into("g")] == ["b", "c", "a"]


def test_a_part_holds_a_node_and_what_it_depends_on():
    nodes = [
        node("t", "input:text"),
        node("i", "input:image_list"),
        node("each", "utility:iterate"),
        node("a", "edit:nano_banana_2_edit"),
        node("b", "utility:image_resize"),
        node("c", "utility:image_grid"),
    ]
    graph = graph_of(
        nodes,
        "t.prompt a.prompt",
        "i.images each.list",
        "each.item a.image",
        "a.images b.image",
        "i.images c.images",
    )
    part = graph.part_for("b")
    assert list(part.nodes) == ["t", "i", "each", "a", "b"]
    assert part.order == ("t", "i", "each", "a", "b")
    assert part.levels["b"] == (("each",),)
    assert graph.ancestors("b") == {"t", "i", "each", "a"}
    with pytest.raises(KeyError):
        graph.part_for("nobody")


def test_a_long_circle_is_named_in_part():
    nodes = [node(f"n{n}", "utility:image_resize") for n in range(8)]
    for n, raw in enumerate(nodes):
        raw["data"]["label"] = str(n)
    _, [problem] = read(nodes, *(f"n{n}.image n{(n + 1) % 8}.image" for n in range(8)))
    assert problem.message.count("→") == 7
    assert " → … → " in problem.message


def test_nodes_of_a_cycle_stand_last_and_the_circle_is_named():
    nodes = [node("a", "utility:image_resize"), node("b", "utility:image_crop"), node("i", "input:image")]
    graph, problems = read(nodes, "a.image b.image", "b.image a.image")
    assert graph.order == ("i", "a", "b")
    assert [problem.rule for problem in problems] == ["cycle"]
    assert (
        problems[0].message == '"Crop" → "Resize" → "Crop" go round in a circle, so none of them could start.'
    )
    assert graph.ancestors("a") == {"b"}


def test_ids_stand_once():
    nodes = [node("a", "input:text"), node("a", "input:text")]
    edges = [{**edge, "id": "same"} for edge in chain("a.prompt b.value", "a.prompt b.value")]
    _, problems = read_graph([*nodes, node("b", "output:preview")], edges, CATALOG)
    assert [problem.rule for problem in problems] == ["duplicate-node-id", "duplicate-edge-id"]


@pytest.mark.parametrize(
    ("nodes", "edges"),
    [
        ([{}], [{}]),
        ([{"id": 3, "data": None, "type": ["x"]}], [{"source": [], "target": {}}]),
        ([{"id": "a", "data": {"nodeType": ["x"], "params": 4}}], [{"id": {}, "source": "a", "target": "a"}]),
        ([{"id": "a", "data": {"nodeType": "input:text", "label": 4, "config": {"prompt": {"x": []}}}}], []),
        (
            [
                {
                    "id": "a",
                    "position": {"x": "1", "y": None},
                    "data": {"nodeType": "input:image", "image": [[]]},
                }
            ],
            [],
        ),
    ],
)
def test_reading_never_raises(nodes, edges):
    graph, problems = read_graph(nodes, edges, CATALOG)
    assert len(graph.nodes) <= 1
    assert problems
