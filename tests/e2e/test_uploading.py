"""Many photos are dropped at once and sent one by one."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.assets.pictures import png
from tests.e2e.conftest import Site
from tests.e2e.drawing import PASTE, card, expect_saved, new_workflow
from tests.workflows.graphs import Json, chain, node

pytestmark = pytest.mark.browser


def test_files_are_sent_one_at_a_time_and_refusals_are_told(page: Page, site: Site) -> None:
    sent: list[int] = []
    page.on("request", lambda asked: sent.append(1) if asked.method == "POST" else None)
    photos = [
        {"name": f"photo {number}.png", "mimeType": "image/png", "buffer": png(40 + number, 30)}
        for number in range(4)
    ]
    page.goto(f"{site.url}/assets")
    page.set_input_files("#file", photos)
    expect(page.locator("#assets .media")).to_have_count(4)
    assert len(sent) == 4

    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"\0\1" * 40}
    page.set_input_files("#file", [broken, {**photos[0], "name": "late.png"}])
    expect(page.locator("[data-drop-progress]")).to_contain_text("1 of 2 kept")
    expect(page.locator("[data-drop-problems] li")).to_have_count(1)
    expect(page.locator("[data-drop-problems]")).to_contain_text("broken.png")
    page.reload()
    expect(page.locator("#assets .media")).to_have_count(5)


def test_a_file_is_chosen_from_the_samples_and_from_the_library(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/before-after/use"] button')
    photo = page.locator(".card", has=page.get_by_role("button", name="From the library"))
    chooser = page.get_by_role("dialog")
    photo.get_by_role("button", name="From the library").click()
    chooser.get_by_role("button", name="Samples").click()
    chooser.get_by_role("button", name="A bottle").click()
    expect(chooser).to_have_count(0)
    chosen = page.locator(".asset-thumb img").first
    expect(chosen).to_be_visible()
    address = chosen.get_attribute("src")

    page.get_by_role("button", name="Take the file away").first.click(force=True)
    photo.get_by_role("button", name="From the library").click()
    page.keyboard.type("no such name")
    expect(chooser).to_contain_text("Nothing of this name")
    page.get_by_role("searchbox", name="Search the library").fill("bottle")
    chooser.get_by_role("button", name="A bottle.webp").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".asset-thumb img").first).to_have_attribute("src", str(address))
    expect(page.get_by_text("Draft saved")).to_be_visible()


def test_a_picture_put_into_a_field_offers_the_workflow_that_made_it(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/templates")
    page.click('form[action="/templates/text-to-image/use"] button')
    address = page.url
    with page.expect_response(lambda answer: answer.url.endswith("/execute")):
        page.locator(".split .run").click()
    page.goto(f"{site.url}/executions")
    expect(page.locator(".run-row .badge").first).to_have_text("done")
    page.goto(f"{site.url}/assets?q=.png&kind=image&workflow={address.rpartition('/')[2]}")
    page.locator(".asset .menu summary").first.click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Download", exact=True).click()
    photo = downloading.value.path().read_bytes()

    new_workflow(page, site, "image input")
    told = FilePayload(name="from afar.png", mimeType="image/png", buffer=photo)
    card(page, "Image Input").locator("input[type=file]").set_input_files(told)
    toast = page.locator(".toast", has_text="from afar.png was made by")
    with page.context.expect_page() as opening:
        toast.get_by_role("button", name="Open that workflow").click()
    expect(opening.value).to_have_url(address)
    opening.value.close()


@pytest.mark.parametrize(
    ("format", "type"), [("png", "image/png"), ("jpeg", "image/jpeg"), ("webp", "image/webp")]
)
def test_each_format_says_what_made_it_unless_it_was_left_out(
    page: Page, site: Site, format: str, type: str
) -> None:
    new_workflow(page, site)
    address = page.url
    page.evaluate(PASTE, json.dumps(converting(format)))
    expect_saved(page)
    with page.expect_response(lambda answer: answer.url.endswith("/execute")):
        page.locator(".split .run").click()
    page.goto(f"{site.url}/executions")
    expect(page.locator(".run-row .badge").first).to_have_text("done")

    page.goto(f"{site.url}/assets?workflow={address.rpartition('/')[2]}&node=utility:image_convert")
    files = {}
    for name in ("Download", "Download without its workflow"):
        page.locator(".asset .menu summary").first.click()
        with page.expect_download() as downloading:
            page.get_by_role("link", name=name, exact=True).click()
        files[name] = downloading.value.path().read_bytes()
        page.reload()
    with Image.open(io.BytesIO(files["Download"])) as picture:
        assert (picture.format or "").lower() == format

    new_workflow(page, site)
    bare = f"bare.{format}"
    drop(page, files["Download without its workflow"], bare, type)
    expect(page.locator("article.card")).to_have_count(1)
    expect_saved(page)
    expect(page.locator(".toast", has_text=f"{bare} was made by")).to_have_count(0)

    told = f"told.{format}"
    drop(page, files["Download"], told, type)
    page.get_by_role("menuitem", name="Use it as a picture").press("ArrowDown")  # the menu has the focus
    expect(page.locator("article.card")).to_have_count(1)  # nothing was done yet
    page.get_by_role("menuitem", name="Insert its workflow here").click()
    expect(page.locator("article.card")).to_have_count(3)
    drop(page, files["Download"], told, type)
    with page.context.expect_page() as opening:
        page.get_by_role("menuitem", name="Open its workflow in a new tab").click()
    opened = opening.value
    expect(opened.locator("article.card")).to_have_count(2)
    expect(opened.get_by_role("textbox", name="Name of the workflow")).to_have_value("told")
    assert opened.url not in (address, page.url)  # what became of the first since does not matter
    opened.close()
    drop(page, files["Download"], told, type)
    page.get_by_role("menuitem", name="Use it as a picture").click()
    expect(page.locator("article.card")).to_have_count(4)


def converting(format: str) -> Json:
    """A plain picture, made by the machine and saved in the format."""
    return {
        "nodes": [
            node("plain", "utility:solid_color", width=64, height=48),
            node("saved", "utility:image_convert", format=format),
        ],
        "edges": chain("plain.image saved.image"),
    }


def drop(page: Page, content: bytes, name: str, type: str) -> None:
    """Let a file fall onto the canvas."""
    page.evaluate(
        """([bytes, name, type]) => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([new Uint8Array(bytes)], name, { type }));
            const plane = document.querySelector(".react-flow__pane");
            const at = { clientX: 700, clientY: 400, bubbles: true, cancelable: true, dataTransfer: dropped };
            plane.dispatchEvent(new DragEvent("dragover", at));
            plane.dispatchEvent(new DragEvent("drop", at));
        }""",
        [list(content), name, type],
    )
