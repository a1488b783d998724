"""The canvas before, during and after runs."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.drawing import card, expect_saved, field
from tests.e2e.pictures.hands import (
    choose,
    expect_done,
    fit,
    give_photo,
    node,
    open_empty,
    open_idea,
    open_settings,
    open_template,
    paste,
    run,
    run_to_the_end,
    wire,
    write,
)
from tests.e2e.pictures.stage import Stage


def product_photos(stage: Stage) -> None:
    page = open_template(stage, "Product photos: scenes and formats")
    stage.take("product-photos-opened")
    give_photo(stage, page, "Packshot")
    stage.take("product-photos-ready")
    run(page)
    expect(card(page, "Place product")).to_have_class(re.compile("s-running"))
    stage.take("product-photos-running")
    expect_done(page)
    page.keyboard.press("Escape")
    fit(page)
    stage.take("product-photos-done")


def results(stage: Stage) -> None:
    """Four pictures of one node: on its card, beside it, in full size and one over another."""
    page = open_idea(stage)
    open_settings(page, "Nano Banana 2")
    images = field(page.locator(".inspector"), "Images")
    images.fill("4")
    images.press("Enter")
    expect_saved(page)
    page.keyboard.press("Escape")
    run_to_the_end(page)
    fit(page)
    stage.take("four-results")
    open_settings(page, "Nano Banana 2")
    sheet = page.locator(".inspector")
    sheet.get_by_role("tab", name="Result").click()
    expect(sheet.locator("img").first).to_be_visible()
    stage.take("result-tab")
    sheet.locator("button:has(img)").first.click()
    expect(page.locator(".lightbox img")).to_be_visible()
    stage.take("lightbox")
    page.keyboard.press("c")
    expect(page.get_by_role("slider", name="How much of the left picture is shown")).to_be_visible()
    stage.take("compare-slider")


def clip(stage: Stage) -> None:
    page = open_empty(stage)
    idea = node("idea", "input:text", (0, 0), label="Idea", prompt="Mist drifts over a lake at dawn")
    film = node("film", "video:veo_3_1_t2v", (360, 0), label="Film", duration="4")
    paste(page, {"nodes": [idea, film], "edges": [wire("idea", "prompt", "film", "prompt")]})
    run_to_the_end(page)
    expect(card(page, "Film").locator("video")).to_be_visible()
    stage.take("clip")


def failed(stage: Stage) -> None:
    page = open_idea(stage, "a red fox in the snow [block]")
    page.keyboard.press("Control+Enter")
    expect(card(page, "Nano Banana 2")).to_have_class(re.compile("s-failed"))
    fit(page)
    stage.take("failed")
    open_settings(page, "Nano Banana 2")
    stage.take("failed-inspector")


def run_menu(stage: Stage) -> None:
    page = open_idea(stage)
    choose(page, "Nano Banana 2")
    page.get_by_role("button", name="More ways to run").click()
    expect(page.get_by_role("menuitem", name="Run workflow")).to_be_visible()
    stage.take("run-menu")
    page.keyboard.press("Escape")
    more = page.get_by_role("button", name="More", exact=True)
    if stage.screen.is_phone:
        page.keyboard.press("Escape")
        more.click()
        expect(page.get_by_role("menuitem", name=re.compile("^Outline"))).to_be_visible()
        stage.take("more")


def outline(stage: Stage) -> None:
    page = open_idea(stage, "a grey wolf in the snow, soft morning light")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("o")
    panel = page.get_by_role("region", name="Outline")
    expect(panel.get_by_text("Nothing here yet")).to_be_visible()
    stage.take("outline-empty")
    page.keyboard.press("Control+z")
    panel.get_by_role("button", name=re.compile("^Nano Banana 2")).click()
    stage.take("outline")
    run(page)
    stage.take("outline-running")
    expect_done(page)
    expect(panel.locator("img").first).to_be_visible()
    stage.take("outline-done")


def time_machine(stage: Stage) -> None:
    page = open_idea(stage, "A fox")
    run_to_the_end(page)
    write(page, "Prompt", "A bear")
    expect_saved(page)
    run_to_the_end(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+h")
    past = page.get_by_role("region", name="Time machine")
    expect(past).to_contain_text("2 of 2")
    page.keyboard.press("ArrowLeft")
    expect(past).to_contain_text("1 of 2")
    expect(past.locator("svg image")).to_have_count(2)
    stage.take("time-machine")
    past.get_by_role("button", name=re.compile("^Nano Banana 2 done")).press("Enter")
    expect(past.get_by_role("complementary", name="Settings of the node")).to_be_visible()
    stage.take("time-machine-node")


SCENES = (product_photos, results, clip, failed, run_menu, outline, time_machine)
