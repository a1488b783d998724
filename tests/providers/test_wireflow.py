"""The driver for another Wireflow server against its double, over a socket."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from providers.errors import Cancelled, InsufficientFunds, InvalidInput, RateLimited, UnknownOutcome
from tests.providers.driving import a_picture, driver_for, outcome, refused, request_for, submit

KIND = "remote:wireflow"


@pytest.fixture
def double(double_of):
    return double_of("wireflow")


@pytest.fixture
def wireflow(double):
    return driver_for(double)


def asked(folder, wired=None, *, workflow="cm1", written=None):
    request = request_for(folder, KIND, wired or {}, workflow_id=workflow)
    return replace(request, params={**request.params, "inputs": written or {}})


def test_written_and_wired_inputs_go_together_and_a_wire_wins(wireflow, double, tmp_path):
    media = a_picture(tmp_path)
    values = {"ask": "written", "count": 3, "node-7": "{{ photo }}", "node-8": "{{nothing}}"}
    submit(wireflow, asked(tmp_path, {"ask": "wired", "photo": [media]}, written=values))
    upload, run = double.calls
    assert media.path.read_bytes() in upload.body
    assert (run.path, run.headers["idempotency-key"]) == ("/api/v1/workflows/cm1/run", "submission-1")
    assert run.json == {
        "inputs": {"ask": "wired", "count": 3, "node-7": f"{double.url}/media/upload-1.png"},
    }


def test_all_files_of_the_last_node_come_with_the_credits_they_cost_there(wireflow, tmp_path):
    done = outcome(wireflow, asked(tmp_path, {"ask": "a fox"}))
    assert [one.content_type for one in done.outputs["images"]] == ["image/png"] * 2
    assert done.outputs["credits"] == 13
    assert set(done.outputs) == {"images", "credits"}


def test_words_are_a_result_too(wireflow, double, tmp_path):
    double.meet("words")
    assert outcome(wireflow, asked(tmp_path)).outputs == {"text": "A fox, once.", "credits": 13}


def test_progress_is_the_share_of_nodes_that_are_over(wireflow, tmp_path):
    job = submit(wireflow, asked(tmp_path))
    assert asyncio.run(wireflow.fetch(job.ref, asked(tmp_path))).progress == 0.5


@pytest.mark.parametrize(
    ("workflow", "words"), [("", "must be the id"), ("../keys", "must be the id"), ("cm2", "no workflow cm2")]
)
def test_a_workflow_that_cannot_be_run_is_named(workflow, words, wireflow, double, tmp_path):
    error = refused(wireflow, asked(tmp_path, workflow=workflow))
    assert (type(error), words in error.message, double.jobs) == (InvalidInput, True, {})


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("402", InsufficientFunds, "is empty"),
        ("422", InvalidInput, "A required input is missing"),
        ("busy", RateLimited, "still taking"),
        ("nameless", UnknownOutcome, "how it is called"),
        ("cancelled", Cancelled, "cancelled at the other"),
    ],
)
def test_what_goes_wrong_has_its_class_and_a_sentence(fault, kind, words, wireflow, double, tmp_path):
    double.meet(fault)
    error = outcome(wireflow, asked(tmp_path))
    assert (type(error), words in error.message) == (kind, True)
