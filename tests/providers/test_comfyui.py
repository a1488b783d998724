"""The ComfyUI driver against its double, over a socket."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace

import pytest

from providers.errors import Cancelled, InvalidInput, JobFailed
from tests.providers.contract import COMFY_BINDINGS, COMFY_GRAPH
from tests.providers.driving import a_picture, driver_for, follow, outcome, refused, request_for, submit

KIND = "generate:comfyui"


@pytest.fixture
def double(double_of):
    return double_of("comfyui")


@pytest.fixture
def comfyui(double):
    return driver_for(double)


def asked(folder, inputs=None, *, bindings=COMFY_BINDINGS, **params):
    values = {"workflow": COMFY_GRAPH, "bindings": bindings} | params
    return request_for(folder, KIND, {"prompt": "a fox"} | (inputs or {}), **values)


def test_values_are_written_where_the_bindings_say_and_the_nodes_own_graph_stays(comfyui, double, tmp_path):
    media = [a_picture(tmp_path, "one"), a_picture(tmp_path, "two")]
    bindings = COMFY_BINDINGS | {
        "image1": {"node": "10", "input": "image"},
        "image2": [{"node": "11", "input": "image"}, {"node": "12", "input": "image"}],
    }
    job = submit(comfyui, asked(tmp_path, {"image1": media}, bindings=bindings, seed=7))
    assert job.ref == str(uuid.UUID(job.ref))
    [(name, sent)] = double.jobs.items()
    assert name == job.ref
    assert (sent.graph["6"]["inputs"]["text"], sent.graph["3"]["inputs"]["seed"]) == ("a fox", 7)
    places = [sent.graph[number]["inputs"]["image"] for number in ("10", "11", "12")]
    assert [double.files[place] for place in places] == [media[at].path.read_bytes() for at in (0, 1, 1)]
    assert COMFY_GRAPH["6"]["inputs"]["text"] == ""


def test_what_was_saved_is_taken_and_not_what_was_only_shown(comfyui, double, tmp_path):
    done = outcome(comfyui, asked(tmp_path))
    assert set(done.outputs) == {"images"} and len(done.outputs["images"]) == 1
    assert [call.path.partition("?")[2] for call in double.calls if "/view" in call.path] == [
        f"filename={done.ref}.png&subfolder=&type=output"
    ]


def test_a_newer_server_stops_a_job_by_itself(comfyui, double, tmp_path, monkeypatch):
    monkeypatch.setattr(double, "is_newer", True)
    job = submit(comfyui, asked(tmp_path))
    double.calls.clear()
    asyncio.run(comfyui.cancel(job.ref))
    assert [call.path for call in double.calls] == [f"/api/jobs/{job.ref}/cancel"]
    assert double.jobs[job.ref].cancelled


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"workflow": {}}, "Save (API Format)"),
        ({"workflow": {"nodes": [], "links": []}}, "Save (API Format)"),
        ({"bindings": {}}, "does not say where prompt goes"),
        ({"bindings": {"prompt": {"node": "99", "input": "text"}}}, "that the graph does not have"),
        ({"bindings": {"prompt": "6"}}, "that the graph does not have"),
    ],
)
def test_a_graph_or_binding_that_does_not_fit_is_refused_before_anything_begins(
    change, words, comfyui, double, tmp_path
):
    request = asked(tmp_path)
    error = refused(comfyui, replace(request, params={**request.params, **change}))
    assert (type(error), words in error.message, double.jobs) == (InvalidInput, True, {})


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("400", InvalidInput, "Node 3 (KSampler): Value too big steps: 900"),
        ("crash", JobFailed, "in KSampler (node 3). It said: CUDA out of memory"),
        ("interrupted", Cancelled, "stopped at ComfyUI"),
    ],
)
def test_what_goes_wrong_names_the_node(fault, kind, words, comfyui, double, tmp_path):
    double.meet(fault)
    error = outcome(comfyui, asked(tmp_path))
    assert (type(error), words in error.message) == (kind, True)


def test_a_job_that_ended_between_two_questions_is_found(comfyui, double, tmp_path, monkeypatch):
    job = submit(comfyui, asked(tmp_path))
    monkeypatch.setattr(double, "_queue", lambda: {})
    double.jobs[job.ref].polls = double.waits - 1
    assert follow(comfyui, asyncio.run(comfyui.fetch(job.ref, asked(tmp_path))), asked(tmp_path)).outputs
