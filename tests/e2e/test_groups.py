"""Groups as blocks, cards that go in and out of them, and cards that snap into line."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, field, use_template
from tests.e2e.hands import PICTURE, drag, draw, edge, middle, node, place

pytestmark = pytest.mark.browser


def test_a_group_becomes_one_block_with_its_wires_and_opens_again(page: Page, site: Site) -> None:
    nodes, edges = PICTURE
    draw(page, site, nodes, [*edges, edge("small", "out-image", "shown", "in-value")])
    edges_drawn, cards = page.locator(".react-flow__edge"), page.locator("article.card")
    card(page, "Small").get_by_role("heading").click()
    page.keyboard.press("Control+g")
    group = page.locator(".group")
    expect(page.locator(".react-flow__node.selected .group")).to_have_count(1)
    page.keyboard.press("Control+Shift+g")  # the new group is what is chosen
    expect(group).to_have_count(0)
    page.keyboard.press("Control+g")
    expect(group).to_have_count(1)

    page.keyboard.press("Alt+c")
    expect(cards).to_have_count(2)
    expect(edges_drawn).to_have_count(2)
    expect(group).to_contain_text("1 node")
    box = group.bounding_box()
    ends = edges_drawn.first.bounding_box(), edges_drawn.last.bounding_box()
    assert box and ends[0] and ends[1]
    left, right = sorted(ends, key=lambda one: one["x"] if one else 0)
    assert left and right
    assert abs(left["x"] + left["width"] - box["x"]) < 20 and abs(right["x"] - box["x"] - box["width"]) < 20
    expect_saved(page)
    page.reload()
    expect(cards).to_have_count(2)
    expect(edges_drawn).to_have_count(2)
    group.get_by_role("button", name="Expand").click()
    expect(cards).to_have_count(3)
    expect(edges_drawn).to_have_count(2)
    now = group.bounding_box()
    assert now and now["height"] > 1.5 * box["height"]


def test_a_card_dropped_in_a_group_goes_with_it_until_it_is_dragged_out(page: Page, site: Site) -> None:
    draw(page, site, [node("inner", "input:text", 0, 0), node("outer", "input:text", 700, 0)], [])
    page.keyboard.press("i")  # settings that open would move the view aside
    inner, outer = card(page, "Inner"), card(page, "Outer")
    inner.get_by_role("heading").click()
    page.keyboard.press("Control+g")
    group = page.locator(".group")
    expect(group).to_be_visible()
    page.keyboard.press("Escape")
    start, home = middle(outer.get_by_role("heading")), middle(inner.get_by_role("heading"))
    drag(page, start, (home[0] + 30, home[1] + 20), drop=False)
    expect(page.locator(".react-flow__node[data-over] .group")).to_have_count(1)
    page.mouse.up()
    expect(page.locator(".react-flow__node[data-over]")).to_have_count(0)

    title = middle(group.get_by_role("heading", name="Group"))
    before = place(outer)
    drag(page, title, (title[0] + 10, title[1] + 90))
    after = place(outer)
    assert after[1] - before[1] > 60
    assert place(outer)[1] - place(inner)[1] == before[1] - (place(inner)[1] - (after[1] - before[1]))

    now = middle(outer.get_by_role("heading"))
    drag(page, now, (now[0] + 600, now[1] + 20))
    alone = place(outer)
    title = middle(group.get_by_role("heading", name="Group"))
    drag(page, title, (title[0], title[1] - 90))
    assert place(outer) == alone


def test_dragged_cards_snap_into_line_unless_ctrl_is_held(page: Page, site: Site) -> None:
    draw(page, site, [node("one", "input:text", 0, 0), node("two", "input:text", 500, 200)], [])
    page.keyboard.press("i")
    one, two = card(page, "One"), card(page, "Two")
    (x, y), top = middle(two.get_by_role("heading")), place(one)[1]
    off = place(two)[1] - top
    guides = page.locator(".guide")
    drag(page, (x, y), (x, y - off + 20), drop=False)
    for further in range(20, -20, -2):
        page.mouse.move(x, y - off + further)
        if guides.count() > 0 and abs(place(two)[1] - top) <= 1:
            break
    assert abs(place(two)[1] - top) <= 1
    page.keyboard.down("Control")
    page.mouse.move(x + 30, y - off + further - 1)
    expect(guides).to_have_count(0)
    page.keyboard.up("Control")
    page.mouse.move(x + 31, y - off + further)
    expect(guides).not_to_have_count(0)
    page.mouse.up()
    expect(guides).to_have_count(0)
    assert abs(place(two)[1] - top) <= 1


def test_a_folded_group_says_how_the_run_stands_within(page: Page, site: Site) -> None:
    use_template(page, site, "Text to image")
    field(card(page, "Prompt"), "Prompt").fill("a fox [block]")  # which the sandbox refuses
    card(page, "Nano Banana 2").get_by_role("heading").click()
    page.keyboard.press("Control+g")
    page.keyboard.press("Alt+c")
    group = page.locator(".group")
    expect(group).to_contain_text("1 node")
    page.keyboard.press("Control+Enter")
    expect(group).to_contain_text("1 failed")
    expect(group).to_contain_text("Failed: Nano Banana 2")
    page.keyboard.press("Escape")  # a chosen one has the frame of what is chosen
    expect(page.locator(".group.selected")).to_have_count(0)
    assert group.evaluate(
        "(one) => getComputedStyle(one).borderColor === getComputedStyle(one.querySelector('.group-failed')).color"
    )
