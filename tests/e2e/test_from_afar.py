"""A large graph looked at from afar is painted on a sheet, and is used there as if its cards stood on the stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.afar import (
    ACROSS,
    HELP,
    NOTES,
    ROWS,
    expect_changed,
    look_at_all,
    look_from_afar,
    place,
    stored,
)
from tests.e2e.conftest import Site, faults_of
from tests.e2e.drawing import wait_until_still
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

#: Speaks for the server in the page.
SPEAKS = Path(__file__).parents[2] / "bench" / "canvas.js"


def between(page: Page, one: str, other: str) -> tuple[float, float]:
    """The middle of the wire between two cards that are neighbours."""
    path = page.locator(".react-flow__edge-path").first
    (x, _), (right, _) = place(page, one, 280), place(page, other, 0)
    page.mouse.move((x + right) / 2, place(page, one, 280)[1])
    for y in range(round(place(page, one, 0, 0)[1]), round(place(page, one, 0, 300)[1])):
        page.mouse.move((x + right) / 2, y)
        if page.locator(".react-flow__edge").count() and path.count():
            return (x + right) / 2, y
    raise AssertionError(f"no wire between {one} and {other}")


def chosen(page: Page) -> Any:
    return page.evaluate("see.chosen()")


@pytest.fixture(scope="module")
def afar(person: BrowserContext, site: Site) -> Iterator[Page]:
    """A tab with all of them in sight."""
    page = person.new_page()
    page.add_init_script(path=SPEAKS)
    page.set_default_timeout(1000 * PATIENCE)
    errors = faults_of(page)
    look_from_afar(page, site)
    yield page
    page.close()
    assert errors == []


@pytest.fixture(autouse=True)
def calm(afar: Page) -> Iterator[None]:
    """Each test begins with the whole graph in sight and nothing chosen."""
    for _ in range(2):
        afar.keyboard.press("Escape")
    look_at_all(afar)
    afar.mouse.move(*place(afar, "Card 0", -60, -60))
    afar.mouse.click(*place(afar, "Card 0", -60, -60))
    expect(afar.locator(".react-flow__node.selected")).to_have_count(0)
    yield


def test_all_cards_are_painted_in_the_colours_of_both_themes(afar: Page) -> None:
    assert afar.locator("article.card").count() == 0
    assert afar.locator(".react-flow__node").count() == NOTES
    surfaces = set()
    for theme in ("dark", "light"):
        afar.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        surface = afar.evaluate("see.ink('--surface')")
        surfaces.add(surface)
        for title in ("Card 1", "Card 50", f"Card {ACROSS * ROWS - 1}"):
            spot = list(place(afar, title, 200, 100))
            expect_colour(afar, spot, surface)
    assert len(surfaces) == 2
    afar.evaluate("document.documentElement.dataset.theme = 'dark'")


def expect_colour(page: Page, spot: list[float], wanted: str) -> None:
    """A point comes to be painted so, within a frame or two of what is told."""
    found = page.evaluate(
        """([spot, wanted, patience]) => new Promise((resolve) => {
            const end = performance.now() + patience;
            requestAnimationFrame(function look(now) {
                const found = see.colour(spot);
                if (found === wanted || now > end) resolve(found); else requestAnimationFrame(look);
            });
        })""",
        [spot, wanted, 1000 * PATIENCE],
    )
    assert found == wanted


def test_a_click_chooses_the_card_below_it_and_arrows_go_on_from_there(afar: Page) -> None:
    afar.mouse.click(*place(afar, "Card 20"))
    assert chosen(afar) == ["Card 20"]
    expect(afar.get_by_role("complementary", name="Settings of the node")).to_contain_text("Card 20")
    afar.keyboard.press("ArrowRight")
    assert chosen(afar) == ["Card 21"]
    afar.keyboard.press("Shift+ArrowRight")
    assert chosen(afar) == sorted(f"Card {i}" for i in range(21, 28))


def test_a_drag_moves_the_card_and_its_wires_and_can_be_undone(afar: Page) -> None:
    x, y = place(afar, "Card 40")
    afar.mouse.move(x, y)
    afar.mouse.down()
    afar.keyboard.down("Control")  # no other card draws it into line
    afar.mouse.move(x + 30, y + 24, steps=30)
    expect(afar.locator("canvas.sheet")).to_have_count(2)  # it moves over those that stand still
    afar.mouse.up()
    afar.keyboard.up("Control")
    expect(afar.locator("canvas.sheet")).to_have_count(1)
    expect_changed(afar)
    afar.evaluate(HELP, stored(afar)["nodes"])
    now = place(afar, "Card 40")
    assert (now[0] - x, now[1] - y) == pytest.approx((30, 24), abs=3)  # a drag begins with the first pixels
    afar.keyboard.press("Control+z")
    expect_changed(afar)
    afar.evaluate(HELP, stored(afar)["nodes"])
    assert [round(part) for part in place(afar, "Card 40")] == [round(x), round(y)]


def test_only_what_is_held_stands_on_the_stage_while_it_moves(afar: Page) -> None:
    """React Flow looks through all that stands there for every move of the pointer."""
    x, y = place(afar, "Card 62")
    afar.mouse.move(x, y)
    afar.mouse.down()
    afar.mouse.move(x + 30, y + 24, steps=10)
    expect(afar.locator(".react-flow__node-card, .react-flow__node-unseen")).to_have_count(1)
    assert chosen(afar) == ["Card 62"]
    afar.mouse.up()
    afar.keyboard.press("Control+z")


def test_a_wire_leads_to_a_card_that_is_only_painted(afar: Page) -> None:
    wires = {wire["id"] for wire in stored(afar)["edges"]}
    afar.mouse.move(*place(afar, "Card 20"))
    afar.locator("article.card [data-handleid='out-text']").hover()
    afar.mouse.down()
    afar.mouse.move(*place(afar, "Card 45", 140, 20), steps=12)
    expect(afar.locator("article.card")).to_have_count(2)  # where it begins, and where it may end
    afar.mouse.up()
    expect_changed(afar)
    (added,) = (wire for wire in stored(afar)["edges"] if wire["id"] not in wires)
    assert (added["source"], added["target"]) == tuple(
        afar.evaluate("see.id", title) for title in ("Card 20", "Card 45")
    )
    afar.keyboard.press("Control+z")


def test_a_frame_around_cards_chooses_them(afar: Page) -> None:
    afar.mouse.move(*place(afar, "Card 33", -20, -8))
    afar.mouse.down()
    afar.mouse.move(*place(afar, "Card 48", 300, 100), steps=6)
    afar.mouse.up()
    assert chosen(afar) == ["Card 33", "Card 34", "Card 47", "Card 48"]


def test_a_wire_is_chosen_and_taken_away(afar: Page) -> None:
    wires = len(stored(afar)["edges"])
    afar.mouse.click(*between(afar, "Card 65", "Card 66"))
    selected = afar.locator(".react-flow__edge.selected")
    expect(selected).to_have_count(1)
    expect(selected.locator(".react-flow__edge-path")).to_have_css("stroke-width", "8px")
    assert chosen(afar) == []
    afar.keyboard.press("Delete")
    expect(selected).to_have_count(0)
    expect_changed(afar)
    assert len(stored(afar)["edges"]) == wires - 1
    afar.keyboard.press("Control+z")


def test_the_same_menus_open(afar: Page) -> None:
    afar.mouse.move(*place(afar, "Card 70"))
    afar.mouse.click(*place(afar, "Card 70"), button="right")
    expect(afar.get_by_role("menuitem", name=re.compile("^Duplicate"))).to_be_visible()
    assert chosen(afar) == ["Card 70"]
    afar.keyboard.press("Escape")
    afar.mouse.click(*between(afar, "Card 81", "Card 82"), button="right")
    expect(afar.locator(".react-flow__edge.selected")).to_have_count(1)
    expect(afar.get_by_role("menu")).to_be_visible()
    expect(afar.get_by_role("menuitem", name=re.compile("^Select all"))).to_have_count(0)
    afar.keyboard.press("Escape")
    afar.mouse.click(*place(afar, "Card 0", -60, -60), button="right")
    expect(afar.get_by_role("menuitem", name=re.compile("^Select all"))).to_be_visible()
    afar.keyboard.press("Escape")


def test_how_a_run_goes_is_seen_in_the_colours_of_the_cards(afar: Page) -> None:
    """A workflow as large as this one is not run as a whole; what is told of its nodes is drawn nevertheless."""
    first, second, third = (afar.evaluate("title => see.id(title)", f"Card {i}") for i in (84, 85, 86))
    made = [
        {"nodeId": first, "itemPath": [], "status": "COMPLETED"},
        {"nodeId": second, "itemPath": [], "status": "FAILED", "error": "It was refused."},
    ]
    afar.evaluate("made => window.bench.made(made)", made)
    done, failed, running = (afar.evaluate("see.ink", name) for name in ("--done", "--failed", "--running"))
    expect_colour(afar, list(place(afar, "Card 84", 0, 100)), done)
    expect_colour(afar, list(place(afar, "Card 85", 0, 100)), failed)
    afar.evaluate("ids => window.bench.update({ ids, every: 50 })", [third])
    expect_colour(afar, list(place(afar, "Card 86", 0, 100)), running)
    expect_colour(
        afar, list(place(afar, "Card 86", 20, 45)), running
    )  # how far it came: beginning at the left
    expect(afar.locator("canvas.sheet")).to_have_count(2)
    afar.evaluate("ids => window.bench.stop(ids)", [third])
    expect(afar.locator("canvas.sheet")).to_have_count(1)


def test_nearer_the_cards_stand_there_and_further_they_are_painted_again(afar: Page) -> None:
    afar.mouse.click(*place(afar, "Card 90"))
    afar.keyboard.press(".")
    wait_until_still(afar)
    expect(afar.locator("canvas.sheet")).to_have_count(0)
    expect(afar.locator("article.card.selected")).to_be_in_viewport()
    assert afar.locator("article.card").count() < 40  # the others are out of sight
    look_at_all(afar)
    expect(afar.locator("canvas.sheet")).to_have_count(1)
    expect_colour(afar, list(place(afar, "Card 5", 200, 100)), afar.evaluate("see.ink('--surface')"))


def test_the_outline_tells_of_every_card(afar: Page) -> None:
    afar.get_by_role("button", name=re.compile("^Outline")).click()
    outline = afar.get_by_role("region", name="Outline")
    expect(outline.get_by_role("button", name=re.compile(r"^Card \d+\b"))).to_have_count(ACROSS * ROWS)
    outline.get_by_role("button", name=re.compile(r"^Card 3\b")).click()
    expect(outline.get_by_role("textbox", name="Title")).to_have_value("Card 3")
    outline.get_by_role("button", name="Close").click()
