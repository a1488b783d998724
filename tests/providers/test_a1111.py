"""The driver of AUTOMATIC1111-compatible servers against its double, over a socket."""

from __future__ import annotations

import base64

import pytest

from providers.base import Media
from providers.errors import InvalidInput, ModelUnavailable
from providers.http import Access
from tests.doubles.server import picture
from tests.providers.driving import DRIVERS, a_picture, driver_for, refused, request_for, size_of, submit

DRAW, EDIT = "generate:sd_webui", "edit:sd_webui_img2img"


@pytest.fixture
def double(double_of):
    return double_of("a1111")


@pytest.fixture
def a1111(double):
    return driver_for(double)


def test_values_are_sent_in_the_words_of_the_server(a1111, double, tmp_path):
    inputs = {"prompt": "a fox", "negative_prompt": "blur"}
    submit(a1111, request_for(tmp_path, DRAW, inputs, width=640, checkpoint="sdxl", sampler_name="Euler a"))
    [call] = double.calls
    assert call.path == "/sdapi/v1/txt2img"
    assert call.json == {
        "prompt": "a fox",
        "negative_prompt": "blur",
        "width": 640,
        "height": 512,
        "steps": 25,
        "cfg_scale": 7,
        "sampler_name": "Euler a",
        "override_settings": {"sd_model_checkpoint": "sdxl"},
        "override_settings_restore_afterwards": True,
        "batch_size": 1,
        "seed": -1,
        "send_images": True,
        "save_images": False,
    }


def test_the_sheet_of_several_pictures_is_left_out(a1111, tmp_path):
    job = submit(a1111, request_for(tmp_path, DRAW, {"prompt": "a fox"}, num_images=3))
    assert [size_of(one) for one in job.outputs["images"]] == [(64, 64)] * 3


def test_a_picture_and_its_mask_are_sent_as_they_are(a1111, double, tmp_path):
    image = a_picture(tmp_path)
    (tmp_path / "mask.png").write_bytes(picture("mask"))
    mask = Media(tmp_path / "mask.png", "image/png", 96, 64, role="mask")
    submit(a1111, request_for(tmp_path, EDIT, {"prompt": "a hat", "image1": image, "mask": mask}))
    [call] = double.calls
    assert call.path == "/sdapi/v1/img2img"
    assert [base64.b64decode(one) for one in call.json["init_images"]] == [image.path.read_bytes()]
    assert base64.b64decode(call.json["mask"]) == mask.path.read_bytes()
    assert call.json["inpainting_fill"] == 1


def test_a_picture_is_made_larger(a1111, double, tmp_path):
    job = submit(a1111, request_for(tmp_path, "upscale:sd_webui_extras", {"image": a_picture(tmp_path)}))
    assert size_of(job.outputs["image"]) == (128, 128)
    assert double.calls[0].json["upscaling_resize"] == 2


def test_a_server_without_a_password_is_asked_without_one(double, tmp_path):
    error = refused(
        DRIVERS["a1111"](Access(double.base_url, ""), None), request_for(tmp_path, DRAW, {"prompt": "x"})
    )
    assert (error.code, "authorization" in double.calls[0].headers) == ("auth_failed", False)


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("422", InvalidInput, "steps: must be at most 150"),
        ("sampler", InvalidInput, "Sampler not found"),
        ("memory", InvalidInput, "Make the picture smaller"),
        ("no api", ModelUnavailable, "without --api"),
    ],
)
def test_what_goes_wrong_has_its_class_and_a_sentence(fault, kind, words, a1111, double, tmp_path):
    double.meet(fault)
    error = refused(a1111, request_for(tmp_path, DRAW, {"prompt": "a fox"}))
    assert (type(error), words in error.message) == (kind, True)
