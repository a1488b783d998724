"""Who may not edit, or not run, is told so where they try, and who can change that."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WIDE, Site, faults_of
from tests.e2e.drawing import card, expect_saved, field, new_workflow
from tests.e2e.people import make_colleague
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser
#: Whether the parts of the canvas that are fetched on demand are there and have run.
HAS_COME = """() => {
  const script = performance.getEntriesByType("resource").find(({ name }) => /on-demand-.*\\.js$/.test(name));
  return script !== undefined && import(script.name).then(() => true);
}"""


@pytest.fixture
def member(browser: Browser, site: Site, page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A colleague's browser, with the role that the test gives, on a workflow of the owner's."""
    role = request.param
    new_workflow(page, site, "text input")
    field(card(page, "Text Input"), "Prompt").fill("a heron")
    expect_saved(page)
    link = make_colleague(site, role, f"{role}@example.org")
    context = browser.new_context(viewport=WIDE)
    theirs = context.new_page()
    theirs.set_default_timeout(1000 * PATIENCE)
    errors = faults_of(theirs)
    theirs.goto(link)
    theirs.goto(page.url)
    yield theirs
    context.close()
    assert errors == []


@pytest.mark.parametrize("member", ["viewer", "runner"], indirect=True)
def test_every_try_to_change_something_is_answered(member: Page, request: pytest.FixtureRequest):
    may_run = request.node.callspec.params["member"] == "runner"
    text = card(member, "Text Input")
    told = member.locator(".toast", has_text=re.compile("^You can look at this workflow"))
    pane = member.locator(".react-flow__pane")
    box = text.bounding_box()
    assert box is not None

    def drag() -> None:
        member.mouse.move(box["x"] + 60, box["y"] + 18)
        member.mouse.down()
        member.mouse.move(box["x"] + 160, box["y"] + 90, steps=4)
        member.mouse.up()

    def choose_and_delete() -> None:
        text.get_by_role("heading").click()
        member.keyboard.press("Delete")

    def add_by_key() -> None:
        pane.click(position={"x": 300, "y": 700})
        member.keyboard.press("Tab")

    tries = {
        "drag": drag,
        "double click": lambda: pane.dblclick(position={"x": 300, "y": 700}),
        "delete": choose_and_delete,
        "type on a card": lambda: field(text, "Prompt").press("x"),
        "type in the inspector": lambda: member.locator(".inspector textarea").first.press("x"),
        "add by key": add_by_key,
        "name": lambda: member.locator("header .name").press("x"),
    }
    member.wait_for_function(HAS_COME)  # what answers them follows once the canvas stands
    for name, attempt in tries.items():
        attempt()
        expect(told, name).to_have_count(1)
        expect(told, name).to_contain_text("can make you an editor" if may_run else "a runner or an editor")
        expect(told, name).to_contain_text("@")  # who that is
        told.get_by_role("button", name="Dismiss").click()
        expect(told, name).to_have_count(0)
    pane.click(position={"x": 300, "y": 700})
    text.get_by_role("heading").click()
    member.keyboard.press("Control+c")
    expect(told).to_have_count(0)  # to look, choose and copy is nothing to speak of
    member.keyboard.press("Control+Enter")
    if may_run:
        expect(member.locator(".run-state")).to_be_visible()
    else:
        expect(told).to_be_visible()


@pytest.mark.parametrize("member", ["viewer", "runner"], indirect=True)
def test_no_tool_is_offered_that_would_only_refuse(member: Page, request: pytest.FixtureRequest):
    may_run = request.node.callspec.params["member"] == "runner"
    member.wait_for_function(HAS_COME)
    text = card(member, "Text Input")
    text.get_by_role("heading").click()
    tools = text.get_by_role("toolbar").get_by_role("button")
    expect(tools).to_have_count(1 if may_run else 0)
    for name in ("Undo", "Redo", "Tidy up"):
        expect(member.get_by_role("button", name=name)).to_have_count(0)
    expect(member.locator("button.run")).to_have_count(1 if may_run else 0)
    text.get_by_role("heading").click(button="right")
    expect(member.get_by_role("menuitem", name=re.compile(r"^Copy( Ctrl C)?$"))).to_be_visible()
    for name in ("Delete", "Duplicate", "Disable", "Make a component", "Tidy up"):
        expect(member.get_by_role("menuitem", name=name)).to_have_count(0)
    expect(member.get_by_role("menuitem", name=re.compile("^Run"))).to_have_count(2 if may_run else 0)
    member.keyboard.press("Escape")

    member.keyboard.press("?")
    keys = member.get_by_role("dialog", name="Keyboard shortcuts")
    expect(keys).to_contain_text("Fit everything")
    for what in ("Delete", "Undo", "Paste", "Cut it", "Add a node"):
        expect(keys.get_by_text(what, exact=True)).to_have_count(0)
    expect(keys.get_by_text("Run workflow", exact=True)).to_have_count(1 if may_run else 0)
    member.keyboard.press("Escape")

    member.get_by_role("button", name="Run only" if may_run else "View only").click()
    expect(member.locator(".toast", has_text=re.compile("^You can look at this workflow"))).to_be_visible()

    member.set_viewport_size({"width": 390, "height": 844})
    member.get_by_role("button", name="More", exact=True).click()
    expect(member.get_by_role("menuitem", name="Versions")).to_be_visible()
    expect(member.get_by_role("menuitem", name="Tidy up")).to_have_count(0)
