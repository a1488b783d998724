"""Workflows from a description, and what the server says it can make."""

from __future__ import annotations

import json

import pytest

from assets.models import Asset
from tests.factories import team_of
from tests.workflows.doors import FULL_KEYS, Api
from tests.workflows.graphs import CATALOG
from workflows.generating import best_template, draft_of
from workflows.models import Workflow
from workflows.templates import all_templates, find_template

STREAM = "/workflows/generate/stream"


@pytest.fixture
def api(client, alice):
    return Api(client, alice)


def events(answer) -> list[dict]:
    text = answer.content.decode()
    assert text.endswith("\n\n")
    lines = text[:-2].split("\n\n")
    assert all(line.startswith("data: ") and "\n" not in line for line in lines)
    return [json.loads(line.removeprefix("data: ")) for line in lines]


@pytest.mark.parametrize(
    ("prompt", "slug"),
    [
        ("Make me a picture of a red lighthouse", "text-to-image"),
        ("something entirely different", "text-to-image"),
        ("", "text-to-image"),
        ("A contact sheet of all my photos", "contact-sheet"),
        ("instagram crops in square and portrait", "social-crops"),
        ("put a headline and our logo on it", "headline-and-watermark"),
        ("Turn my film script into a storyboard", "storyboard"),
        ("ads from a CSV, one per row", "ad-variants-from-table"),
        ("replace the background of a photo", "background-replacement"),
        ("a character sheet for our mascot", "character-sheet"),
        ("product photos in several scenes", "product-photos"),
        ("show before and after side by side", "before-after"),
    ],
)
def test_the_template_whose_words_fit_best_is_taken(prompt, slug):
    assert best_template(prompt)["slug"] == slug


@pytest.mark.parametrize("template", all_templates(), ids=lambda one: one["slug"])
def test_prompt_and_pictures_go_where_they_belong(template):
    before = json.dumps(template)
    nodes, edges = draft_of(template, "a fox", ["as_1", "as_2"])
    assert json.dumps(template) == before
    changed = [
        node
        for node, old in zip(nodes, template["nodes"], strict=True)
        if node["data"]["params"] != old["data"]["params"]
    ]
    texts = [node["data"]["params"]["prompt"] for node in changed if node["data"]["nodeType"] == "input:text"]
    assert texts in ([], ["a fox"])
    assert edges == template["edges"]


def test_a_text_that_is_only_written_on_a_picture_is_left_alone():
    nodes, _ = draft_of(find_template("headline-and-watermark"), "put a headline on it", [])
    assert next(node for node in nodes if node["data"]["label"] == "Headline")["data"]["params"][
        "prompt"
    ] == ("Open on Sunday from 10")


def test_a_workflow_is_told_node_by_node_and_kept(api, alice):
    answer = api("post", STREAM, {"prompt": "a picture of a lighthouse\nat dawn"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-cache"
    told = events(answer)
    assert [event["done"] for event in told] == [False, False, False, True]
    assert [len(event["workflow"]["nodes"]) for event in told] == [1, 2, 3, 3]
    assert [len(event["workflow"]["edges"]) for event in told] == [0, 1, 2, 2]
    last = told[-1]["workflow"]
    assert list(last) == FULL_KEYS
    workflow = Workflow.objects.get()
    assert (last["id"], workflow.team, workflow.created_by) == (workflow.pk, team_of(alice), alice)
    assert api("get", f"/workflows/{workflow.pk}").json() == last
    assert last["nodes"][0]["data"]["params"]["prompt"] == "a picture of a lighthouse\nat dawn"


def test_pictures_are_put_in(api):
    told = events(
        api("post", STREAM, {"prompt": "contact sheet", "images": ["https://a.example/1.png", "as_2"]})
    )
    pictures = told[-1]["workflow"]["nodes"][0]["data"]["params"]["images"]
    assert pictures == ["https://a.example/1.png", "as_2"]
    assert not Asset.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"prompt": ""}, {"prompt": 3, "images": "x"}, {"prompt": "x", "images": ["a"] * 21}, []]
)
def test_a_body_without_a_description_makes_nothing(api, body):
    answer = api("post", STREAM, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid_request_error")
    assert not Workflow.objects.exists()


def test_generating_needs_the_role_and_the_scope(client, alice, vera):
    for person, key in ((vera, {}), (alice, {"scopes": ["workflows:read"]})):
        assert Api(client, person, **key)("post", STREAM, {"prompt": "x"}).status_code == 403
    assert not Workflow.objects.exists()


def test_models_are_what_can_be_generated_with(api):
    data = api("get", "/models").json()["data"]
    assert all(list(one) == ["id", "label", "kind", "credits", "unit"] for one in data)
    by_id = {one["id"]: one for one in data}
    assert by_id["generate:nano_banana_2"] == {
        "id": "generate:nano_banana_2", "label": "Nano Banana 2", "kind": "image", "credits": 7, "unit": "image",
    }  # fmt: skip
    assert {one["kind"] for one in data} <= {"image", "video", "audio", "text", "json"}
    assert all(CATALOG[name].is_remote for name in by_id)
    assert "video:remotion" not in by_id


def test_there_are_no_video_templates_and_blocks(api):
    assert api("get", "/remotion/templates").json() == {"data": []}
    assert api("get", "/remotion/templates/x").json()["error"] == "Template not found"
    assert api("get", "/remotion/templates/x").status_code == 404
    blocks = api("get", "/blocks?use=hero&renderable=1").json()
    assert (blocks["count"], blocks["blocks"], list(blocks)) == (0, [], ["count", "usage", "blocks"])
    refused = api("post", "/blocks", {"name": "hero", "source": "export const Hero = () => null"})
    assert (refused.status_code, refused.json()) == (
        400,
        {
            "error": "This server has no video renderer, so it keeps no blocks. Nothing was saved.",
            "code": "no_video_renderer",
            "type": "invalid_request_error",
        },
    )


def test_a_video_preview_says_that_nothing_is_rendered_here(api):
    got = api("post", "/render/remotion/preview", {"sceneGraph": {}}).json()
    assert (got["frames"], got["renderable"], got["sceneCount"], len(got["issues"])) == ([], False, 0, 1)
    assert got["diagnostics"]["counts"] == {"error": 1, "warning": 0, "info": 0}
    assert api("post", "/render/remotion/preview", []).status_code == 400


@pytest.mark.parametrize("path", ["/models", "/remotion/templates", "/remotion/templates/x", "/blocks"])
def test_they_need_a_key_that_reads(client, alice, path):
    assert client.get(f"/api/v1{path}").status_code == 401
    assert Api(client, alice, scopes=["usage:read"])("get", path).json()["code"] == "insufficient_scope"
