"""The Gemini driver against its double, over a socket."""

from __future__ import annotations

import asyncio
import base64
import wave

import pytest

from providers.base import JobState
from providers.errors import (
    AuthFailed,
    BadOutput,
    Cancelled,
    ContentBlocked,
    InsufficientFunds,
    InvalidInput,
    ModelUnavailable,
    NoOutput,
)
from tests.providers.driving import a_picture, driver_for, outcome, refused, request_for, size_of, submit

DRAW, CLIP = "generate:nano_banana_2", "video:gemini_omni_flash"


@pytest.fixture
def double(double_of):
    return double_of("gemini")


@pytest.fixture
def gemini(double):
    return driver_for(double)


def test_a_picture_comes_from_whichever_part_holds_it_and_drafts_are_left_out(gemini, double, tmp_path):
    job = submit(gemini, request_for(tmp_path, DRAW, {"prompt": "a fox"}, aspect_ratio="16:9"))
    assert (job.state, job.ref) == (JobState.DONE, "r1")
    [image] = job.outputs["images"]
    assert (image.content_type, image.path.parent, size_of(image)) == ("image/png", tmp_path, (96, 54))
    [call] = double.calls
    assert call.path == "/v1beta/models/gemini-3.1-flash-image:generateContent"
    assert call.headers["x-goog-api-key"] == double.key
    assert call.json == {
        "contents": [{"role": "user", "parts": [{"text": "a fox"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "imageConfig": {"aspectRatio": "16:9", "imageSize": "1K"},
        },
    }


def test_several_pictures_are_several_calls(gemini, double, tmp_path):
    job = submit(gemini, request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=3, seed=7))
    assert len(double.calls) == 3
    assert len({image.path.read_bytes() for image in job.outputs["images"]}) == 3
    assert [call.json["generationConfig"]["seed"] for call in double.calls] == [7, 7, 7]
    assert dict(job.notes) == {}


def test_pictures_that_came_are_kept_when_another_was_blocked(gemini, double, tmp_path):
    double.meet("block image", "")
    job = submit(gemini, request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=2))
    assert (len(job.outputs["images"]), dict(job.notes)) == (1, {"price_as": {"num_images": 1}})


def test_a_refusal_outweighs_a_fault_that_may_pass(gemini, double, tmp_path):
    double.meet("500", "block image")
    request = request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=2)
    assert isinstance(refused(gemini, request), ContentBlocked)


def test_pictures_are_sent_inside_the_call(gemini, double, tmp_path):
    media = [a_picture(tmp_path, "one"), a_picture(tmp_path, "two", "jpeg")]
    submit(
        gemini,
        request_for(tmp_path / "scratch", "edit:nano_banana_2_edit", {"prompt": "mix", "image1": media}),
    )
    sent = double.calls[0].json["contents"][0]["parts"]
    assert sent[0] == {"text": "mix"}
    assert [part["inlineData"]["mimeType"] for part in sent[1:]] == ["image/png", "image/jpeg"]
    assert [base64.b64decode(part["inlineData"]["data"]) for part in sent[1:]] == [
        one.path.read_bytes() for one in media
    ]


def test_too_many_bytes_are_refused_before_any_call(gemini, double, tmp_path):
    media = a_picture(tmp_path)
    with media.path.open("ab") as file:
        file.truncate(21 * 1024 * 1024)
    error = refused(
        gemini, request_for(tmp_path, "edit:nano_banana_2_edit", {"prompt": "mix", "image1": [media]})
    )
    assert isinstance(error, InvalidInput) and "20 MB" in error.message
    assert double.calls == []


def test_words_come_without_the_thoughts(gemini, double, tmp_path):
    inputs = {"prompt": "what is it", "system_prompt": "Be brief.", "image1": [a_picture(tmp_path)]}
    job = submit(gemini, request_for(tmp_path, "llm:gemini", inputs, thinking_level="low"))
    assert job.outputs == {"text": "About 'what is it', 1 seen."}
    body = double.calls[0].json
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
    assert body["generationConfig"] == {"maxOutputTokens": 1024, "thinkingConfig": {"thinkingLevel": "LOW"}}


def test_parameters_choose_the_instruction(gemini, double, tmp_path):
    submit(
        gemini,
        request_for(tmp_path, "llm:prompt_enhancer", {"prompt": "fox"}, target="music", length="short"),
    )
    [part] = double.calls[0].json["systemInstruction"]["parts"]
    assert "a piece of music" in part["text"] and "25 words" in part["text"] and "{" not in part["text"]


@pytest.mark.parametrize(("least", "passed"), [(8, True), (8.5, False)])
def test_a_score_is_read_and_held_against_the_least(gemini, least, passed, tmp_path):
    inputs = {"image": a_picture(tmp_path), "criteria": "sharp"}
    job = submit(gemini, request_for(tmp_path, "llm:score", inputs, min_score=least))
    assert job.outputs == {"score": 8, "reason": "as asked", "passed": passed}


def test_raw_sound_becomes_a_wav(gemini, double, tmp_path):
    job = submit(gemini, request_for(tmp_path, "audio:gemini_tts", {"text": "hello"}, style="Whisper"))
    sound = job.outputs["audio"]
    with wave.open(str(sound.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (24_000, 1, 2400)
    assert (sound.content_type, double.calls[0].json["contents"][0]["parts"]) == (
        "audio/wav",
        [{"text": "Whisper: hello"}],
    )


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("429 day", InsufficientFunds, "for today are used up"),
        ("400", InvalidInput, "Unsupported aspect ratio."),
        ("403", AuthFailed, "refused the key"),
        ("404", ModelUnavailable, "does not serve this model"),
        ("billing", InsufficientFunds, "cannot be billed"),
        ("block image", ContentBlocked, "IMAGE_SAFETY"),
        ("odd end", NoOutput, "SOMETHING_NEW"),
        ("words only", NoOutput, "without a result"),
        ("bad base64", BadOutput, "damaged"),
    ],
)
def test_what_goes_wrong_has_its_class_and_a_sentence(fault, kind, words, gemini, double, tmp_path):
    double.meet(fault)
    error = refused(gemini, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert type(error) is kind
    assert words in error.message
    assert len(double.calls) == 1


def test_an_answer_that_is_too_large_is_not_read_to_its_end(gemini, double, tmp_path, monkeypatch):
    monkeypatch.setattr("providers.gemini.MOST_ANSWERED", 1024 * 1024)
    double.meet("huge")
    error = refused(gemini, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), error.message) == (BadOutput, "The answer of Gemini is larger than 1 MB.")


def test_a_clip_is_a_job_that_is_asked_for(gemini, double, tmp_path):
    media = a_picture(tmp_path)
    request = request_for(tmp_path, CLIP, {"prompt": "a walk", "image1": [media]}, duration=8)
    job = submit(gemini, request)
    assert (job.ref, job.state) == ("interactions/v1_1", JobState.QUEUED)
    [call] = double.calls
    image = base64.b64encode(media.path.read_bytes()).decode()
    assert (call.path, call.json) == (
        "/v1beta/interactions",
        {
            "model": "gemini-omni-1.1-flash",
            "input": [
                {"type": "text", "text": "a walk"},
                {"type": "image", "mime_type": "image/png", "data": image},
            ],
            "response_modalities": ["video"],
            "response_format": {
                "type": "video",
                "aspect_ratio": "16:9",
                "resolution": "720p",
                "duration": "8s",
            },
            "background": True,
        },
    )
    states = [asyncio.run(gemini.fetch(job.ref, request)).state for _ in range(2)]
    assert states == [JobState.QUEUED, JobState.RUNNING]


def test_a_clip_that_lies_with_google_is_fetched_with_the_key(gemini, double, tmp_path):
    double.meet("as file")
    done = outcome(gemini, request_for(tmp_path, CLIP, {"prompt": "a walk"}))
    assert done.outputs["video"].content_type == "video/mp4"
    assert [call.path for call in double.calls][-1] == "/v1beta/files/clip-1"


@pytest.mark.parametrize(("fault", "kind"), [("incomplete", NoOutput), ("cancelled", Cancelled)])
def test_a_clip_that_is_not_finished_says_so(fault, kind, gemini, double, tmp_path):
    double.meet(fault)
    assert type(outcome(gemini, request_for(tmp_path, CLIP, {"prompt": "a walk"}))) is kind
