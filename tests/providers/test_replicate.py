"""The Replicate driver against its double, over a socket."""

from __future__ import annotations

import asyncio

import pytest

from providers.base import JobState
from providers.errors import (
    Cancelled,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    ProviderLost,
    Timeout,
    UnknownOutcome,
)
from tests.doubles.fal import inline
from tests.providers.driving import a_picture, driver_for, outcome, refused, request_for, submit

DRAW = "generate:nano_banana_2"


@pytest.fixture
def double(double_of):
    return double_of("replicate")


@pytest.fixture
def replicate(double):
    return driver_for(double)


@pytest.mark.parametrize("kind", [DRAW, "generate:flux_schnell"])
def test_a_prediction_is_begun_and_asked_for_until_its_picture_is_here(kind, replicate, double, tmp_path):
    request = request_for(tmp_path, kind, {"prompt": "a fox"})
    job = submit(replicate, request)
    assert (job.ref, job.state) == ("p1", JobState.QUEUED)
    assert asyncio.run(replicate.fetch("p1", request)).state is JobState.RUNNING
    done = asyncio.run(replicate.fetch("p1", request))
    assert [one.content_type for one in done.outputs["images"]] == ["image/png"]


def test_values_are_sent_in_replicates_words_with_an_end(replicate, double, tmp_path):
    submit(replicate, request_for(tmp_path, DRAW, {"prompt": "a fox"}, output_format="jpeg"))
    [call] = double.calls
    assert call.path == "/v1/models/google/nano-banana-2/predictions"
    assert call.headers["cancel-after"] == "180s"
    assert call.json == {
        "input": {
            "prompt": "a fox",
            "resolution": "1K",
            "aspect_ratio": "match_input_image",
            "google_search": False,
            "output_format": "jpg",
        }
    }


def test_a_prediction_that_is_over_at_once_needs_no_poll(replicate, double, tmp_path):
    double.meet("at once")
    job = submit(replicate, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (job.state, len(job.outputs["images"]), len(double.jobs)) == (JobState.DONE, 1, 1)


def test_a_model_that_is_not_official_is_asked_for_by_its_newest_version(replicate, double, tmp_path):
    request = request_for(tmp_path, "upscale:esrgan", {"image": a_picture(tmp_path)})
    assert outcome(replicate, request).outputs["image"].content_type == "image/png"
    assert [call.path for call in double.calls[:3]] == [
        "/v1/models/nightmareai/real-esrgan/predictions",
        "/v1/models/nightmareai/real-esrgan",
        "/v1/predictions",
    ]
    assert double.calls[2].json["version"] == "sha123"


def test_small_files_travel_inside_the_call_and_larger_ones_first(replicate, double, tmp_path, monkeypatch):
    media = a_picture(tmp_path)
    request = request_for(tmp_path, DRAW, {"prompt": "mix", "image1": [media]})
    submit(replicate, request)
    assert inline(double.calls[0].json["input"]["image_input"][0]) == media.path.read_bytes()
    monkeypatch.setattr("providers.replicate.MOST_INLINE", 10)
    submit(replicate, request)
    assert media.path.read_bytes() in double.files["f1"]
    assert double.calls[2].json["input"]["image_input"] == [f"{double.base_url}/files/f1"]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("402", InsufficientFunds, "is empty"),
        ("422", InvalidInput, "input.aspect_ratio: must be one of"),
        ("nameless", UnknownOutcome, "did not say how it is called"),
    ],
)
def test_what_a_submit_meets_has_its_class_and_a_sentence(fault, kind, words, replicate, double, tmp_path):
    double.meet(fault)
    error = refused(replicate, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message
    assert len(double.calls) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("nsfw", ContentBlocked, "content filter"),
        ("aborted", Timeout, "did not begin"),
        ("canceled", Cancelled, "cancelled"),
        ("removed", ProviderLost, "removed the result"),
    ],
)
def test_what_a_prediction_ends_with_has_its_class_and_a_sentence(
    fault, kind, words, replicate, double, tmp_path
):
    double.meet(fault)
    error = outcome(replicate, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message
