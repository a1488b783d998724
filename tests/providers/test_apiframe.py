"""The Apiframe driver against its double, over a socket."""

from __future__ import annotations

import asyncio

import pytest

from providers.errors import (
    AuthFailed,
    Cancelled,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    NoOutput,
    ProviderLost,
    UnknownOutcome,
)
from providers.results import _addresses
from tests.providers.driving import a_picture, driver_for, follow, outcome, refused, request_for, submit

DRAW = "generate:nano_banana_2"


@pytest.fixture
def double(double_of):
    return double_of("apiframe")


@pytest.fixture
def apiframe(double):
    return driver_for(double)


def test_values_are_sent_in_apiframes_words_under_a_key(apiframe, double, tmp_path):
    request = request_for(
        tmp_path, DRAW, {"prompt": "a fox"}, resolution="512", output_format="jpeg", aspect_ratio="16:9"
    )
    job = submit(apiframe, request)
    [call] = double.calls
    assert (call.path, call.headers["idempotency-key"]) == ("/v2/images/generate", "submission-1")
    assert call.json == {
        "model": "nano-banana-2",
        "prompt": "a fox",
        "nanoBananaParams": {
            "aspect_ratio": "16:9",
            "resolution": "512px",
            "output_format": "jpg",
            "google_search": False,
        },
    }
    running = [asyncio.run(apiframe.fetch(job.ref, request)) for _ in range(2)]
    assert [(one.state.value, one.progress) for one in running] == [("queued", None), ("running", 0.4)]


def test_pictures_are_uploaded_first(apiframe, double, tmp_path):
    media = a_picture(tmp_path)
    submit(apiframe, request_for(tmp_path, DRAW, {"prompt": "mix", "image1": [media]}))
    [content] = double.files.values()
    assert media.path.read_bytes() in content
    assert double.calls[1].json["nanoBananaParams"]["image_input"] == [f"{double.url}/media/upload-1.png"]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("upscale:topaz_image", "/v2/images/upscale"),
        ("background:bria_remove", "/v2/images/background-remove"),
    ],
)
def test_work_of_another_kind_has_another_door_and_may_end_in_a_bare_address(
    kind, path, apiframe, double, tmp_path
):
    done = outcome(apiframe, request_for(tmp_path, kind, {"image": a_picture(tmp_path)}))
    assert double.calls[1].path == path
    assert done.outputs["image"].content_type == "image/png"


def test_midjourney_gives_four_pictures_and_their_grid_and_takes_flags(apiframe, double, tmp_path):
    request = request_for(tmp_path, "generate:midjourney", {"prompt": "a fox"}, extra_flags="--stylize 250")
    job = submit(apiframe, request)
    assert double.calls[0].json["prompt"] == "a fox --stylize 250"
    outputs = follow(apiframe, job, request).outputs
    assert (len(outputs["images"]), outputs["grid"].content_type) == (4, "image/png")


def test_lyrics_take_the_place_of_the_prompt_in_custom_mode_and_are_never_dropped(apiframe, double, tmp_path):
    values = {"prompt": "a ballad", "lyrics": "La la"}
    submit(apiframe, request_for(tmp_path, "audio:suno", values, custom_mode=True))
    assert (double.calls[0].path, double.calls[0].json["prompt"]) == ("/v2/music/generate", "La la")
    error = refused(apiframe, request_for(tmp_path, "audio:suno", values))
    assert (error.code, "custom mode" in error.message, len(double.calls)) == ("not_served", True, 1)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("400", InvalidInput, "prompt: Too long"),
        ("model", ModelUnavailable, "Unknown model"),
        ("402", InsufficientFunds, "is empty"),
        ("403", AuthFailed, "inactive"),
        ("nameless", UnknownOutcome, "how it is called"),
        ("cancelled", Cancelled, "cancelled"),
        ("no links", NoOutput, "without a result"),
        ("expired", ProviderLost, "removed the result"),
    ],
)
def test_what_goes_wrong_has_its_class_and_a_sentence(fault, kind, words, apiframe, double, tmp_path):
    double.meet(fault)
    error = outcome(apiframe, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), words in error.message) == (kind, True)


def test_addresses_are_found_in_results_of_any_shape():
    song = {"songs": [{"audioUrl": "https://a/1", "imageUrl": "https://a/2"}, {"audioUrl": "https://a/3"}]}
    assert _addresses([song], "audio") == ["https://a/1", "https://a/3"]
    assert _addresses(["https://a/4"], "video") == ["https://a/4"]
    assert _addresses([{"n": 1, "words": "no link"}], "video") == []
