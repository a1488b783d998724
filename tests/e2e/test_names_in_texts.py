"""Names between braces are drawn as chips in the fields themselves, which are written in as ever."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, field, new_workflow, wire

pytestmark = pytest.mark.browser

#: Where the first name is drawn in the mirror, and where its letters stand in the field, by a copy in its style.
SHIFT = """([chips, field]) => {
    const copy = document.createElement("div"), style = getComputedStyle(field);
    for (const name of ["font", "letterSpacing", "padding", "lineHeight", "whiteSpace", "overflowWrap"])
        copy.style[name] = style[name];
    Object.assign(copy.style, { position: "fixed", left: 0, top: 0, boxSizing: "border-box" });
    copy.style.width = `${field.clientWidth}px`;
    const at = field.value.indexOf("{{");
    const mark = Object.assign(document.createElement("span"), { textContent: "{{" });
    copy.append(field.value.slice(0, at), mark, field.value.slice(at + 2));
    document.body.append(copy);
    const [here, there] = [mark.offsetLeft, mark.offsetTop];
    copy.remove();
    const [drawn, room] = [chips.querySelector("mark"), field.getBoundingClientRect()];
    const zoom = room.width / field.offsetWidth, box = drawn.getBoundingClientRect();
    const [x, y] = [(box.x - room.x) / zoom - field.clientLeft, (box.y - room.y) / zoom - field.clientTop];
    return [x - here, y - there + field.scrollTop].map(Math.round);
}"""


def handles(*of: Locator) -> list[object]:
    return [one.element_handle() for one in of]


def test_names_in_a_card_and_in_the_settings_are_chips_that_say_what_is_bound(page: Page, site: Site):
    new_workflow(page, site, "text input", "prompt concat")
    joined = card(page, "Prompt Concat")
    wire(page, card(page, "Text Input"), "out-prompt", joined, "in-prompt1")
    text = joined.locator(".card-fields textarea").first
    long = "A long sentence that is broken into several lines before it comes to "
    text.fill(long + "{{prompt1}} and {{nobody}}")
    chips = joined.locator(".chips mark")
    expect(chips).to_have_text(["{{prompt1}}", "{{nobody}}"])
    expect(chips.nth(0)).not_to_have_class(re.compile("unknown"))
    expect(chips.nth(1)).to_have_class(re.compile("unknown"))
    expect(text).to_have_attribute("aria-description", "Nothing is wired in as nobody.")
    assert page.evaluate(SHIFT, handles(joined.locator(".chips"), text)) == [0, 0]

    # The field is the same one throughout: the caret stays, and a stretch of typing is one step back.
    text.evaluate("field => { field.dataset.same = 'yes'; field.setSelectionRange(2, 2); }")
    page.keyboard.type("very ")
    expect(text).to_have_value(f"A very {long[2:]}{{{{prompt1}}}} and {{{{nobody}}}}")
    assert text.evaluate("field => [field.selectionStart, field.dataset.same]") == [7, "yes"]
    text.fill("no names")
    expect(joined.locator(".chips")).to_have_count(0)
    text.press("End")
    page.keyboard.type(" {{prompt1}}")
    expect(chips).to_have_text(["{{prompt1}}"])
    assert text.evaluate("field => [field.selectionStart, field.dataset.same]") == [20, "yes"]

    joined.get_by_role("heading").click()
    sheet = page.get_by_role("complementary", name="Settings of the node")
    expect(sheet.locator(".chips mark")).to_have_text(["{{prompt1}}"])


def test_chips_follow_a_word_that_an_input_method_puts_together(page: Page, site: Site):
    new_workflow(page, site, "text input")
    text = field(card(page, "Text Input"), "Prompt")
    text.fill("{{a}} ")
    text.press("Control+End")
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    expect(card(page, "Text Input").locator(".chips")).to_have_text("{{a}} に\n")
    session.send("Input.insertText", {"text": "日"})
    expect(text).to_have_value("{{a}} 日")
    expect(card(page, "Text Input").locator(".chips")).to_have_text("{{a}} 日\n")
