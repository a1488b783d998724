"""What is Vertex AI's own, against its double: tokens, addresses, the limit of a picture."""

from __future__ import annotations

import json

import pytest

from providers.errors import AuthFailed, InvalidInput, ServerFault
from providers.vertex import base_url
from tests.doubles.server import Reply
from tests.providers.driving import a_picture, driver_for, refused, request_for, submit

DRAW, EDIT = "generate:nano_banana_2", "edit:nano_banana_2_edit"


@pytest.fixture
def double(double_of):
    return double_of("vertex")


@pytest.fixture
def vertex(double):
    return driver_for(double)


def test_a_token_is_fetched_once_and_the_call_is_that_of_gemini(vertex, double, tmp_path):
    request = request_for(tmp_path, DRAW, {"prompt": "a fox"}, aspect_ratio="16:9", num_images=2)
    assert [len(submit(vertex, request).outputs["images"]) for _ in range(2)] == [2, 2]
    paths = [call.path for call in double.calls]
    assert paths == ["/token", *[f"{double.models}/gemini-3.1-flash-image:generateContent"] * 4]
    assert double.calls[1].json["generationConfig"]["imageConfig"]["aspectRatio"] == "16:9"
    assert all("x-goog-api-key" not in call.headers for call in double.calls)


def test_a_token_near_its_end_is_replaced(vertex, double, tmp_path, monkeypatch):
    monkeypatch.setattr(double, "token_seconds", 300)
    for _ in range(2):
        submit(vertex, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert [call.path for call in double.calls].count("/token") == 2


def test_a_sign_in_that_is_out_of_order_began_nothing(vertex, double, tmp_path, monkeypatch):
    monkeypatch.setattr(double, "_sign_in", lambda call: Reply(500, b""))
    error = refused(vertex, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), double.asked) == (ServerFault, 0)


def test_a_key_that_is_none_is_told_without_showing_it(double, tmp_path):
    account = json.loads(double.key) | {"private_key": "-----BEGIN PRIVATE KEY-----\nsecret-0123"}
    error = refused(driver_for(double, key=json.dumps(account)), request_for(tmp_path, DRAW, {"prompt": "x"}))
    assert (type(error), "secret-0123" in f"{error.message} {error!r}") == (AuthFailed, False)


def test_a_picture_of_more_than_7_mb_is_refused_before_any_call(vertex, double, tmp_path):
    media = a_picture(tmp_path)
    with media.path.open("ab") as file:
        file.truncate(8 * 1024 * 1024)
    error = refused(vertex, request_for(tmp_path, EDIT, {"prompt": "mix", "image1": [media]}))
    assert (type(error), "7 MB" in error.message, double.calls) == (InvalidInput, True, [])


@pytest.mark.parametrize(
    ("host", "location", "address"),
    [
        ("", "global", "https://aiplatform.googleapis.com/v1/projects/p/locations/global"),
        ("", "eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu"),
        (
            "",
            "us-central1",
            "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1",
        ),
        ("http://127.0.0.1:9", "global", "http://127.0.0.1:9/v1/projects/p/locations/global"),
    ],
)
def test_the_address_follows_from_the_location(host, location, address):
    assert base_url(host, "p", location) == address
