"""Every template can be run as it comes, but for the files that people add."""

from __future__ import annotations

import pytest

from providers.local import SUPPORTED
from tests.workflows.graphs import CATALOG
from workflows.layout import overlaps
from workflows.lint import lint
from workflows.templates import all_templates, categories, find_template

FILES = {
    "contact-sheet": {"pics"}, "before-after": {"photo"}, "headline-and-watermark": {"photo"},
    "social-crops": {"photo"}, "background-replacement": {"photo"}, "ad-variants-from-table": {"logo"},
    "product-photos": {"shot"}, "localised-campaign": {"hero"}, "virtual-try-on": {"garments", "models"},
    "virtual-staging": {"rooms"},
}  # fmt: skip

#: How high the canvas draws the card of each kind of node at most, in pixels: measured in Chromium over all templates.
CARD_WIDTH = 280
CARD_HEIGHTS = {
    "audio:elevenlabs_tts": 267, "background:birefnet": 470, "edit:flux_2_edit": 412, "edit:flux_fill": 438,
    "edit:nano_banana_pro_edit": 445, "generate:nano_banana": 360, "generate:nano_banana_2": 459,
    "generate:nano_banana_pro": 445, "input:image": 290, "input:image_list": 206, "input:select": 121,
    "input:table": 277, "input:text": 244, "input:webhook": 121, "llm:gemini": 416, "llm:score": 255,
    "logic:approval": 580, "logic:if": 204, "logic:merge": 190, "output:preview": 353, "output:webhook": 327,
    "upscale:seedvr_image": 452, "utility:captions": 471, "utility:collect": 204, "utility:image_adjust": 452,
    "utility:image_composite": 504, "utility:image_convert": 444, "utility:image_grid": 478,
    "utility:image_resize": 466, "utility:iterate": 270, "utility:json_extract": 171,
    "utility:mask_adjust": 444, "utility:merge_list": 164, "utility:prompt_concat": 454,
    "utility:prompt_template": 409, "utility:select_item": 204, "utility:text_overlay": 521,
    "utility:text_split": 340, "utility:video_concat": 492, "utility:zip_files": 412,
    "video:kling_video_2_5_i2v": 462,
}  # fmt: skip
#: What a card may grow by as its results arrive, or be wider or higher with other fonts.
SPARE_WIDTH, SPARE_HEIGHT = 40, 90


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_a_template_runs_once_its_files_are_there(template):
    report = lint(template["nodes"], template["edges"], CATALOG, executing=True, supported=SUPPORTED)
    missing = FILES.get(template["slug"], set())
    assert {(problem.rule, problem.node_id) for problem in report.violations} == {
        ("required-input-missing", node_id) for node_id in missing
    }
    assert report.warnings == ()
    assert (len(template["nodes"]), len(template["edges"])) == (
        template["expected"]["nodes"], template["expected"]["edges"],
    )  # fmt: skip


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_keyless_templates_use_no_provider(template):
    kinds = [CATALOG[raw["data"]["nodeType"]] for raw in template["nodes"]]
    assert template["keyless"] == all(not kind.is_remote for kind in kinds)


@pytest.mark.parametrize("template", all_templates(), ids=lambda template: template["slug"])
def test_no_card_of_a_template_covers_another(template):
    cards = [
        {
            **raw,
            "measured": {
                "width": CARD_WIDTH + SPARE_WIDTH,
                "height": CARD_HEIGHTS[raw["data"]["nodeType"]] + SPARE_HEIGHT,
            },
        }
        for raw in template["nodes"]
    ]
    assert overlaps(cards) == []


def test_a_headline_is_written_on_a_picture_of_known_width():
    """Letters are measured in pixels: on a photo of 12 megapixels the same ones would be tiny."""
    template = find_template("headline-and-watermark")
    params = {raw["id"]: raw["data"]["params"] for raw in template["nodes"]}
    wires = {(edge["source"], edge["target"]) for edge in template["edges"]}
    assert {("photo", "fit"), ("fit", "title"), ("title", "mark")} <= wires
    assert ("photo", "title") not in wires
    width = params["fit"]["width"]
    assert 0.04 <= params["title"]["size"] / width <= 0.08
    assert 0.02 <= params["mark"]["size"] / width <= 0.04


def test_a_template_tells_what_comes_out_of_it():
    assert find_template("text-to-image")["results"] == ["Picture"]
    assert find_template("product-photos")["results"] == ["Overview", "All pictures (ZIP)"]
    assert all(template["results"] for template in all_templates())


def test_the_gallery_is_sorted_into_categories_that_are_not_empty():
    assert len(all_templates()) == 16
    assert all(all_templates(category) for category in categories())
    assert find_template("storyboard")["title"] == "Storyboard from a script"
    assert find_template("no-such") is None
