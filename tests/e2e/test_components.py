"""Nodes become a component, run as one, and come back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, expect_status, use_template

pytestmark = pytest.mark.browser


def test_nodes_are_packed_run_as_one_and_unpacked(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    drawn, part = card(page, "Nano Banana 2"), card(page, "Painter")
    wires = page.locator(".react-flow__edge")
    expect(drawn).to_be_visible()
    expect(wires).to_have_count(2)
    drawn.get_by_role("heading").click()
    page.keyboard.press("Control+Alt+k")
    dialog = page.get_by_role("dialog", name="Make a component")
    dialog.get_by_label("Name", exact=True).fill("Painter")
    dialog.get_by_role("button", name="Make it").click()
    expect(part).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(drawn).to_have_count(0)
    expect(wires).to_have_count(2)
    expect_saved(page)
    expect_status(part, "will run · 7 credits")

    page.keyboard.press("Control+Enter")
    expect_status(part, "done")
    expect(part.locator(".preview img")).to_be_visible()
    page.reload()
    expect(part.locator(".preview img")).to_be_visible()
    expect_status(part, "done")

    part.get_by_role("heading").click(button="right")
    page.get_by_role("menuitem", name="Unpack the component").click()
    expect(drawn).to_be_visible()
    expect(part).to_have_count(0)
    expect(wires).to_have_count(2)
    expect_status(drawn, "will be reused")
    page.keyboard.press("Control+z")
    expect(part).to_be_visible()

    components = page.get_by_role("region", name="Components")
    components.get_by_role("button", name="Copy the nodes of Painter here").click()
    expect(drawn).to_be_visible()
    components.get_by_role("button", name="Painter", exact=True).click()
    expect(part).to_have_count(2)
    expect_saved(page)


def test_unpacked_nodes_show_what_the_newest_run_made_of_them(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    text, drawn, part = (
        card(page, "Prompt").locator("textarea"),
        card(page, "Nano Banana 2"),
        card(page, "Painter"),
    )
    text.fill("A fox")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "done")
    before = drawn.locator(".preview img").get_attribute("src")
    make_component(page, "Nano Banana 2", "Painter")
    expect(part).to_be_visible()
    text.fill("A bear")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Picture"), "waiting")
    expect_status(card(page, "Picture"), "done")
    made = part.locator(".preview img").get_attribute("src") or ""
    assert made != before

    part.get_by_role("heading").click(button="right")
    page.get_by_role("menuitem", name="Unpack the component").click()
    expect(drawn.locator(".preview img")).to_have_attribute("src", made)
    expect_status(drawn, "done .* will be reused")
    expect_saved(page)
    page.reload()
    expect(drawn.locator(".preview img")).to_have_attribute("src", made)
    drawn.get_by_role("heading").click()
    page.keyboard.press("p")  # the server finds it by the name that it had
    expect_status(drawn, ".* keeps its pinned result")
    expect_saved(page)
    page.keyboard.press("Control+Enter")
    expect_status(drawn, "pinned result · 0 credits")


def make_component(page: Page, node: str, name: str) -> None:
    card(page, node).get_by_role("heading").click()
    page.keyboard.press("Control+Alt+k")
    dialog = page.get_by_role("dialog", name="Make a component")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Make it").click()
    expect(dialog).to_be_hidden()
    expect(card(page, name)).to_be_visible()
    expect_saved(page)


def test_a_component_is_opened_changed_saved_and_then_updated_where_it_stands(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make_component(page, "Nano Banana 2", "Brush")
    workflow = page.url
    part, inner = card(page, "Brush"), card(page, "Nano Banana 2")
    part.get_by_role("heading").click()
    page.keyboard.press("Enter")
    expect(inner).to_be_visible()
    crumbs = page.get_by_role("navigation", name="Where you are")
    expect(crumbs.get_by_role("link", name="Text to image")).to_be_visible()
    expect(crumbs.get_by_label("Name of the component")).to_have_value("Brush")
    expect(page.get_by_role("button", name="Problems")).to_have_count(0)  # its prompt comes from outside

    # Nothing was changed: leaving asks nothing.
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(part).to_be_visible()
    assert page.url == workflow
    part.get_by_role("heading").click(button="right")
    page.get_by_role("menuitem", name="Open component").click()
    expect(inner).to_be_visible()

    # Another node inside, and the inside outlives a reload.
    page.locator(".react-flow__pane").click(position={"x": 700, "y": 620})
    page.keyboard.press("Tab")
    page.get_by_role("combobox", name="Node").fill("resize image")
    page.keyboard.press("Enter")
    resize = card(page, "Resize")
    expect(resize).to_be_visible()
    expect_saved(page)
    page.reload()
    expect(resize).to_be_visible()

    crumbs.get_by_role("link", name="Text to image").click()
    leaving = page.get_by_role("dialog", name="Leave the component")
    leaving.get_by_role("button", name="Save component").click()
    saving = page.get_by_role("dialog", name="Save component")
    expect(saving.get_by_text("Used in 1 workflow: Text to image")).to_be_visible()
    expect(saving.get_by_role("listitem").filter(has_text="Output “Image”")).to_be_visible()
    expect(saving.get_by_role("listitem").filter(has_text="Input “Image”")).to_be_visible()
    saving.get_by_role("button", name="Save component").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()

    # Where it stands it is as it was, until somebody updates it: one gesture, and one undo.
    page.get_by_role("button", name="Back to Text to image").click()
    note = part.get_by_role("button", name="Update available")
    expect(note).to_be_visible()
    ports = part.locator(".react-flow__handle")
    before = ports.count()
    note.click()
    update = page.get_by_role("dialog", name="Update the component")
    expect(update.get_by_text("Version 1 is here; the library has version 2.")).to_be_visible()
    expect(update.get_by_role("listitem").filter(has_text="Input “Image”")).to_be_visible()
    update.get_by_role("button", name="Keep version 1").click()
    kept = part.get_by_role("button", name="Stays on version 1")
    kept.click()
    update.get_by_role("button", name="Update", exact=True).click()
    expect(ports).to_have_count(before + 2)
    expect(part.locator(".update-note")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(kept).to_be_visible()
    expect(ports).to_have_count(before)
    page.keyboard.press("Control+Shift+z")
    expect(ports).to_have_count(before + 2)
    expect_saved(page)


def test_all_of_a_component_are_updated_and_all_they_lose_is_told_before(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make_component(page, "Nano Banana 2", "Chalk")
    part, wires = card(page, "Chalk"), page.locator(".react-flow__edge")
    part.get_by_role("heading").click()
    page.keyboard.press("Control+d")
    expect(part).to_have_count(2)
    expect_saved(page)
    before = wires.count()
    page.keyboard.press("Enter")  # the copy is what is selected
    expect(page.get_by_label("Name of the component")).to_have_value("Chalk")
    page.keyboard.press("Control+s")
    saving = page.get_by_role("dialog", name="Save component")
    saving.get_by_role("group", name="Outputs").get_by_role("checkbox", checked=True).uncheck()
    saving.get_by_role("button", name="Save component").click()
    page.get_by_role("button", name="Back to Text to image").click()

    # The copy gives nothing to anybody, so only the other one loses a wire.
    part.last.get_by_role("button", name="Update available").click()
    update = page.get_by_role("dialog", name="Update the component")
    expect(update.get_by_role("button", name="Update all 2 here")).to_be_enabled()
    lost = update.locator(".loose-wires")
    expect(lost).to_have_count(1)
    expect(lost).to_contain_text("Wires that come loose as well when all 2 are updated")
    update.get_by_role("button", name="Update all 2 here").click()
    expect(wires).to_have_count(before - 1)
    expect(part.locator(".update-note")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(wires).to_have_count(before)
    expect(part.locator(".update-note")).to_have_count(2)
    expect_saved(page)


def test_what_is_not_saved_can_be_left_and_put_aside(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make_component(page, "Nano Banana 2", "Sketch")
    part, inner = card(page, "Sketch"), card(page, "Nano Banana 2")
    part.get_by_role("heading").click()
    page.keyboard.press("Enter")
    inner.get_by_role("heading").click()
    page.keyboard.press("Control+d")
    expect(inner).to_have_count(2)
    expect_saved(page)
    leaving = page.get_by_role("dialog", name="Leave the component")
    back = page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Text to image")
    back.click()
    leaving.get_by_role("button", name="Leave, save later").click()
    expect(part).to_be_visible()
    part.get_by_role("heading").click()
    page.keyboard.press("Enter")
    expect(inner).to_have_count(2)
    back.click()
    leaving.get_by_role("button", name="Put aside and leave").click()
    expect(part).to_be_visible()
    part.get_by_role("heading").click()
    page.keyboard.press("Enter")
    expect(inner).to_have_count(1)
    page.keyboard.press("Control+Shift+s")
    expect(page.get_by_label("Name of the version of")).to_have_value("Not saved as a version")


def test_components_are_found_where_nodes_are(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make_component(page, "Nano Banana 2", "Easel")
    part = card(page, "Easel")
    page.locator(".react-flow__pane").click(position={"x": 700, "y": 620})
    page.keyboard.press("Tab")
    field = page.get_by_role("combobox", name="Node")
    field.fill("easel")
    expect(page.get_by_role("option").first).to_contain_text("Component · 1 node, version 1")
    field.press("Enter")
    expect(part).to_have_count(2)

    # All commands know it by its name.
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill("add easel")
    page.keyboard.press("Enter")
    expect(part).to_have_count(3)


def test_a_dropped_wire_finds_the_components_that_take_it(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    make_component(page, "Nano Banana 2", "Charcoal")
    wires = page.locator(".react-flow__edge")
    before = wires.count()
    handle = card(page, "Prompt").locator("[data-handleid='out-prompt']").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(450, 700, steps=10)
    page.mouse.up()
    field = page.get_by_role("combobox", name="Node")
    field.fill("charcoal")
    field.press("Enter")
    expect(card(page, "Charcoal")).to_have_count(2)
    expect(wires).to_have_count(before + 1)
