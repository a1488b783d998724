"""The canvas while somebody draws: panels, menus, what is wrong, and who else is there."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.drawing import card, expect_saved, wait_until_still
from tests.e2e.people import make_colleague
from tests.e2e.pictures.hands import (
    choose,
    fit,
    node,
    open_empty,
    open_idea,
    open_settings,
    open_template,
    paste,
    write,
)
from tests.e2e.pictures.stage import Stage

LONG = (
    "A {{subject}} in {{place}}, photographed from a low angle with a 35 mm lens. " * 6
    + "Keep the logo of {{brand}} readable and leave room for a headline at the top."
)
#: Where a pointer hits a wire.
MIDDLE_OF_A_WIRE = """path => {
    const {x, y} = path.getPointAtLength(path.getTotalLength() / 2), m = path.getScreenCTM();
    return [x * m.a + m.e, y * m.d + m.f];
}"""


def empty(stage: Stage) -> None:
    open_empty(stage)
    stage.take("empty")


def problems(stage: Stage) -> None:
    page = open_empty(stage)
    kinds = ("utility:image_resize", "generate:nano_banana_2", "output:preview")
    nodes = [node(f"n{at}", kind, (360 * at, 0)) for at, kind in enumerate(kinds)]
    paste(page, {"nodes": nodes, "edges": []})
    page.locator("button.count").click()
    expect(page.get_by_role("region", name="Problems")).to_be_visible()
    stage.take("problems")


def commands(stage: Stage) -> None:
    page = open_idea(stage)
    page.keyboard.press("Control+k")
    found = page.get_by_role("listbox", name="Command").get_by_role("option")
    expect(found.first).to_be_visible()
    stage.take("commands")
    page.get_by_role("combobox", name="Command").fill("zzzz")
    expect(found).to_have_count(0)
    stage.take("commands-none")


def dropped_wire(stage: Stage) -> None:
    page = open_idea(stage)
    handle = card(page, "Prompt").locator("[data-handleid='out-prompt']").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(stage.screen.width * 0.4, stage.screen.height * 0.75, steps=12)
    stage.take("dragging-a-wire")
    page.mouse.up()
    expect(page.get_by_role("combobox", name="Node")).to_be_visible()
    stage.take("dropped-wire")


def inspector(stage: Stage) -> None:
    page = open_idea(stage, LONG)
    open_settings(page, "Prompt")
    stage.take("inspector")
    page.locator(".inspector").get_by_title("Write in a large editor").click()
    expect(page.get_by_role("dialog", name="Prompt: Prompt")).to_be_visible()
    stage.take("editor")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    open_settings(page, "Nano Banana 2")
    stage.take("inspector-model")


def versions(stage: Stage) -> None:
    page = open_idea(stage, "A fox")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="All versions")).to_be_visible()
    write(page, "Prompt", "A bear that looks out over a northern harbour, in the light of a long evening")
    choose(page, "Picture")
    page.keyboard.press("Delete")
    expect(card(page, "Picture")).to_be_hidden()
    page.keyboard.press("Control+Shift+s")
    panel = page.get_by_role("region", name="Versions")
    panel.get_by_role("button", name="Compare").click()
    expect(panel.get_by_role("list", name="2 differences")).to_be_visible()
    stage.take("versions")


def shortcuts(stage: Stage) -> None:
    page = open_idea(stage)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name=re.compile("shortcuts", re.IGNORECASE))).to_be_visible()
    stage.take("shortcuts")


def components(stage: Stage) -> None:
    page = open_idea(stage)
    name = f"Painter for a {stage.screen.name} screen"
    choose(page, "Nano Banana 2")
    page.keyboard.press("Control+Alt+k")
    dialog = page.get_by_role("dialog", name="Make a component")
    dialog.get_by_label("Name", exact=True).fill(name)
    stage.take("make-component")
    dialog.get_by_role("button", name="Make it").click()
    expect(card(page, name)).to_be_visible()
    expect_saved(page)
    stage.take("component-card")
    choose(page, name)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the component")).to_have_value(name)
    expect(card(page, "Nano Banana 2")).to_be_visible()
    wait_until_still(page)
    stage.take("component-opened")


def menus(stage: Stage) -> None:
    page = open_idea(stage)
    width, height = stage.screen.width, stage.screen.height
    below = height * (0.3 if stage.screen.is_phone else 0.7)  # a phone shows the chosen card's settings there
    menu = page.get_by_role("menu")
    card(page, "Nano Banana 2").get_by_role("heading").click(button="right")
    expect(menu).to_be_visible()
    stage.take("menu-of-a-node")
    page.keyboard.press("Escape")
    page.locator(".react-flow__pane").click(button="right", position={"x": width * 0.6, "y": below})
    expect(menu).to_be_visible()
    stage.take("menu-of-the-plane")
    page.keyboard.press("Escape")
    at = page.locator(".react-flow__edge-path").first.evaluate(MIDDLE_OF_A_WIRE)
    page.mouse.click(*at, button="right")
    expect(menu).to_be_visible()
    stage.take("menu-of-a-wire")


def several(stage: Stage) -> None:
    """What can be done with all that is chosen."""
    page = open_idea(stage)
    page.keyboard.press("Control+a")
    expect(page.locator(".selected article.card, article.card.selected").first).to_be_visible()
    stage.take("several")


def people(stage: Stage) -> None:
    page = open_idea(stage)
    theirs = stage.visit(None)
    theirs.goto(make_colleague(stage.site, "editor", f"kim-{stage.screen.name}@example.org"))
    theirs.goto(page.url)
    expect(theirs.locator(".person")).to_have_count(1)
    theirs.bring_to_front()
    choose(theirs, "Nano Banana 2")
    theirs.mouse.move(stage.screen.width * 0.5, stage.screen.height * 0.35, steps=4)
    page.bring_to_front()
    expect(page.locator(".person")).to_have_count(1)
    stage.take("people")


def viewer(stage: Stage) -> None:
    page = open_idea(stage)
    theirs = stage.visit(None)
    theirs.goto(make_colleague(stage.site, "viewer", f"lee-{stage.screen.name}@example.org"))
    theirs.goto(page.url)
    expect(card(theirs, "Prompt")).to_be_visible()
    theirs.bring_to_front()
    choose(theirs, "Prompt")
    theirs.keyboard.press("Delete")
    expect(theirs.locator(".toast")).to_be_visible()
    stage.take("viewer", page=theirs)


def offline(stage: Stage) -> None:
    page = open_idea(stage)
    page.context.set_offline(True)
    write(page, "Prompt", "A sentence written on the train")
    expect(page.locator(".save")).not_to_have_text(re.compile("^Draft saved|^Saving"))
    stage.take("offline")


def large(stage: Stage) -> None:
    """Many nodes, from afar."""
    page = open_template(stage, "Product photos: scenes and formats")
    for _ in range(3):
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+d")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Alt+o")
    fit(page)
    stage.take("large")


def german(stage: Stage) -> None:
    page = stage.page
    page.context.add_cookies([{"name": "language", "value": "de", "url": stage.site.url}])
    page.goto(f"{stage.site.url}/templates")
    page.locator('form[action="/templates/background-replacement/use"] button').click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    expect(page.locator("article.card").first).to_be_visible()
    wait_until_still(page)
    stage.take("german")
    page.get_by_role("button", name="Weitere Arten auszuführen").click()
    expect(page.get_by_role("menuitem").first).to_be_visible()
    stage.take("german-run-menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("[role='listbox'] [role='option']").first).to_be_visible()
    stage.take("german-commands")


SCENES = (
    empty,
    problems,
    commands,
    dropped_wire,
    inspector,
    versions,
    shortcuts,
    components,
    menus,
    several,
    people,
    viewer,
    offline,
    large,
    german,
)
