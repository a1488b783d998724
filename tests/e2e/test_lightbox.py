"""A picture of a result is shown large on its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.assets.pictures import png, tone
from tests.doubles.server import clip
from tests.e2e.conftest import Site

pytestmark = pytest.mark.browser


def test_a_result_is_looked_at_without_leaving_the_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    with page.expect_response(lambda answer: answer.url.endswith("/execute")):
        page.locator(".split .run").click()
    page.goto(f"{site.url}/executions")
    page.locator(".run-link").first.click()
    link = page.locator("#outputs a[data-light]")
    link.click()
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    expect(box.locator("img")).to_have_js_property("complete", True)
    width, height = box.locator("img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert width > 0
    assert f"{width} × {height}" in box.inner_text()
    assert (box.get_by_role("link", name="Download").get_attribute("href") or "").endswith("?download=1")
    page.keyboard.press("Escape")
    expect(box).not_to_be_visible()
    expect(link).to_be_focused()

    page.goto(
        f"{site.url}{link.get_attribute('href')}"
    )  # as without scripts; errors in the console fail the test
    expect(page.locator("img")).to_have_js_property("naturalWidth", width)


def test_a_clip_and_a_sound_of_the_library_play_without_leaving_the_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/assets")
    for name, type, content in (
        ("cat.png", "image/png", png()),
        ("tone.wav", "audio/wav", tone()),
        ("ball.mp4", "video/mp4", clip()),
    ):
        page.set_input_files("#file", [{"name": name, "mimeType": type, "buffer": content}])
        tile = page.get_by_role("link", name=f"Open {name}")
        expect(tile).to_be_visible()
    tile.click()
    box = page.get_by_role("dialog", name="ball.mp4")
    video = box.locator("video")
    expect(video).to_have_js_property("videoWidth", 320)
    assert (video.get_attribute("poster") or "").startswith("/media/")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    page.get_by_role("button", name="Next one").click()
    sound = page.get_by_role("dialog", name="tone.wav").locator("audio")
    expect(sound).to_have_js_property("duration", 0.5)
    expect(page.locator("dialog video")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("dialog audio")).to_have_count(0)
