"""The OpenAI driver against its double, over a socket."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from providers.base import JobState, Media
from providers.drivers import open_routes
from providers.errors import (
    AuthFailed,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    NoOutput,
)
from providers.http import Access
from tests.doubles.fal import inline
from tests.doubles.openai import form_of
from tests.providers.driving import CATALOG, a_picture, driver_for, refused, request_for, size_of, submit

DRAW, EDIT, CHAT = "generate:gpt_image", "edit:gpt_image_edit", "llm:openai_compatible"


@pytest.fixture
def double(double_of):
    return double_of("openai")


@pytest.fixture
def openai(double):
    return driver_for(double)


def test_pictures_are_asked_for_in_json(openai, double, tmp_path):
    values = {"size": "1536x1024", "num_images": 2, "output_format": "webp"}
    job = submit(openai, request_for(tmp_path, DRAW, {"prompt": "a fox"}, **values))
    assert (job.state, job.ref, dict(job.notes)) == (JobState.DONE, "req-1", {})
    assert [(one.content_type, size_of(one)) for one in job.outputs["images"]] == [
        ("image/webp", (96, 64))
    ] * 2
    [call] = double.calls
    assert (call.path, call.headers["content-type"]) == ("/v1/images/generations", "application/json")
    assert call.json == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a fox",
        "size": "1536x1024",
        "quality": "medium",
        "background": "auto",
        "n": 2,
        "output_format": "webp",
        "moderation": "auto",
    }


def test_a_size_of_ones_own_is_sent_and_a_missing_one_is_not_served(openai, double, tmp_path):
    submit(openai, request_for(tmp_path, DRAW, {"prompt": "a fox"}, size="custom", custom_size="2048x1152"))
    assert double.calls[0].json["size"] == "2048x1152"
    error = refused(openai, request_for(tmp_path, DRAW, {"prompt": "a fox"}, size="custom"))
    assert (error.code, len(double.calls)) == ("not_served", 1)


def test_an_edit_is_a_form_with_the_pictures_in_order(openai, double, tmp_path):
    media = [a_picture(tmp_path, "one"), a_picture(tmp_path, "two", "jpeg")]
    job = submit(openai, request_for(tmp_path, DRAW, {"prompt": "mix", "image1": media}, num_images=2))
    assert len(job.outputs["images"]) == 2
    [call] = double.calls
    assert call.path == "/v1/images/edits"
    parts = form_of(call)
    fields = {name: value for name, value in parts if isinstance(value, str)}
    assert (fields["model"], fields["prompt"], fields["n"]) == ("gpt-image-2.5-flare", "mix", "2")
    assert "moderation" not in fields  # of generations alone
    error = refused(openai, request_for(tmp_path, DRAW, {"prompt": "mix", "image1": media}, moderation="low"))
    assert (error.code, len(double.calls)) == ("not_served", 1)
    assert [(name, value) for name, value in parts if not isinstance(value, str)] == [
        ("image[]", (one.path.name, one.content_type, one.path.read_bytes())) for one in media
    ]


def test_a_mask_is_sent_clear_where_it_was_white_in_the_size_of_the_picture(openai, double, tmp_path):
    mask = Image.new("L", (48, 32), 0)
    mask.paste(255, (0, 0, 24, 32))
    mask.save(tmp_path / "mask.png")
    inputs = {
        "prompt": "a hat",
        "image1": [a_picture(tmp_path)],
        "mask": Media(tmp_path / "mask.png", "image/png", 48, 32, role="mask"),
    }
    submit(openai, request_for(tmp_path, EDIT, inputs))
    [content] = [value[2] for name, value in form_of(double.calls[0]) if name == "mask"]
    with Image.open(io.BytesIO(content)) as sent:
        assert (sent.format, sent.size) == ("PNG", (96, 64))
        alpha = sent.convert("RGBA").getchannel("A")
    assert (alpha.getpixel((5, 5)), alpha.getpixel((90, 60))) == (0, 255)


def test_a_chat_sends_its_pictures_inside(openai, double, tmp_path):
    media = a_picture(tmp_path)
    inputs = {"prompt": "what is it", "system_prompt": "Be brief.", "image1": [media]}
    job = submit(openai, request_for(tmp_path, CHAT, inputs, temperature=0.5))
    assert (job.outputs, job.ref) == ({"text": "About 'what is it'."}, "req-2")
    body = double.calls[0].json
    system, user = body.pop("messages")
    assert body == {"model": "gpt-5.4-mini", "max_completion_tokens": 1024, "temperature": 0.5}
    assert system == {"role": "system", "content": "Be brief."}
    text, image = user["content"]
    assert text == {"type": "text", "text": "what is it"}
    assert inline(image["image_url"]["url"]) == media.path.read_bytes()


def test_words_alone_are_sent_as_such(openai, double, tmp_path):
    submit(openai, request_for(tmp_path, CHAT, {"prompt": "hello"}))
    assert double.calls[0].json["messages"] == [{"role": "user", "content": "hello"}]


def test_a_route_for_another_service_is_only_open_at_its_address():
    kind = CATALOG["llm:openrouter_router"]
    params = {param.id: param.default for param in kind.params}

    def opened(address: str) -> list[str]:
        access = {"openai": Access(address, "k")}
        return [route.provider for route in open_routes(kind, access, ["prompt"], params)]

    assert opened("https://api.openai.com/v1") == []
    assert opened("https://openrouter.ai/api/v1/") == ["openai"]


def test_fewer_pictures_than_asked_for_are_priced_as_what_they_are(openai, double, tmp_path):
    double.meet("one less")
    job = submit(openai, request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=3))
    assert (len(job.outputs["images"]), dict(job.notes)) == (2, {"price_as": {"num_images": 2}})


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("quota", InsufficientFunds, "cannot be billed"),
        ("400", InvalidInput, "Invalid size."),
        ("403", AuthFailed, "organization must be verified"),
        ("404", ModelUnavailable, "does not exist"),
    ],
)
def test_what_goes_wrong_has_its_class_and_a_sentence(fault, kind, words, openai, double, tmp_path):
    double.meet(fault)
    error = refused(openai, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message
    assert len(double.calls) == 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("refusal", ContentBlocked, "refused to answer"),
        ("filter", ContentBlocked, "refused to answer"),
        ("length", InvalidInput, "max_tokens"),
        ("silence", NoOutput, "without words"),
    ],
)
def test_a_chat_without_an_answer_says_why(fault, kind, words, openai, double, tmp_path):
    double.meet(fault)
    error = refused(openai, request_for(tmp_path, CHAT, {"prompt": "hello"}))
    assert (type(error), words in error.message) == (kind, True)


def test_a_wrong_key_is_refused_and_never_repeated(double, tmp_path):
    driver = driver_for(double, key="sk-wrong-0123456789")
    error = refused(driver, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is AuthFailed
    assert "sk-wrong" not in f"{error.message} {error.detail}"
    assert "Incorrect API key: Bearer …" in error.message
