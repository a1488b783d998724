"""The Run button says whether something can run, and why not; nothing is started by pressing it then."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import DRAWN, card, expect_saved, field, new_workflow, use_template
from tests.e2e.hands import draw, node
from tests.processes import rows

pytestmark = pytest.mark.browser


def started(site: Site) -> int:
    return int(rows(site.data / "wireflow.sqlite3", "SELECT count(*) AS n FROM executions_execution")[0]["n"])


@pytest.mark.parametrize("width", [1440, 390])
def test_a_missing_file_is_said_on_the_button_and_led_to(page: Page, site: Site, tmp_path: Path, width: int):
    page.add_init_script(DRAWN)
    page.set_viewport_size({"width": width, "height": 844})
    use_template(page, site, "Social crops")
    run, before = page.locator("button.run"), started(site)
    expect(run).to_contain_text("1 missing" if width < 720 else "1 input is missing", use_inner_text=True)
    expect(run).to_have_attribute("aria-disabled", "true")
    expect(run).to_have_accessible_description(re.compile("Photo: Image is missing"))
    assert run.evaluate(
        "(run) => run.scrollWidth <= run.clientWidth && run.getBoundingClientRect().right <= innerWidth"
    )
    run.click(force=True)  # it is not dead, though it says that it cannot run
    problems = page.get_by_role("region", name="Problems")
    expect(problems).to_contain_text("Photo")
    told = page.locator(".toast.bad", has_text="Photo")
    expect(told).to_be_visible()
    expect(card(page, "Photo")).to_have_class(re.compile("selected"))
    assert started(site) == before
    problems.get_by_role("button", name="Close").click()

    Image.new("RGB", (8, 8)).save(tmp_path / "photo.png")
    with page.expect_file_chooser() as chooser:
        card(page, "Photo").get_by_text("choose one").click()
    chooser.value.set_files(tmp_path / "photo.png")
    expect(run).to_have_text("Run · free")
    expect(run).to_have_attribute("aria-disabled", "false")
    expect(run).to_have_accessible_description("")
    expect(told).to_be_hidden()  # with its cause


def test_an_empty_canvas_has_no_price_and_free_nodes_are_free(page: Page, site: Site):
    new_workflow(page, site)
    run = page.locator("button.run")
    expect(run).to_have_text("Run")
    expect(run).to_have_accessible_description("Add a node first.")
    page.route("**/plan", lambda route: route.abort())  # also while the server has not said what it costs
    page.keyboard.press("Tab")
    page.locator("input[role='combobox']").fill("text input")
    page.keyboard.press("Enter")
    expect(run).to_have_text("Run · free")


def test_what_the_server_finds_is_told_before_anybody_presses(page: Page, site: Site):
    new_workflow(page, site, "select input")
    run = page.locator("button.run")
    expect(run).to_have_text("Run · 1 problem")
    expect(run).to_have_accessible_description(re.compile("has no options"))


def test_a_card_below_another_is_told_of_and_moved_apart(page: Page, site: Site):
    draw(page, site, [node("one", "input:text", 0, 0), node("two", "input:text", 4, 0)], [])
    cards, run = page.locator("article.card"), page.locator("button.run")
    problems = page.get_by_role("region", name="Problems")
    page.get_by_role("button", name=re.compile("1 problem")).click()
    expect(problems).to_contain_text("It lies on")
    expect(run).to_have_text("Run · free")  # which is no reason not to run
    problems.get_by_role("button", name="Move apart").click()
    expect(problems).to_contain_text("Everything is ready to run.")
    first, second = cards.first.bounding_box(), cards.last.bounding_box()
    assert first and second
    assert abs(first["x"] - second["x"]) >= first["width"] or abs(first["y"] - second["y"]) >= first["height"]
    page.keyboard.press("Control+z")
    expect(problems).to_contain_text("It lies on")


def test_inside_a_component_what_comes_from_outside_is_no_fault(page: Page, site: Site):
    use_template(page, site, "Text to image")
    card(page, "Nano Banana 2").get_by_role("heading").click()
    page.keyboard.press("Control+Alt+k")
    dialog = page.get_by_role("dialog", name="Make a component")
    dialog.get_by_label("Name", exact=True).fill("Outlook")
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog).to_be_hidden()
    part = card(page, "Outlook")
    expect_saved(page)
    expect(part.locator(".outlook")).to_have_text(re.compile("will run"))
    field(card(page, "Prompt"), "Prompt").fill("")
    expect(part.locator(".outlook")).to_have_text("cannot run yet")  # here nothing gives it
    field(card(page, "Prompt"), "Prompt").fill("A heron")
    expect(part.locator(".outlook")).to_have_text(re.compile("will run"))
    expect_saved(page)
    part.get_by_role("heading").click(button="right")
    page.get_by_role("menuitem", name="Open component").click()
    page.wait_for_url(re.compile("from="))

    drawn, run, before = card(page, "Nano Banana 2"), page.locator("button.run"), started(site)
    expect(drawn.locator(".outlook")).to_have_text("gets its input from outside")
    expect(drawn.get_by_label(re.compile("^Problem"))).to_have_count(0)
    expect(run).to_have_text(re.compile("1 input is missing"))
    run.click(force=True)  # it is not dead, though it says that it cannot run
    problems = page.get_by_role("region", name="Problems")
    expect(problems).to_contain_text("comes from outside")
    expect(problems).not_to_contain_text("ready to run")
    told = page.locator(".toast.bad")
    expect(told).to_contain_text("comes from outside")
    assert started(site) == before
    field(drawn, "Prompt").fill("A heron")
    expect(run).to_have_text(re.compile("7 credits"))
    expect(told).to_be_hidden()
    expect(problems).to_contain_text("Everything is ready to run.")
