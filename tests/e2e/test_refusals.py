"""What cannot work is said where it is, with what to do; nothing is stored, started or charged."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import WIDE, Site
from tests.e2e.drawing import DRAWN, card, expect_saved, field, new_workflow, use_template, wire
from tests.processes import manage, rows

pytestmark = pytest.mark.browser


def count(site: Site, table: str) -> int:
    return int(rows(site.data / "wireflow.sqlite3", f"SELECT count(*) AS n FROM {table}")[0]["n"])


def run(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Run")).first.click()


def not_a_picture(folder: Path) -> Path:
    path = folder / "photo.png"
    path.write_text("This is a letter, not a photo.")
    return path


def a_huge_picture(folder: Path) -> Path:
    path = folder / "wall.png"
    Image.new("1", (20_000, 10_000)).save(path)
    return path


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (not_a_picture, "By its content this is text. Choose a picture"),
        (a_huge_picture, "200 megapixels; the limit is 64"),
    ],
    ids=["a wrong file type", "200 megapixels"],
)
def test_a_file_that_is_no_use_is_refused_on_its_node(make, sentence, page: Page, site: Site, tmp_path: Path):
    use_template(page, site, "Social crops")
    before = count(site, "assets_asset")
    with page.expect_file_chooser() as chooser:
        card(page, "Photo").get_by_text("choose one").click()
    chooser.value.set_files(make(tmp_path))
    expect(card(page, "Photo").locator(".card-note.bad")).to_contain_text(sentence)
    assert count(site, "assets_asset") == before


def test_a_missing_input_is_said_on_the_node_and_starts_nothing(page: Page, site: Site):
    new_workflow(page, site, "nano banana 2")
    before = count(site, "executions_execution")
    page.keyboard.press("Control+Enter")
    problems = page.get_by_role("region", name="Problems")
    expect(problems).to_contain_text("Prompt")
    problems.get_by_role("button", name=re.compile("Nano Banana 2")).first.click()
    expect(card(page, "Nano Banana 2")).to_have_class(re.compile("selected"))
    assert count(site, "executions_execution") == before


def test_a_wire_that_would_close_a_circle_is_refused_with_the_reason(page: Page, site: Site):
    new_workflow(page, site, "prompt concat", "prompt concat")
    one, two = card(page, "Prompt Concat").nth(0), card(page, "Prompt Concat").nth(1)
    wire(page, one, "out-prompt", two, "in-prompt1")
    two.locator("[data-handleid='out-prompt']").drag_to(one.locator("[data-handleid='in-prompt1']"))
    expect(page.get_by_text(re.compile("circle|cycle|loop"))).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(1)


def test_a_wire_between_types_that_do_not_fit_is_refused_with_the_reason(page: Page, site: Site):
    new_workflow(page, site, "text input", "resize")
    card(page, "Text Input").locator("[data-handleid='out-prompt']").drag_to(
        card(page, "Resize").locator("[data-handleid='in-image']")
    )
    expect(page.get_by_text(re.compile("takes .*image", re.IGNORECASE)).first).to_be_visible()
    expect(page.locator(".react-flow__edge")).to_have_count(0)


def test_a_retired_model_is_replaced_from_the_list_of_problems(page: Page, site: Site):
    old = {"nodeType": "generate:dall_e_3", "label": "Poster", "params": {"prompt": "a fox", "quality": "hd"}}
    renamed = {"nodeType": "generate:veo_2", "label": "Clip", "params": {"prompt": "a fox"}}
    nodes = [
        {"id": name, "type": "basedNode", "position": {"x": x, "y": 0}, "data": data}
        for name, x, data in (("old", 0, old), ("renamed", 400, renamed))
    ]
    page.goto(f"{site.url}/workflows/import")
    page.get_by_label("Or its text").fill(json.dumps({"name": "Retired", "nodes": nodes, "edges": []}))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    page.get_by_title("Problems").click()
    problems = page.get_by_role("region", name="Problems")
    expect(problems.get_by_role("button", name="Fix…")).to_have_count(2)
    problems.get_by_role("button", name="Fix…").first.click()
    expect(problems.get_by_role("region", name="Retired model")).to_contain_text("hd high")
    expect(card(page, "Poster").get_by_text("retired")).to_be_visible()  # nothing was moved yet
    problems.get_by_role("button", name="Move all 2 in the workflow").click()
    expect(problems).to_contain_text("No problems")
    expect(card(page, "Poster").get_by_text("retired")).to_have_count(0)
    expect_saved(page)
    page.keyboard.press("Control+z")
    expect(problems.get_by_role("button", name="Fix…")).to_have_count(2)


def open_graph(page: Page, site: Site, nodes: list[dict[str, object]], edges: list[dict[str, str]]) -> None:
    """A graph as a file would bring it, with its problems listed."""
    page.goto(f"{site.url}/workflows/import")
    page.get_by_label("Or its text").fill(json.dumps({"name": "Problems", "nodes": nodes, "edges": edges}))
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url(re.compile(r"/flow/cm"))
    page.get_by_title("Problems", exact=True).click()


def node(name: str, kind: str, x: int, **params: object) -> dict[str, object]:
    data = {"nodeType": kind, "label": name, "params": params}
    return {"id": name.lower(), "type": "basedNode", "position": {"x": x, "y": 0}, "data": data}


def test_problems_are_mended_at_a_press_or_lead_to_their_very_field(page: Page, site: Site):
    nodes = [
        node("Draw", "generate:nano_banana_2", 0, prompt="a fox", num_images=99),
        node("Small", "utility:image_resize", 400),
        node("Words", "generate:nano_banana_2", 800),
    ]
    edge = {"id": "e", "source": "words", "sourceHandle": "out-images", "target": "small"}
    open_graph(page, site, nodes, [{**edge, "targetHandle": "in-nothing"}])
    problems = page.get_by_role("region", name="Problems")
    rows = problems.get_by_role("listitem")

    value = rows.filter(has_text="Draw")
    value.get_by_role("button", name="Show").click()
    images = field(card(page, "Draw"), "Images")
    expect(images).to_be_focused()
    value.get_by_role("button", name="Back to the default").click()
    expect(value).to_have_count(0)
    expect(images).to_have_value("1")

    wire = rows.filter(has_text="Broken wire")
    wire.get_by_role("button", name="Show").click()
    expect(page.locator(".react-flow__edge.selected")).to_be_focused()
    wire.get_by_role("button", name="Connect it to Image").click()
    expect(wire).to_have_count(0)
    expect(rows.filter(has_text="Small")).to_have_count(0)

    prompt = rows.filter(has_text="Words")
    prompt.get_by_role("button", name="Show").click()
    expect(card(page, "Words").get_by_label("Prompt", exact=True)).to_be_focused()
    prompt.get_by_role("button", name="Write it…").click()
    editor = page.get_by_role("dialog", name="Words: Prompt")
    editor.get_by_role("textbox").fill("a heron")
    editor.get_by_role("button", name="Close").click()
    expect(problems).to_contain_text("No problems")
    page.locator(".toasts").get_by_role("button", name="Undo").first.click()
    expect(problems).not_to_contain_text("No problems")


def test_on_a_phone_a_problem_leads_to_where_it_can_be_written(page: Page, site: Site):
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(DRAWN)
    open_graph(page, site, [node("Words", "generate:nano_banana_2", 0)], [])
    page.get_by_role("region", name="Problems").get_by_role("button", name="Show").click()
    expect(page.get_by_role("dialog", name="Words: Prompt").get_by_role("textbox")).to_be_focused()


def test_without_credits_the_price_and_the_balance_are_said(browser: Browser, site: Site):
    made = manage(
        site.data, "create_api_key", "--email", "poor@example.org", "--plan", "starter", "--credits", "3"
    )
    assert made.returncode == 0, made.stderr
    link = (
        manage(site.data, "sign_in_link", "--email", "poor@example.org")
        .stdout.strip()
        .rsplit("/sign-in/", 1)[1]
    )
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(f"{site.url}/sign-in/{link}")
    new_workflow(page, site, "text input", "nano banana 2")
    wire(page, card(page, "Text Input"), "out-prompt", card(page, "Nano Banana 2"), "in-prompt")
    card(page, "Text Input").locator("textarea").fill("a boat")
    before = (count(site, "executions_execution"), count(site, "credits_entry"), count(site, "credits_hold"))
    run(page)
    expect(page.locator(".toasts")).to_contain_text("Required: 7, Available: 3")
    assert (
        count(site, "executions_execution"),
        count(site, "credits_entry"),
        count(site, "credits_hold"),
    ) == before
    context.close()
