"""Moving about the plane: the map leads to places, and the middle button moves the view wherever it is pressed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, field, new_workflow, wait_until_still

pytestmark = pytest.mark.browser

#: Where the plane lies under the window.
VIEW = """() => {
    const { a, e, f } = new DOMMatrix(document.querySelector(".react-flow__viewport").style.transform);
    return [a, e, f].map(Math.round);
}"""


def test_the_middle_button_moves_the_view_and_changes_no_number_below_it(page: Page, site: Site) -> None:
    new_workflow(page, site, "resize")
    width = field(card(page, "Resize"), "Width")
    number, box, view = width.input_value(), width.bounding_box(), page.evaluate(VIEW)
    assert box is not None
    x, y = box["x"] + 20, box["y"] + 10
    page.mouse.move(x, y)
    page.mouse.down(button="middle")
    page.mouse.move(x + 90, y + 40, steps=5)
    page.mouse.up(button="middle")
    assert page.evaluate(VIEW) == [view[0], view[1] + 90, view[2] + 40]
    expect(width).to_have_value(number)

    width.blur()
    page.mouse.move(x + 90, y + 40)
    page.mouse.down()
    page.mouse.move(x + 150, y + 40, steps=5)
    page.mouse.up()
    expect(width).not_to_have_value(number)  # as its tooltip says


def test_a_press_on_the_map_leads_there_and_its_frame_can_be_dragged(page: Page, site: Site) -> None:
    new_workflow(page, site, "resize")
    page.keyboard.press("0")
    wait_until_still(page)
    chart = page.get_by_role("img", name="Map of the canvas")
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # the middle of what is seen
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()
    expect(card(page, "Resize")).not_to_be_in_viewport()

    # The map shows the card too, left of the frame.
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 10, box["y"] + box["height"] / 2)
    expect(card(page, "Resize")).to_be_in_viewport()
    page.keyboard.press("m")
    expect(chart).to_have_count(0)
