"""The fal driver against its double, over a socket."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from providers.base import JobState, Media
from providers.errors import (
    AuthFailed,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    JobFailed,
    ModelUnavailable,
    ProviderError,
    ProviderLost,
    UnknownOutcome,
)
from tests.doubles.fal import inline
from tests.providers.driving import (
    a_picture,
    driver_for,
    follow,
    outcome,
    refused,
    request_for,
    size_of,
    submit,
)

CHUNKS = [{"text": "hello", "timestamp": [0, 1]}]
DRAW = "generate:nano_banana_2"


@pytest.fixture
def double(double_of):
    return double_of("fal")


@pytest.fixture
def fal(double):
    return driver_for(double)


def test_a_job_is_queued_then_running_then_its_picture_is_here(fal, double, tmp_path):
    request = request_for(tmp_path, DRAW, {"prompt": "a fox"}, resolution="2K", num_images=2)
    job = submit(fal, request)
    assert (job.ref, job.state) == ("/fal-ai/nano-banana-2/requests/job-1", JobState.QUEUED)
    assert asyncio.run(fal.fetch(job.ref, request)).state is JobState.QUEUED
    assert asyncio.run(fal.fetch(job.ref, request)).state is JobState.RUNNING
    done = asyncio.run(fal.fetch(job.ref, request))
    assert (done.state, done.ref) == (JobState.DONE, job.ref)
    assert [(one.content_type, size_of(one)) for one in done.outputs["images"]] == [
        ("image/png", (96, 64))
    ] * 2
    assert {one.path.parent for one in done.outputs["images"]} == {tmp_path}
    assert double.calls[0].path == "/fal-ai/nano-banana-2"
    assert double.calls[0].json == {
        "prompt": "a fox",
        "aspect_ratio": "auto",
        "num_images": 2,
        "output_format": "png",
        "resolution": "2K",
        "enable_web_search": False,
    }


def test_the_jobs_of_a_longer_model_name_are_found_where_fal_says(fal, double, tmp_path):
    request = request_for(tmp_path, DRAW, {"prompt": "mix", "image1": [a_picture(tmp_path)]})
    job = submit(fal, request)
    assert double.calls[0].path == "/fal-ai/nano-banana-2/edit"
    assert job.ref == "/fal-ai/nano-banana-2/requests/job-1"
    assert len(follow(fal, job, request).outputs["images"]) == 1


def test_an_address_on_another_host_is_never_called(fal, double, tmp_path):
    request = request_for(tmp_path, DRAW, {"prompt": "a fox [away]"})
    job = submit(fal, request)
    assert job.ref == "/fal-ai/nano-banana-2/requests/job-1"
    assert follow(fal, job, request).state is JobState.DONE


def test_small_files_travel_inside_the_call(fal, double, tmp_path):
    media = a_picture(tmp_path)
    submit(fal, request_for(tmp_path, "background:bria_remove", {"image": media}))
    [call] = double.calls
    assert inline(call.json["image_url"]) == media.path.read_bytes()


def test_larger_files_are_uploaded_first(fal, double, tmp_path, monkeypatch):
    monkeypatch.setattr("providers.fal.MOST_INLINE", 10)
    media = a_picture(tmp_path)
    submit(fal, request_for(tmp_path, "background:bria_remove", {"image": media}))
    assert double.files == {"/media/upload-1.png": media.path.read_bytes()}
    token, upload, job = double.calls
    assert token.path == "/storage/auth/token?storage_type=fal-cdn-v3"
    assert (upload.headers["authorization"], upload.headers["content-type"]) == (
        "Bearer cdn-token",
        "image/png",
    )
    assert job.json == {"image_url": f"{double.url}/media/upload-1.png"}


def test_a_mask_is_sent_as_the_model_means_it(fal, double, tmp_path):
    Image.new("L", (4, 4), 255).save(tmp_path / "mask.png")
    mask = Media(tmp_path / "mask.png", "image/png", 4, 4, role="mask")
    inputs = {"prompt": "a hat", "image1": a_picture(tmp_path), "mask": mask}
    submit(fal, request_for(tmp_path, "edit:ideogram_v3_inpaint", inputs))
    with Image.open(io.BytesIO(inline(double.calls[0].json["mask_url"]))) as sent:
        assert sent.convert("L").getextrema() == (0, 0)


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs"),
    [
        ("llm:openrouter_router", {"prompt": "say"}, {"text": "About 'say'"}),
        ("audio:whisper", {"audio_url": None}, {"text": "hello", "word_timestamps": CHUNKS}),
    ],
)
def test_words_and_what_else_comes_with_them(kind, inputs, outputs, fal, tmp_path):
    inputs = {name: value or a_picture(tmp_path) for name, value in inputs.items()}
    assert outcome(fal, request_for(tmp_path, kind, inputs)).outputs == outputs


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("404", ModelUnavailable, "Application not found"),
        ("422", InvalidInput, "It is missing."),
        ("403", InsufficientFunds, "no money left"),
        ("nameless", UnknownOutcome, "did not say how it is called"),
    ],
)
def test_what_a_submit_meets_has_its_class_and_a_sentence(fault, kind, words, fal, double, tmp_path):
    double.meet(fault)
    error = refused(fal, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message
    assert len(double.calls) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("blanked", ContentBlocked, "blanked"),
        ("small", InvalidInput, "image_too_small"),
        ("runner", JobFailed, "runner_disconnected"),
        ("told", JobFailed, "generation_timeout"),
        ("gone", ProviderLost, "no more"),
    ],
)
def test_what_a_job_ends_with_has_its_class_and_a_sentence(fault, kind, words, fal, double, tmp_path):
    double.meet(fault)
    error = outcome(fal, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message


def test_a_status_that_is_ahead_of_its_result_is_asked_for_again(fal, double, tmp_path):
    double.meet("early")
    assert outcome(fal, request_for(tmp_path, DRAW, {"prompt": "a fox"})).state is JobState.DONE


def test_only_blanked_pictures_are_left_out(fal, double, tmp_path):
    double.meet("half blanked")
    done = outcome(fal, request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=3))
    assert len(done.outputs["images"]) == 2


def test_a_wrong_key_is_refused(double, tmp_path):
    driver = driver_for(double, key="wrong-id:wrong-secret-0123")
    error = refused(driver, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is AuthFailed and isinstance(error, ProviderError)
    assert "wrong-secret" not in f"{error.message} {error.detail}"
