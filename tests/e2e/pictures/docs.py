"""The pictures of README and docs, made anew from real runs."""

from __future__ import annotations

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.drawing import card
from tests.e2e.pictures.hands import (
    Json,
    address_of_run,
    expect_done,
    fit,
    node,
    open_empty,
    paste,
    run,
    wire,
)
from tests.e2e.pictures.stage import SETTLED, Stage
from tests.processes import ROOT

#: One idea becomes two pictures by two models; one is made a poster, the other a square.
NAME = "Perfume campaign"
IDEA = "A glass bottle of perfume on wet stone, morning mist, soft light from the left"
#: Where the lower row of nodes begins.
LOWER = 570


def draw(stage: Stage) -> None:
    page = stage.page
    page.emulate_media(reduced_motion="reduce")
    open_empty(stage)
    page.get_by_label("Name of the workflow").fill(NAME)
    page.keyboard.press("Enter")
    paste(page, campaign())
    run(page)
    expect_done(page)
    expect(card(page, "For the feed").locator("img")).to_be_visible()
    fit(page)
    made = address_of_run(page)
    keep(page, "canvas")
    page.goto(f"{stage.site.url}/templates")
    keep(page, "templates")
    page.goto(f"{stage.site.url}{made}")
    expect(page.locator("#outputs img").first).to_be_visible()
    keep(page, "run")


def keep(page: Page, name: str) -> None:
    """A picture with few colours: small enough to be kept beside the words."""
    page.wait_for_load_state("networkidle")
    page.evaluate(SETTLED)
    path = ROOT / f"docs/images/{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as whole:
        few = whole.convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE)
    few.save(path, optimize=True)


def campaign() -> Json:
    words: Json = {"text": "Morning, bottled.", "size": 88, "position": "center", "box_color": "#00000099"}
    square: Json = {"width": 1080, "height": 1080, "fit": "cover"}
    return {
        "nodes": [
            node("idea", "input:text", (0, 340), label="Idea", prompt=IDEA),
            node("hero", "generate:nano_banana_2", (360, 0), label="Hero picture", aspect_ratio="16:9"),
            node("second", "generate:flux_2_pro", (360, LOWER), label="Another look", aspect_ratio="1:1"),
            node("poster", "utility:text_overlay", (720, 0), label="Poster", **words),
            node("square", "utility:image_resize", (720, LOWER), label="Square", **square),
            node("posters", "output:preview", (1080, 0), label="For the shop window", name="poster"),
            node("posts", "output:preview", (1080, LOWER), label="For the feed", name="post"),
        ],
        "edges": [
            wire("idea", "prompt", "hero", "prompt"),
            wire("idea", "prompt", "second", "prompt"),
            wire("hero", "images", "poster", "image"),
            wire("second", "images", "square", "image"),
            wire("poster", "image", "posters", "value"),
            wire("square", "image", "posts", "value"),
        ],
    }
