"""A workflow of ComfyUI comes onto the canvas: pasted, and kept as one node instead."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import PASTE, card, expect_saved, new_workflow
from tests.workflows.comfyui_files import CONTROL_NET


def test_a_workflow_of_comfyui_is_pasted_and_kept_as_one_node_instead(page: Page, site: Site) -> None:
    new_workflow(page, site)
    page.evaluate(PASTE, json.dumps(CONTROL_NET))
    expect(
        page.get_by_text("From ComfyUI: 5 mapped, 3 replaced, 3 missing. A note tells of each.")
    ).to_be_visible()
    expect(card(page, "KSampler")).to_be_visible()
    expect(page.locator(".note")).to_have_count(4)
    expect(page.locator(".react-flow__edge")).to_have_count(3)
    page.get_by_role("button", name="Keep it as one node instead").click()
    expect(card(page, "ComfyUI")).to_be_visible()
    expect(card(page, "KSampler")).to_have_count(0)
    expect(page.locator(".note")).to_have_count(1)
    expect_saved(page)
    page.keyboard.press("Control+z")
    expect(page.locator("article.card")).to_have_count(0)
