"""The newcomer's story, played in a browser from the printed link to the picture."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Site
from tests.e2e.drawing import card, expect_status, field, new_workflow, use_template, wire
from tests.e2e.photos import GRASS, SKY, turned_photo
from tests.processes import manage

pytestmark = pytest.mark.browser


def download(page: Page, site: Site, path: str) -> Image.Image:
    answer = httpx.get(site.url + path, trust_env=False)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def test_a_photo_becomes_four_upright_crops(page: Page, site: Site, tmp_path: Path) -> None:
    use_template(page, site, "Social crops")
    with page.expect_file_chooser() as chooser:
        card(page, "Photo").get_by_text("choose one").click()
    chooser.value.set_files(turned_photo(tmp_path / "photo.jpg"))
    expect(card(page, "Photo").locator("img")).to_be_visible()

    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()
    for title in ("Square 1:1", "Portrait 4:5", "Story 9:16", "Wide 16:9"):
        expect(card(page, title).locator("img").first).to_be_attached()

    page.goto(f"{site.url}/executions")
    page.get_by_role("link", name="photo.jpg").first.click()
    expect(page.get_by_text("done").first).to_be_visible()
    paths = [
        link.get_attribute("href") or ""
        for link in page.locator("#outputs a[title='Open in full size']").all()
    ]
    crops = [download(page, site, path) for path in paths]
    assert [crop.size for crop in crops] == [(1080, 1080), (1080, 1350), (1080, 1920), (1920, 1080)]
    for crop in crops:
        assert close(crop.getpixel((crop.width // 2, 5)), SKY)
        assert close(crop.getpixel((crop.width // 2, crop.height - 5)), GRASS)


def close(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= 6 for one, other in zip(pixel, colour, strict=True))


def draw_text_to_picture(page: Page, site: Site) -> None:
    """Text → Nano Banana 2 → Resize → Output by hand: 16:9, 1K, 640 × 360."""
    new_workflow(page, site, "text input", "nano banana 2", "resize", "preview")
    text, picture = card(page, "Text Input"), card(page, "Nano Banana 2")
    resize, output = card(page, "Resize"), card(page, "Preview / Output")
    wire(page, text, "out-prompt", picture, "in-prompt")
    wire(page, picture, "out-images", resize, "in-image")
    wire(page, resize, "out-image", output, "in-value")
    text.locator("textarea").fill("a red fox in the snow")
    field(picture, "Resolution").select_option("1K")
    field(picture, "Aspect ratio").select_option("16:9")
    field(resize, "Width").fill("640")
    field(resize, "Height").fill("360")
    field(resize, "Fit").select_option("cover")
    page.locator(".react-flow__pane").click(position={"x": 400, "y": 60})


def test_a_drawn_workflow_runs_on_through_reload_and_kill(page: Page, site: Site) -> None:
    draw_text_to_picture(page, site)
    expect(page.get_by_role("button", name=re.compile(r"Run.*7"))).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect_status(card(page, "Nano Banana 2"), "running")
    page.reload()
    expect_status(card(page, "Nano Banana 2"), "running|done")
    expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()
    expect(card(page, "Nano Banana 2")).to_contain_text("sandbox")

    page.get_by_role("button", name="More ways to run").click()
    page.get_by_role("menuitem", name=re.compile("anew")).click()
    expect_status(card(page, "Nano Banana 2"), "running")
    site.server.kill()
    site.start_again()
    expect(page.get_by_text(re.compile(r"^Done"))).to_be_visible()

    page.goto(f"{site.url}/executions")
    page.locator(".run-link").first.click()
    expect(page.get_by_text("sandbox").first).to_be_attached()
    (path,) = [
        link.get_attribute("href") or ""
        for link in page.locator("#outputs a[title='Open in full size']").all()
    ]
    assert download(page, site, path).size == (640, 360)
    proof = manage(site.data, "check_ledger")
    assert proof.returncode == 0, proof.stderr
