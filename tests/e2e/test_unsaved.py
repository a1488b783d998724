"""What the server will not take is kept apart and told of; all else goes on being saved, and nothing is lost."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_saved, field, new_workflow
from tests.processes import rows

pytestmark = pytest.mark.browser

TOO_LONG = "x" * 100_001


def saved_prompts(page: Page, site: Site) -> list[str]:
    """What the server has of the texts of the open workflow."""
    workflow = page.url.split("/flow/")[1].split("?")[0]
    found = rows(
        site.data / "wireflow.sqlite3",
        f"SELECT data FROM workflows_node WHERE workflow_id = '{workflow}' ORDER BY place",
    )
    return [json.loads(row["data"]).get("params", {}).get("prompt", "") for row in found]


def test_a_change_that_is_refused_for_good_stops_no_other(page: Page, site: Site):
    new_workflow(page, site, "text input", "text input")
    one, two = card(page, "Text Input").nth(0), card(page, "Text Input").nth(1)
    expect_saved(page)
    field(one, "Prompt").fill(TOO_LONG)
    field(two, "Prompt").fill("a heron")
    toast = page.locator(".toast")
    expect(toast).to_contain_text(
        "“Prompt” of “Text Input” could not be saved. It has 100\u202f001 characters"
    )
    expect(page.locator(".save")).to_have_text("1 change is not saved")
    assert sorted(saved_prompts(page, site)) == ["", "a heron"]

    field(two, "Prompt").fill("a heron at dawn")
    page.reload()  # the text is there again, the toast says so again, and saving goes on
    expect(page.locator(".save")).to_have_text("1 change is not saved")
    expect(toast.filter(has_text="could not be saved")).to_be_visible()
    assert sorted(len(text) for text in saved_prompts(page, site)) == [0, len("a heron at dawn")]
    fields = page.locator("article.card textarea")
    lengths = "areas => areas.map(area => area.value.length).sort((a, b) => a - b)"
    assert fields.evaluate_all(lengths) == [len("a heron at dawn"), len(TOO_LONG)]

    toast.get_by_role("button", name="Take it back").click()
    expect_saved(page)
    expect(toast.filter(has_text="could not be saved")).to_have_count(0)
    assert fields.evaluate_all(lengths) == [0, len("a heron at dawn")]


def test_a_refused_text_that_is_shortened_is_saved_and_no_longer_spoken_of(page: Page, site: Site):
    new_workflow(page, site, "text input")
    text = field(card(page, "Text Input"), "Prompt")
    text.fill(TOO_LONG)
    told = page.locator(".toast", has_text="Everything else is saved")
    expect(told).to_be_visible()
    told.get_by_role("button", name="Dismiss").click()
    page.locator(".save", has_text="1 change is not saved").click()
    expect(told).to_be_visible()
    text.fill("a heron at dawn")
    expect_saved(page)
    expect(told).to_have_count(0)
    assert saved_prompts(page, site) == ["a heron at dawn"]
