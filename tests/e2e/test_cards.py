"""The list of nodes, and what cards tell and take: favourites, seeds, earlier results."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template, wait_until_still
from tests.e2e.hands import PICTURE, draw, edge, middle, node, port

pytestmark = pytest.mark.browser


def photo_of(name: str, colour: str) -> FilePayload:
    """A picture as somebody picks it."""
    file = BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def test_favourites_and_what_was_used_last_stand_first_and_are_kept(page: Page, site: Site) -> None:
    draw(page, site, [], [])
    nodes = page.get_by_role("complementary", name="Nodes")
    search = nodes.get_by_role("searchbox")
    search.fill("fal-ai/flux/schnell")
    page.keyboard.press("ArrowDown")
    found = nodes.locator(".kind-row").first
    expect(found.locator(".kind")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(found.locator(".fav")).to_have_accessible_name("Take FLUX Schnell out of the favourites")
    page.keyboard.press("Escape")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(nodes.locator("section[data-category='favourites'] .kind-name")).to_have_text(["FLUX Schnell"])

    search.fill("qzx")
    expect(nodes).to_contain_text("No node is found by “qzx”.")
    nodes.get_by_role("button", name="upscale").click()
    expect(nodes.locator(".kind").first).to_have_attribute("data-category", "upscale")
    search.fill("text input")
    search.press("Enter")
    expect(card(page, "Text Input")).to_be_visible()
    search.fill("")
    used = nodes.locator("section[data-category='used'] .kind-name")
    expect(used.first).to_have_text("Text Input")

    page.reload()
    expect(used.first).to_have_text("Text Input")
    favourites = nodes.locator("section[data-category='favourites']")
    favourites.get_by_role("button", name="Take FLUX Schnell out of the favourites").click()
    expect(favourites).to_have_count(0)


def test_a_seed_is_locked_and_unlocked_in_one_press_each(page: Page, site: Site) -> None:
    draw(page, site, [node("make", "generate:nano_banana_2", 0, 0), node("text", "input:text", 500, 0)], [])
    make = card(page, "Make")
    expect(card(page, "Text").locator(".seed-lock")).to_have_count(0)
    make.get_by_role("button", name="New seed for each result").click()
    locked = make.get_by_role("button", name=re.compile(r"^Seed \d+, locked$"))
    expect(locked).to_have_attribute("aria-pressed", "true")
    number = locked.inner_text()
    expect_saved(page)
    page.reload()
    expect(locked).to_have_text(number)
    locked.click()
    expect(make.get_by_role("button", name="New seed for each result")).to_be_visible()
    page.locator(".react-flow__pane").click(position={"x": 800, "y": 700})
    page.keyboard.press("Control+z")
    expect(locked).to_have_text(number)


def test_earlier_results_of_a_node_are_looked_at_put_back_and_repeated(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make = card(page, "Nano Banana 2")
    words = card(page, "Prompt").locator("textarea")
    words.fill("a heron in the reeds")
    expect(make.locator(".seed-lock")).to_have_text("seed 42")
    expect_saved(page)
    page.locator("button.run").click()
    expect_status(make, "done")
    make.locator(".seed-lock").click()
    expect_saved(page)
    page.locator("button.run").click()
    expect(make.locator(".seed-lock")).to_have_text("new seed")
    expect_status(make, "running|waiting")
    expect_status(make, "done")

    make.get_by_role("heading").click()
    sheet = page.get_by_role("complementary", name="Settings of the node")
    sheet.get_by_role("tab", name="Runs").click()
    results = sheet.locator(".node-results > li")
    expect(results).to_have_count(2)
    first = results.last
    expect(first).to_contain_text("seed 42")
    expect(results.first).not_to_contain_text("seed")
    first.get_by_role("button", name="Result 1 in full size").click()
    expect(page.get_by_role("dialog", name="Nano Banana 2")).to_be_visible()
    page.keyboard.press("Escape")
    first.get_by_role("button", name="Load its settings").click()
    expect(make.locator(".seed-lock")).to_have_text("seed 42")
    first.get_by_role("button", name="Put it back").click()
    expect(first.get_by_role("button", name="Unpin")).to_be_visible()
    expect(make).to_have_attribute("aria-label", re.compile("pinned"))
    page.get_by_role("button", name="Undo").last.click()
    expect(first.get_by_role("button", name="Put it back")).to_be_visible()


def test_a_wire_that_does_not_fit_is_led_through_what_makes_it_fit(page: Page, site: Site) -> None:
    draw(page, site, [node("clip", "input:video", 0, 0), node("small", "utility:image_resize", 900, 0)], [])
    clip, small, wires = card(page, "Clip"), card(page, "Small"), page.locator(".react-flow__edge")
    port(clip, "out-video").drag_to(port(small, "in-image"))
    offer = page.get_by_role("button", name="Put “Extract Frame” between")
    expect(page.locator(".toast.bad")).to_contain_text("takes an image, this is a video")
    offer.click()
    expect(card(page, "Extract Frame")).to_be_visible()
    expect(wires).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(card(page, "Extract Frame")).to_have_count(0)
    expect(wires).to_have_count(0)

    start, end = middle(port(clip, "out-video")), middle(small.get_by_role("heading"))
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 60, start[1], steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()
    offer.click()
    expect(wires).to_have_count(2)


def test_what_is_undone_out_of_sight_comes_into_sight(page: Page, site: Site) -> None:
    draw(page, site, [node("near", "input:text", 0, 0), node("far", "input:text", 4000, 0)], [])
    near, far = card(page, "Near"), card(page, "Far")
    page.keyboard.press("0")
    near.locator("textarea").scroll_into_view_if_needed()
    expect(far).not_to_be_in_viewport()
    near.locator("textarea").fill("a heron")
    page.locator(".react-flow__pane").click(position={"x": 700, "y": 720})
    page.keyboard.press("Control+f")
    page.keyboard.type("far")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(far).to_be_in_viewport()
    wait_until_still(page)
    expect(near).not_to_be_in_viewport()
    page.locator(".react-flow__pane").click(position={"x": 700, "y": 720})
    page.keyboard.press("Control+z")
    expect(near).to_be_in_viewport()
    expect(near.locator("textarea")).to_have_value("")
    wait_until_still(page)
    before = page.locator(".react-flow__viewport").get_attribute("style")
    page.keyboard.press("Control+y")  # what is in sight moves nothing
    expect(near.locator("textarea")).to_have_value("a heron")
    wait_until_still(page)
    assert page.locator(".react-flow__viewport").get_attribute("style") == before


def test_several_files_for_one_input_become_a_table_with_a_run_for_each(page: Page, site: Site) -> None:
    nodes, edges = PICTURE
    draw(page, site, nodes, [*edges, edge("small", "out-image", "shown", "in-value")])
    page.locator(".toast").get_by_role("button", name="Dismiss").first.click()
    photo = card(page, "Photo")
    with page.expect_file_chooser() as chooser:
        photo.get_by_text("Drop a file or choose one").click()
    files = [
        photo_of(f"{name}.png", colour)
        for name, colour in (("red", "#c33"), ("green, light", "#3c3"), ("blue", "#33c"))
    ]
    chooser.value.set_files(files)
    page.get_by_role("button", name="As a table: one run for each").click()
    page.wait_for_url(re.compile(r"/workflows/.*/table$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("table")
    main = page.get_by_role("main")
    for name in ("red.png", "green, light.png", "blue.png"):
        expect(main).to_contain_text(name)
    page.get_by_role("button", name="Start 3 runs").click()
    page.wait_for_url(re.compile("/batches/"))
