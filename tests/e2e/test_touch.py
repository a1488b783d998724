"""The canvas under fingers, near by and from afar: the plane, cards, wires and menus."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.afar import HELP, ZOOM, expect_changed, graph, place, stored
from tests.e2e.conftest import Site, faults_of
from tests.e2e.drawing import DRAWN, card, make_drawn, wait_until_still
from tests.e2e.test_on_a_phone import PHONE
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

Point = tuple[float, float]

TWO = json.dumps(
    {
        "nodes": [
            {
                "id": "one",
                "position": {"x": 0, "y": 0},
                "data": {"nodeType": "input:text", "label": "Words", "params": {"prompt": "red fox"}},
            },
            {
                "id": "other",
                "position": {"x": 400, "y": 160},
                "data": {
                    "nodeType": "utility:text_replace",
                    "label": "Other words",
                    "params": {"find": "red"},
                },
            },
        ],
        "edges": [],
    }
)
#: A place of the plane where nothing lies, in the window.
FREE = (195, 740)
#: The middle of every such element, where a finger finds it.
TOUCHABLE = """elements => [...document.querySelectorAll(elements)].flatMap((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const middle = [x + width / 2, y + height / 2];
    return document.elementFromPoint(...middle) === element ? [middle] : [];
})"""
VIEW = """() => {
    const { a, e, f } = new DOMMatrix(document.querySelector(".react-flow__viewport").style.transform);
    return [a, e, f];
}"""


class Fingers:
    """Touches as the screen of a phone tells of them."""

    def __init__(self, page: Page) -> None:
        self.line = page.context.new_cdp_session(page)

    def down(self, *at: Point) -> None:
        self._tell("touchStart", at)

    def lift(self) -> None:
        self._tell("touchEnd", ())

    def tap(self, at: Point) -> None:
        self.down(at)
        self.lift()

    def drag(self, *ways: tuple[Point, Point], steps: int = 16) -> None:
        """Lay a finger down at the beginning of each way, and lead them along together."""
        self.down(*(begin for begin, _ in ways))
        for step in range(1, steps + 1):
            part = step / steps
            self._tell("touchMove", [(x + (u - x) * part, y + (v - y) * part) for (x, y), (u, v) in ways])

    def _tell(self, kind: str, at: tuple[Point, ...] | list[Point]) -> None:
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(at)]
        self.line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


@pytest.fixture(scope="module")
def phone(browser: Browser, person: BrowserContext) -> Iterator[BrowserContext]:
    """The same person's phone."""
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        is_mobile=True,
        color_scheme="dark",
        storage_state=person.storage_state(),
    )
    context.add_init_script(DRAWN)
    yield context
    context.close()


@pytest.fixture
def opened(
    phone: BrowserContext, person: BrowserContext, site: Site, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A tab of the phone with a workflow that was drawn elsewhere."""
    page = phone.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    errors = faults_of(page)
    page.goto(make_drawn(person, site, request.param()))
    # Until its first look is chosen the plane is not shown, and what is pressed meanwhile is looked away from.
    expect(page.locator(".react-flow__node, canvas.sheet").first).to_be_visible()
    page.keyboard.press("1")
    wait_until_still(page)
    page.evaluate(HELP, stored(page)["nodes"])
    yield page
    page.close()
    assert errors == []


near = pytest.mark.parametrize("opened", [lambda: TWO], indirect=True, ids=["near"])
afar = pytest.mark.parametrize("opened", [graph], indirect=True, ids=["afar"])


def look_from_afar(page: Page) -> str:
    """Look at painted cards. Gives the title of the one in the middle."""
    page.evaluate(ZOOM, 0.24)
    wait_until_still(page)
    expect(page.locator("canvas.sheet").first).to_be_attached()
    middle = (PHONE["width"] / 2, PHONE["height"] / 2)
    return min((f"Card {i}" for i in range(98)), key=lambda title: math.dist(place(page, title), middle))


def middle(locator: Locator) -> Point:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def head(page: Page, title: str) -> Point:
    return middle(card(page, title).get_by_role("heading"))


def view(page: Page) -> tuple[float, float, float]:
    """How near one looks, and where the plane lies."""
    near, x, y = page.evaluate(VIEW)
    return near, x, y


def expect_chosen(page: Page, *titles: str) -> None:
    expect(page.locator(".react-flow__node.selected")).to_have_count(len(titles))
    assert page.evaluate("see.chosen()") == sorted(titles)


def wires_of(page: Page) -> set[tuple[str, str]]:
    return {(wire["source"], wire["target"]) for wire in stored(page)["edges"]}


@near
def test_one_finger_moves_the_plane_and_two_bring_it_nearer(opened: Page) -> None:
    fingers = Fingers(opened)
    near, x, y = view(opened)
    fingers.drag((FREE, (215, 640)))
    fingers.lift()
    assert view(opened) == pytest.approx((near, x + 20, y - 100), abs=1)
    # A card that is not chosen moves with the plane, not by itself.
    left, top = head(opened, "Words")
    fingers.drag(((left, top), (left + 60, top + 80)))
    fingers.lift()
    assert view(opened) == pytest.approx((near, x + 80, y - 20), abs=1)
    fingers.drag(((170, 700), (120, 700)), ((220, 700), (270, 700)))
    fingers.lift()
    assert view(opened)[0] == pytest.approx(3 * near, rel=0.01)
    expect(opened.locator(".react-flow__node.selected")).to_have_count(0)


@near
def test_a_tap_chooses_a_card_and_then_a_drag_moves_it(opened: Page) -> None:
    fingers = Fingers(opened)
    before = view(opened)
    x, y = head(opened, "Words")
    fingers.tap((x, y))
    expect_chosen(opened, "Words")
    fingers.drag(((x, y), (x + 40, y + 120)))
    fingers.lift()
    expect_changed(opened)
    now = head(opened, "Words")
    assert (now[0] - x, now[1] - y) == pytest.approx(
        (40, 120), abs=16
    )  # Chromium keeps the first few pixels back
    assert view(opened) == before
    fingers.tap(FREE)
    expect(opened.locator(".react-flow__node.selected")).to_have_count(0)


@near
def test_a_finger_that_rests_opens_the_menu(opened: Page) -> None:
    fingers = Fingers(opened)
    menu = opened.get_by_role("menu")
    fingers.down(head(opened, "Words"))
    expect(menu.get_by_role("menuitem", name=re.compile("^Duplicate"))).to_be_visible()
    fingers.lift()
    expect(menu).to_be_visible()
    expect_chosen(opened, "Words")
    fingers.tap(middle(menu.get_by_role("menuitem", name=re.compile("^Duplicate"))))
    expect(menu).to_have_count(0)
    expect(opened.locator("article.card")).to_have_count(3)

    fingers.down(FREE)
    expect(menu.get_by_role("menuitem", name=re.compile("^Select all"))).to_be_visible()
    fingers.lift()
    expect(menu).to_be_visible()
    fingers.tap((30, 200))
    expect(menu).to_have_count(0)

    # It goes on as a drag: then no menu was meant.
    near, x, y = view(opened)
    fingers.down(FREE)
    expect(menu).to_be_visible()
    fingers.drag((FREE, (FREE[0], FREE[1] - 90)))
    expect(menu).to_have_count(0)
    fingers.lift()
    assert view(opened) == pytest.approx((near, x, y - 90), abs=1)


@near
def test_a_wire_is_drawn_to_a_handle_or_onto_a_card_or_by_two_taps(opened: Page) -> None:
    fingers = Fingers(opened)
    wires = opened.locator(".react-flow__edge")
    out = opened.locator("[data-handleid='out-prompt']")
    into = opened.locator("[data-handleid='in-text']")
    fingers.drag((middle(out), middle(into)))
    expect(opened.locator(".port.off").first).to_be_attached()  # what does not take it is faint meanwhile
    fingers.lift()
    expect(wires).to_have_count(1)
    opened.keyboard.press("Control+z")
    expect(wires).to_have_count(0)

    fingers.drag((middle(out), head(opened, "Other words")))
    fingers.lift()
    expect(wires).to_have_count(1)
    opened.keyboard.press("Control+z")
    expect(wires).to_have_count(0)

    fingers.tap(middle(out))
    expect(opened.locator(".hint-bar")).to_be_visible()
    fingers.tap(middle(into))
    expect(wires).to_have_count(1)

    near, x, y = view(opened)
    (on_wire,) = opened.evaluate(TOUCHABLE, ".react-flow__edge-interaction")
    fingers.drag((on_wire, (on_wire[0] + 20, on_wire[1] + 90)))  # it is no hindrance
    fingers.lift()
    assert view(opened) == pytest.approx((near, x + 20, y + 90), abs=1)
    expect(wires.and_(opened.locator(".selected"))).to_have_count(0)
    fingers.tap((on_wire[0] + 20, on_wire[1] + 90))
    expect(wires.and_(opened.locator(".selected"))).to_have_count(1)

    fingers.drag((middle(out), FREE))
    fingers.lift()
    expect(opened.get_by_role("combobox")).to_be_visible()  # what is added here is wired at once


@afar
def test_from_afar_fingers_move_the_plane_and_choose_and_move_painted_cards(opened: Page) -> None:
    fingers = Fingers(opened)
    title = look_from_afar(opened)
    near, x, y = view(opened)
    begin = place(opened, title)
    fingers.drag((begin, (begin[0] - 90, begin[1] + 40)))
    fingers.lift()
    assert view(opened) == pytest.approx((near, x - 90, y + 40), abs=1)
    expect(opened.locator(".react-flow__node.selected")).to_have_count(0)

    at = place(opened, title)
    fingers.tap(at)
    expect_chosen(opened, title)
    expect(opened.get_by_role("toolbar", name="Selection")).to_be_visible()
    fingers.drag((at, (at[0] + 60, at[1] + 80)))
    expect(opened.locator("canvas.sheet")).to_have_count(2)
    fingers.lift()
    expect_changed(opened)
    opened.evaluate(HELP, stored(opened)["nodes"])
    now = place(opened, title)
    assert (now[0] - at[0], now[1] - at[1]) == pytest.approx((60, 80), abs=16)
    assert view(opened) == pytest.approx((near, x - 90, y + 40), abs=1)


@afar
def test_from_afar_a_finger_that_rests_opens_the_menu_of_the_painted_card(opened: Page) -> None:
    fingers = Fingers(opened)
    title = look_from_afar(opened)
    fingers.down(place(opened, title))
    expect(opened.get_by_role("menuitem", name=re.compile("^Duplicate"))).to_be_visible()
    fingers.lift()
    expect(opened.get_by_role("menu")).to_be_visible()
    expect_chosen(opened, title)


@afar
def test_from_afar_a_wire_is_drawn_onto_a_painted_card(opened: Page) -> None:
    fingers = Fingers(opened)
    title = look_from_afar(opened)
    number = int(title.split()[1])
    below = f"Card {number + 14 if number < 84 else number - 14}"
    ends = tuple(opened.evaluate("see.id", name) for name in (title, below))
    assert ends not in wires_of(opened)
    fingers.tap(place(opened, title))
    out = opened.locator("article.card [data-handleid='out-text']")
    fingers.drag((middle(out), place(opened, below, 140, 20)))
    expect(opened.locator("article.card")).to_have_count(2)
    fingers.lift()
    expect_changed(opened)
    assert ends in wires_of(opened)


@afar
def test_two_fingers_that_lie_on_cards_go_on_from_near_to_afar(opened: Page) -> None:
    """What they lie on is painted from there on; a touch that loses its element would end unheard."""
    fingers = Fingers(opened)
    opened.evaluate(ZOOM, 0.5)
    wait_until_still(opened)
    spots = opened.evaluate(TOUCHABLE, "article.card h3")
    one, other = max(((a, b) for a in spots for b in spots), key=lambda pair: math.dist(*pair))
    centre = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    fingers.drag(
        *((at, ((at[0] + 3 * centre[0]) / 4, (at[1] + 3 * centre[1]) / 4)) for at in (one, other)), steps=30
    )
    assert view(opened)[0] == pytest.approx(0.125, rel=0.05)
    fingers.lift()
    expect(opened.locator("article.card")).to_have_count(0)
