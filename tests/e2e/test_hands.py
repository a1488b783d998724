"""What hands bring along from other editors: clicks among several, keys in fields, wires pulled, carried and cut."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import PASTE, card, field, new_workflow, use_template, wait_until_still
from tests.e2e.hands import PICTURE, drag, draw, edge, middle, node, place, port, ready

pytestmark = pytest.mark.browser


def test_a_click_on_one_of_several_leaves_that_one(page: Page, site: Site) -> None:
    draw(page, site, *PICTURE)
    chosen = page.locator(".react-flow__node.selected")
    photo = card(page, "Photo")
    page.keyboard.press("Control+a")
    expect(chosen).to_have_count(3)
    photo.get_by_role("heading").click()
    expect(chosen).to_have_count(1)
    expect(chosen).to_contain_text("Photo")
    page.keyboard.press("F2")
    expect(page.get_by_role("textbox", name="Name of the node")).to_have_value("Photo")
    page.keyboard.press("Escape")

    page.keyboard.press("Control+a")
    expect(chosen).to_have_count(3)
    photo.get_by_role("heading").click(modifiers=["Shift"])
    expect(chosen).to_have_count(2)
    photo.get_by_role("heading").click(modifiers=["Shift"])
    expect(chosen).to_have_count(3)
    cards = [card(page, name) for name in ("Photo", "Small", "Shown")]
    before = [place(one) for one in cards]
    x, y = middle(photo.get_by_role("heading"))
    drag(page, (x, y), (x, y + 60))
    expect(chosen).to_have_count(3)
    moves = {(now[0] - was[0], now[1] - was[1]) for now, was in zip(map(place, cards), before, strict=True)}
    ((across, down),) = moves  # all of them by as much
    assert across == 0 and down > 40


def test_a_click_in_the_frame_around_several_leaves_the_card_under_it(page: Page, site: Site) -> None:
    draw(page, site, *PICTURE)
    left, top = place(card(page, "Photo"))
    drag(page, (left - 15, top - 25), (middle(card(page, "Shown"))[0], top + 40))
    chosen = page.locator(".react-flow__node.selected")
    expect(chosen).to_have_count(3)
    card(page, "Small").get_by_role("heading").click()
    expect(chosen).to_have_count(1)
    expect(chosen).to_contain_text("Small")


def test_the_browser_keeps_its_keys_to_itself_on_the_canvas(page: Page, site: Site) -> None:
    new_workflow(page, site, "text input")
    ready(page)
    page.evaluate(
        "() => addEventListener('keydown', event => { window.last = [event.key, event.defaultPrevented] })"
    )
    text = field(card(page, "Text Input"), "Prompt")
    for key in ("d", "g", "Shift+G", "s", "k", "f"):
        text.click()
        page.keyboard.press(f"Control+{key}")
        assert page.evaluate("window.last") == [key[-1], True]
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    expect(card(page, "Text Input")).to_have_count(1)
    expect(page.locator(".group")).to_have_count(0)


def test_a_wire_is_pulled_off_its_input(page: Page, site: Site) -> None:
    draw(page, site, *PICTURE)
    photo, small, shown = (card(page, name) for name in ("Photo", "Small", "Shown"))
    edges = page.locator(".react-flow__edge")
    before = edges.first.get_attribute("data-id")
    x, y = middle(port(small, "in-image"))

    drag(page, (x, y), (x + 60, y + 200), drop=False)
    expect(page.locator(".draft")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".draft")).to_have_count(0)
    page.mouse.up()
    expect(edges).to_have_count(1)

    target = shown.locator(".ports-in [data-handleid]").first
    drag(page, (x, y), middle(target))
    expect(port(small, "in-image")).to_have_attribute("title", "Image: takes an image, required")
    expect(edges).to_have_count(1)
    assert edges.first.get_attribute("data-id") == before
    page.keyboard.press("Control+z")
    drag(page, (x, y), (x + 60, y + 200), drop=False)
    drag(page, (x + 60, y + 200), (x, y))  # back to where it was
    expect(edges).to_have_count(1)

    drag(page, (x, y), (x + 60, y + 250))
    expect(edges).to_have_count(0)
    expect(page.get_by_role("combobox", name="Node")).to_be_hidden()
    drag(page, (x, y), middle(port(photo, "out-image")))  # an input that nothing lies in draws backwards
    expect(edges).to_have_count(1)


def test_shift_carries_all_wires_of_an_output_to_another(page: Page, site: Site) -> None:
    nodes = [node("one", "input:image", 0, 0), node("two", "input:image", 0, 500)]
    nodes += [node(name, "utility:image_resize", 500, i * 500) for i, name in enumerate(("small", "smaller"))]
    draw(page, site, nodes, [edge("one", "out-image", name, "in-image") for name in ("small", "smaller")])
    edges = page.locator(".react-flow__edge")
    other = page.locator(".react-flow__node", has=card(page, "Two")).get_attribute("data-id")
    assert other
    from_other = page.locator(f".react-flow__edge[aria-label^='Edge from {other} ']")
    ids = sorted(edges.evaluate_all("all => all.map(one => one.dataset.id)"))
    page.keyboard.down("Shift")
    drag(page, middle(port(card(page, "One"), "out-image")), middle(port(card(page, "Two"), "out-image")))
    page.keyboard.up("Shift")
    expect(from_other).to_have_count(2)
    assert sorted(edges.evaluate_all("all => all.map(one => one.dataset.id)")) == ids
    page.keyboard.press("Control+z")
    expect(from_other).to_have_count(0)
    expect(edges).to_have_count(2)


def test_the_hand_moves_the_plane_and_nothing_on_it(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    text = card(page, "Prompt")
    expect(text).to_be_visible()
    wait_until_still(page)
    ready(page)
    page.locator(".react-flow__pane").click(position={"x": 400, "y": 60})
    page.keyboard.press("h")
    head, wires = middle(text.get_by_role("heading")), place(page.locator(".react-flow__edge-path").first)
    drag(page, head, (head[0] + 50, head[1] + 40))
    now = middle(text.get_by_role("heading"))
    assert (round(now[0] - head[0]), round(now[1] - head[1])) == (50, 40)
    after = place(page.locator(".react-flow__edge-path").first)
    assert (after[0] - wires[0], after[1] - wires[1]) == (50, 40)
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_wire_under_the_pointer_offers_to_be_cut(page: Page, site: Site) -> None:
    draw(page, site, *PICTURE)
    x, y = middle(page.locator(".react-flow__edge-path").first)
    page.mouse.move(x, y + 200)
    page.mouse.move(x, y, steps=5)
    page.get_by_role("button", name="Cut the wire").click()
    expect(page.locator(".react-flow__edge")).to_have_count(0)
    expect(page.get_by_role("button", name="Cut the wire")).to_have_count(0)


def test_find_goes_from_hit_to_hit(page: Page, site: Site) -> None:
    new_workflow(page, site, "text input", "text input", "preview")
    page.keyboard.press("Control+f")
    asked = page.get_by_role("combobox", name="Node")
    asked.fill("text")
    chosen = page.locator(".react-flow__node.selected")
    seen = []
    for key in ("Enter", "Enter", "Shift+Enter"):
        asked.press(key)
        expect(chosen).to_have_count(1)
        expect(chosen).to_contain_text("Text Input")
        seen.append(chosen.get_attribute("data-id"))
    assert seen[0] == seen[2] != seen[1]
    expect(asked).to_be_focused()
    asked.press("Escape")
    expect(asked).to_be_hidden()
    expect(chosen).to_have_count(1)


def test_pasted_words_become_a_text_input_and_what_cannot_be_pasted_is_told(page: Page, site: Site) -> None:
    draw(page, site, [], [])
    page.evaluate(PASTE, "A heron in the reeds")
    expect(field(card(page, "Text Input"), "Prompt")).to_have_value("A heron in the reeds")
    page.keyboard.press("Escape")
    page.evaluate(
        PASTE, "http://127.0.0.1/heron.png"
    )  # nothing inside of the server's own network is fetched
    page.get_by_role("button", name="Paste as text").last.click()
    expect(card(page, "Text Input")).to_have_count(2)
    page.evaluate(PASTE, "")
    expect(page.locator(".toasts")).to_contain_text("This cannot be pasted.")
