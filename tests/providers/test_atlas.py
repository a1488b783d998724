"""The Atlas Cloud driver against its double, over a socket."""

from __future__ import annotations

import pytest

from providers.errors import InsufficientFunds, InvalidInput, ModelUnavailable, ServerFault, UnknownOutcome
from tests.doubles import atlas as wire
from tests.providers.driving import a_picture, driver_for, refused, request_for, submit

DRAW, EDIT, CLIP = "generate:nano_banana_2", "edit:nano_banana_2_edit", "video:wan_2_6_i2v"


@pytest.fixture
def double(double_of):
    return double_of("atlas")


@pytest.fixture
def atlas(double):
    return driver_for(double)


def begun(double):
    return [
        (call.path.removeprefix("/api/v1"), call.json) for call in double.calls if "/generate" in call.path
    ]


def test_values_are_sent_under_the_models_own_names(atlas, double, tmp_path):
    submit(atlas, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    submit(atlas, request_for(tmp_path, EDIT, {"prompt": "a hat", "image1": [a_picture(tmp_path)]}))
    submit(atlas, request_for(tmp_path, CLIP, {"prompt": "a walk", "image_url": a_picture(tmp_path)}))
    uploads = [f"{double.url}/media/upload-{number}.png" for number in (1, 2)]
    assert begun(double) == [
        ("/model/generateImage", {"model": "google/nano-banana-2/text-to-image", "prompt": "a fox"}),
        (
            "/model/generateImage",
            {"model": "google/nano-banana-2/edit", "prompt": "a hat", "image_urls": [uploads[0]]},
        ),
        (
            "/model/generateVideo",
            {"model": "alibaba/wan-2.6/image-to-video", "prompt": "a walk", "image": uploads[1]},
        ),
    ]


def test_a_schema_is_read_once(atlas, double, tmp_path):
    for _ in range(2):
        submit(atlas, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert [call.path for call in double.calls].count("/api/v1/models") == 1


@pytest.mark.parametrize(
    ("kind", "pictures", "words"),
    [
        (DRAW, 1, "has no field for images"),
        ("generate:z_image_turbo", 0, "has no field for prompt"),
        ("generate:seedream_5_lite", 0, "does not serve bytedance/seedream-v5.0-lite"),
    ],
)
def test_what_a_model_cannot_be_told_goes_to_another_provider(kind, pictures, words, atlas, double, tmp_path):
    inputs = {"prompt": "a fox"} | ({"image1": [a_picture(tmp_path)]} if pictures else {})
    error = refused(atlas, request_for(tmp_path, kind, inputs))
    assert (type(error), error.next_route, words in error.message) == (ModelUnavailable, True, True)
    assert begun(double) == []


def test_several_pictures_are_not_sent_to_a_model_that_takes_one(atlas, double, tmp_path, monkeypatch):
    monkeypatch.setitem(wire.MODELS["google/nano-banana-2/edit"], "image_urls", {"type": "string"})
    media = [a_picture(tmp_path, one) for one in "ab"]
    error = refused(atlas, request_for(tmp_path, EDIT, {"prompt": "mix", "image1": media}))
    assert (type(error), "takes one picture, not 2" in error.message) == (ModelUnavailable, True)


def test_a_schema_that_lies_inside_our_network_is_not_fetched(atlas, double, tmp_path, monkeypatch):
    monkeypatch.setattr(double, "answer", lambda call: wire.Reply(200, LISTED))
    error = refused(atlas, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), "cannot be read" in error.message) == (ServerFault, True)


LISTED = {"data": [{"model": "google/nano-banana-2/text-to-image", "schema": "http://127.0.0.2/schema.json"}]}


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("400", InvalidInput, "prompt is too long"),
        ("402", InsufficientFunds, "is empty"),
        ("nameless", UnknownOutcome, "how it is called"),
    ],
)
def test_what_a_submit_meets_has_its_class_and_a_sentence(fault, kind, words, atlas, double, tmp_path):
    double.meet(fault)
    error = refused(atlas, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), words in error.message) == (kind, True)
