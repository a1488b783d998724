"""Workflows of ComfyUI become ours: what each node is mapped to, what is kept of it, and what is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as some

from providers.local import SUPPORTED
from tests.workflows.comfyui_files import (
    CONTROL_NET,
    FILES,
    FLUX,
    IMAGE_TO_IMAGE,
    INPAINTING,
    LARGER_SECOND_PASS,
    LORAS,
    TEXT_TO_IMAGE,
    UPSCALING,
    node,
    sampler,
)
from tests.workflows.graphs import CATALOG
from wireflow_ui.body_limit import PAGE_LIMIT, limit_for
from workflows.comfyui.building import MAPPED, MISSING, REPLACED, Imported
from workflows.comfyui.reading import MOST_NODES, NotComfyUI
from workflows.comfyui.values import MOST_SIDE
from workflows.importing import MOST_BYTES, import_comfyui
from workflows.lint import lint
from workflows.models import Workflow

each_file = pytest.mark.parametrize("graph", FILES.values(), ids=list(FILES))
NOTE = "utility:sticky_note"


def of(made: Imported, node_id: str) -> dict[str, Any]:
    [found] = [raw["data"] for raw in made.nodes if raw["id"] == node_id]
    return found


def params(made: Imported, node_id: str) -> dict[str, Any]:
    return of(made, node_id)["params"]


def wires(made: Imported) -> set[str]:
    return {
        f"{edge['source']}.{edge['sourceHandle'][4:]} {edge['target']}.{edge['targetHandle'][3:]}"
        for edge in made.edges
    }


def said(made: Imported, node: str) -> tuple[str, str]:
    [line] = [line for line in made.lines if line.node == node]
    return line.fate, line.said


def kinds(made: Imported) -> list[str]:
    return sorted(raw["data"]["nodeType"] for raw in made.nodes if raw["data"]["nodeType"] != NOTE)


def test_text_to_image_becomes_texts_a_node_that_draws_and_an_output():
    made = import_comfyui(TEXT_TO_IMAGE)
    assert kinds(made) == ["generate:sd_webui", "input:text", "input:text", "output:preview"]
    assert wires(made) == {
        "c6.prompt c3.prompt", "c7.prompt c3.negative_prompt", "c3.images c9.value",
    }  # fmt: skip
    drawn = params(made, "c3")
    assert {name: drawn[name] for name in ("width", "height", "num_images", "steps", "cfg_scale")} == {
        "width": 768, "height": 512, "num_images": 2, "steps": 20, "cfg_scale": 8,
    }  # fmt: skip
    assert (drawn["sampler_name"], drawn["scheduler"]) == ("Euler a", "Karras")
    assert drawn["checkpoint"] == "v1-5-pruned-emaonly.safetensors"
    assert drawn["seed"] == 156680208700286 % 2**32
    assert "The seed 156680208700286 is too large" in said(made, "3")[1]
    assert [of(made, "c6")["label"], of(made, "c7")["label"]] == ["Prompt", "Negative prompt"]
    assert params(made, "c6")["prompt"] == "a glass bottle, galaxy inside"
    assert [said(made, key)[0] for key in "345678"] == [MAPPED, REPLACED, REPLACED, MAPPED, MAPPED, REPLACED]


def test_image_to_image_keeps_size_and_strength():
    made = import_comfyui(IMAGE_TO_IMAGE)
    assert {"c10.image c11.image", "c11.image c3.image1", "c6.prompt c3.prompt"} <= wires(made)
    drawn = params(made, "c3")
    assert of(made, "c3")["nodeType"] == "edit:sd_webui_img2img"
    assert (drawn["denoising_strength"], drawn["width"], drawn["height"], drawn["seed"]) == (
        0.6,
        1024,
        768,
        7,
    )
    assert params(made, "c11")["fit"] == "cover"
    assert of(made, "c10")["label"] == "harbour.png"


def test_a_mask_of_a_picture_is_grown_and_wired():
    made = import_comfyui(INPAINTING)
    assert {"c10.image c10-mask.image", "c10-mask.mask c12-mask.mask", "c12-mask.mask c3.mask"} <= wires(made)
    assert params(made, "c12-mask")["grow"] == 6
    assert "set width and height" in said(made, "3")[1]


def test_upscaling_names_the_model_and_the_factor():
    made = import_comfyui(UPSCALING)
    assert wires(made) == {"c1.image c3.image", "c3.image c4.value"}
    assert params(made, "c3") == {"upscaler": "RealESRGAN_x2plus", "upscale_factor": 2}


def test_loras_stand_in_the_prompt():
    made = import_comfyui(LORAS)
    assert {"c6.prompt c3-lora.prompt1", "c3-lora.prompt c3.prompt"} <= wires(made)
    assert params(made, "c3-lora")["suffix"] == " <lora:ink_wash:0.8> <lora:detail:-0.5>"
    assert said(made, "10") == (REPLACED, "It stands in the prompt, as <lora:ink_wash:0.8>.")
    assert not any("negative" in wire for wire in wires(made))


def test_what_there_is_no_node_for_is_kept_as_a_note_and_the_rest_hangs_together():
    made = import_comfyui(CONTROL_NET)
    assert {line.node for line in made.lines if line.fate == MISSING} == {"11", "12", "13"}
    assert {"c6.prompt c3.prompt", "c7.prompt c3.negative_prompt"} <= wires(made)
    note = params(made, "note-13")["text"]
    assert (
        "strength: 0.85" in note
        and "image: from node 12, output 0" in note
        and "ControlNetApplyAdvanced" in note
        and "goes on past it" in note
    )


def test_a_second_pass_draws_on_the_first_picture_made_larger():
    made = import_comfyui(LARGER_SECOND_PASS)
    assert {"c3.images c20.image", "c20.image c21.image1", "c21.images c9.value"} <= wires(made)
    assert (params(made, "c20")["width"], params(made, "c20")["height"]) == (1152, 768)
    drawn = params(made, "c21")
    assert (drawn["width"], drawn["height"], drawn["seed"], drawn["denoising_strength"]) == (
        1152,
        768,
        0,
        0.5,
    )


def test_settings_spread_over_several_nodes_come_together():
    made = import_comfyui(FLUX)
    drawn = params(made, "c13")
    assert (drawn["steps"], drawn["sampler_name"], drawn["scheduler"]) == (20, "Euler", "Simple")
    assert (drawn["width"], drawn["height"], drawn["checkpoint"]) == (768, 1024, "flux1-dev.safetensors")
    assert "c40.prompt c13.prompt" in wires(made)
    assert of(made, "c40")["label"] == "What to draw"
    assert said(made, "26")[0] == MISSING  # its guidance has no counterpart
    assert 'Left out: weight_dtype "default".' in said(made, "12")[1]


@each_file
def test_every_node_is_told_of_and_every_value_is_somewhere(graph):
    made = import_comfyui(graph)
    assert [line.node for line in made.lines] == list(graph)
    kept = json.dumps([made.nodes, [line.said for line in made.lines]], ensure_ascii=False)
    known = ("upload", "crop", "upscale_method", "denoise", "sampler_name", "scheduler", "seed", "noise_seed")
    for raw in graph.values():
        for name, value in raw["inputs"].items():
            if (
                isinstance(value, str)
                and name not in known
                and name not in ("type", "control_after_generate")
            ):
                stem = value.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or value
                assert stem in kept or raw["class_type"] in ("VAELoader", "DualCLIPLoader"), (name, value)


@each_file
def test_what_is_drawn_can_run_once_its_pictures_are_there(graph):
    made = import_comfyui(graph)
    report = lint(made.nodes, made.edges, CATALOG, executing=True, supported=SUPPORTED)
    used = {edge["source"] for edge in made.edges}
    pictures = {raw["id"] for raw in made.nodes if raw["data"]["nodeType"] == "input:image"} & used
    assert {(one.rule, one.node_id) for one in report.violations} == {
        ("required-input-missing", node_id) for node_id in pictures
    }


@each_file
def test_a_graph_may_be_kept_whole(graph):
    made = import_comfyui(graph, whole=True)
    [run] = [raw["data"] for raw in made.nodes if raw["data"]["nodeType"] == "generate:comfyui"]
    assert run["params"]["workflow"] == graph
    for place in run["params"]["bindings"].values():
        assert place["input"] in graph[place["node"]]["inputs"]
    assert made.count(MISSING) == 0
    report = lint(made.nodes, made.edges, CATALOG, executing=True, supported=SUPPORTED)
    assert {one.rule for one in report.violations} <= {"required-input-missing"}


def test_a_whole_graph_is_given_its_prompt_its_picture_and_a_seed():
    made = import_comfyui(IMAGE_TO_IMAGE, whole=True)
    [run] = [raw for raw in made.nodes if raw["data"]["nodeType"] == "generate:comfyui"]
    assert run["data"]["params"]["bindings"] == {
        "prompt": {"node": "6", "input": "text"}, "image1": {"node": "10", "input": "image"},
        "seed": {"node": "3", "input": "seed"},
    }  # fmt: skip
    assert {f"c6.prompt {run['id']}.prompt", f"c10.image {run['id']}.image1"} <= wires(made)


@pytest.mark.parametrize(
    ("graph", "sentence"),
    [
        ({"nodes": [], "links": [], "version": 0.4}, "Export (API)"),
        ({}, "This is no workflow of ComfyUI."),
        ([], "This is no workflow of ComfyUI."),
        ({"1": {"inputs": {}}}, "Node 1 has no class_type."),
        ({"1": {"class_type": "A", "inputs": []}}, "Node 1 has no class_type."),
        ({str(number): {"class_type": "A"} for number in range(501)}, "500 nodes at most"),
    ],
    ids=["saved for itself", "empty", "a list", "no class", "wrong inputs", "too many"],
)
def test_what_is_no_graph_of_comfyui_is_refused(graph, sentence):
    with pytest.raises(NotComfyUI) as refused:
        import_comfyui(graph)
    assert sentence in refused.value.message


def test_graphs_that_go_round_in_circles_or_name_nobody_are_drawn():
    made = import_comfyui({
        "1": node("VAEEncode", pixels=["2", 0]), "2": node("VAEDecode", samples=["1", 0]),
        "3": node("SaveImage", images=["9", 0]), "4": node("PreviewImage", images=["1", 99]),
    })  # fmt: skip
    assert len(made.lines) == 4 and made.edges == []


def test_a_chain_as_long_as_a_file_may_be_is_drawn_from_either_end(browser):
    loaders = {
        str(place): node("LoraLoader", lora_name=f"l{place}", strength_model=1, model=[str(place + 1), 0])
        for place in range(1, MOST_NODES - 1)
    }
    last = {
        str(MOST_NODES - 1): node("CheckpointLoaderSimple", ckpt_name="base.safetensors"),
        "draw": node("KSampler", model=["1", 0]),
    }
    for graph in ({**loaders, **last}, dict(reversed([*loaders.items(), *last.items()]))):
        made = import_comfyui(graph)
        assert params(made, "cdraw")["checkpoint"] == "base.safetensors"
        assert params(made, "cdraw-lora")["suffix"].count("<lora:") == len(loaders)
        assert [line.node for line in made.lines] == list(graph)
    pictures = {
        str(place): node("ImageInvert", image=[str(place + 1), 0]) for place in range(1, MOST_NODES)
    } | {str(MOST_NODES): node("LoadImage", image="a.png")}
    told = browser.post("/workflows/comfyui", {"graph": pictures}, content_type="application/json")
    assert (told.status_code, len(told.json()["edges"])) == (200, MOST_NODES - 1)
    assert browser.post("/workflows/import", {"text": json.dumps(pictures)}).status_code == 303
    assert Workflow.objects.get().edges.count() == MOST_NODES - 1


def test_a_long_circle_is_cut_where_the_file_enters_it():
    graph = {
        str(place): node("ImageInvert", image=[str(place % MOST_NODES + 1), 0])
        for place in range(1, MOST_NODES + 1)
    }
    made = import_comfyui(graph)
    assert len(made.edges) == MOST_NODES - 1
    assert {edge["target"] for edge in made.edges} == {f"c{key}" for key in graph} - {f"c{MOST_NODES}"}


@pytest.mark.parametrize("factor", [1e300, -1e300, 1.7e308, 10**19])
def test_pictures_grow_as_far_as_our_nodes_take_them(factor):
    graph = {
        "1": node("LoadImage", image="a.png"),
        "2": node("ImageScale", image=["1", 0], width=2**62, height=8, crop="disabled"),
        "3": node("ImageScaleBy", image=["2", 0], scale_by=factor, upscale_method="area"),
        "4": node("ImageScaleBy", image=["3", 0], scale_by=factor, upscale_method="area"),
        "5": node("EmptyLatentImage", width=64, height=2**62, batch_size=1),
        "6": node("LatentUpscaleBy", samples=["5", 0], scale_by=factor),
        "7": sampler(latent_image=["6", 0]),
    }
    made = import_comfyui(graph)
    side = MOST_SIDE if factor > 0 else 1
    assert (params(made, "c2")["width"], params(made, "c2")["height"]) == (MOST_SIDE, 8)
    assert (params(made, "c4")["width"], params(made, "c4")["height"]) == (side, side)
    resize = CATALOG["utility:image_resize"].param("width")
    assert resize and resize.max == MOST_SIDE


def test_nodes_whose_names_are_alike_stay_apart():
    long = "x" * 130
    graph = {
        "3": node("LoadImage", image="a.png"),
        "3-mask": node("LoadImage", image="b.png"),
        f"{long}1": node("Nobody"), f"{long}2": node("Nobody"), "tab\tin it": node("ImageInvert", image=["3", 0]),
        "6": node("InvertMask", mask=["3", 1]),
    }  # fmt: skip
    made = import_comfyui(graph)
    ids = [raw["id"] for raw in made.nodes]
    assert sorted(ids) == ["c3", "c3-mask", "c6", "c_2", "c_5", "note-_3", "note-_4", "report"]
    assert [of(made, key)["label"] for key in ("c3", "c3-mask", "c_2")] == ["a.png", "Mask of a.png", "b.png"]
    assert wires(made) == {"c3.image c3-mask.image", "c3-mask.mask c6.mask", "c3.image c_5.image"}


json_values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=120, deadline=None)
@given(some.data())
def test_any_values_and_wires_make_a_graph_and_a_whole_report(data):
    wired = some.tuples(some.sampled_from("1234"), some.integers(0, 3)).map(list)
    graph = {}
    for key in "1234":
        names = [name for raw in FLUX.values() for name in raw["inputs"]]
        names += [name for raw in (INPAINTING | CONTROL_NET | LORAS).values() for name in raw["inputs"]]
        known = sorted({raw["class_type"] for file in FILES.values() for raw in file.values()} | {"Nobody"})
        inputs = data.draw(some.dictionaries(some.sampled_from(names), wired | json_values, max_size=6))
        graph[key] = node(data.draw(some.sampled_from(known)), **inputs)
    made = import_comfyui(graph)
    assert [line.node for line in made.lines] == list(graph)
    ids = {raw["id"] for raw in made.nodes}
    assert len(ids) == len(made.nodes)
    assert all(edge["source"] in ids and edge["target"] in ids for edge in made.edges)
    assert len(import_comfyui(graph, whole=True).lines) == 4


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def test_a_file_opens_as_a_workflow_with_its_report(browser, alice):
    file = SimpleUploadedFile("Bottle v2.json", json.dumps(CONTROL_NET).encode())
    answer = browser.post("/workflows/import", {"file": file})
    workflow = Workflow.objects.get()
    assert answer["Location"] == f"/flow/{workflow.pk}"
    assert (workflow.name, workflow.created_by) == ("Bottle v2", alice)
    report = workflow.nodes.get(node_id="report").data["params"]["text"]
    assert "Missing: 3\n• Load ControlNet: There is no node like it here" in report


def test_a_pasted_text_may_be_kept_whole(browser):
    browser.post("/workflows/import", {"text": json.dumps({"prompt": UPSCALING}), "whole": "1"})
    workflow = Workflow.objects.get()
    assert workflow.name == "Imported from ComfyUI"
    [run] = [raw.data for raw in workflow.nodes.all() if raw.data["nodeType"] == "generate:comfyui"]
    assert run["params"]["workflow"] == UPSCALING


def test_our_own_file_comes_back_as_it_was(browser, alice):
    nodes = [{"id": "a", "type": "basedNode", "position": {"x": 7, "y": 8}, "data": {"nodeType": "no:such"}}]
    browser.post("/workflows/import", {"text": json.dumps({"name": "Mine", "nodes": nodes, "edges": []})})
    workflow = Workflow.objects.get()
    assert (workflow.name, workflow.graph_json()[0][0]["position"]) == ("Mine", {"x": 7, "y": 8})


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[]", '{"nodes": [{}]}', '{"nodes": [], "links": []}', '{"1": NaN}', "[" * 100],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_makes_nothing(browser, text):
    answer = browser.post("/workflows/import", {"text": text})
    assert answer.status_code == 422
    assert b'class="errorlist' in answer.content
    assert not Workflow.objects.exists()


@pytest.mark.parametrize(
    "rest", [{"edges": None}, {"edges": 5}, {"edges": True}, {"edges": {}}, {"edges": [7]}, {"nodes": [None]}]
)
def test_a_file_of_ours_with_another_shape_is_refused(browser, rest):
    answer = browser.post("/workflows/import", {"text": json.dumps({"nodes": [], "edges": []} | rest)})
    assert answer.status_code == 422
    assert b'class="errorlist' in answer.content
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("name", [None, 5, "", " \n "])
def test_a_file_of_ours_without_a_name_is_called_something(browser, name):
    browser.post("/workflows/import", {"text": json.dumps({"name": name, "nodes": []})})
    assert Workflow.objects.get().name == "Imported workflow"


def test_a_file_may_be_as_large_as_the_form_says(browser):
    form = "multipart/form-data; boundary=x"
    assert limit_for("/workflows/import", form) > MOST_BYTES
    assert limit_for("/workflows/important", form) == PAGE_LIMIT
    for sent in (
        {"text": "x" * (MOST_BYTES + 1)},
        {"file": SimpleUploadedFile("a", b"x" * (MOST_BYTES + 1))},
    ):
        answer = browser.post("/workflows/import", sent)
        assert (answer.status_code, b"is larger than 4 MB." in answer.content) == (422, True)
    many = [
        {"id": str(place), "type": "basedNode", "data": {"nodeType": "input:text", "params": {"prompt": "x" * 90_000}}}
        for place in range(20)
    ]  # fmt: skip
    assert browser.post("/workflows/import", {"text": json.dumps({"nodes": many})}).status_code == 303
    assert Workflow.objects.get().nodes.count() == 20


def test_the_canvas_is_told_what_a_graph_becomes(browser):
    answer = browser.post("/workflows/comfyui", {"graph": UPSCALING}, content_type="application/json")
    told = answer.json()
    assert set(told) == {"nodes", "edges", "report"}
    assert told["report"][1] == {
        "node": "2", "title": "Load Upscale Model", "type": "UpscaleModelLoader", "fate": "replaced",
        "said": "Its name stands on the node that enlarges.",
    }  # fmt: skip
    refused = browser.post(
        "/workflows/comfyui", {"graph": {"nodes": [], "links": []}}, content_type="application/json"
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "not_comfyui")
    assert not Workflow.objects.exists()


def test_only_editors_import(signed_in, rita):
    answer = signed_in(rita).post("/workflows/import", {"text": json.dumps(UPSCALING)})
    assert (answer.status_code, Workflow.objects.count()) == (403, 0)
