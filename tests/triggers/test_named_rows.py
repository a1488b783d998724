"""Rows and files of a table go by the names that people gave them, on the pages and in what is taken away."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from assets.actions import delete_asset
from assets.models import Asset
from executions import intakes
from executions.models import Execution
from tests.assets.pictures import make_asset
from tests.executions.boards import llm
from tests.executions.runs import Hand, make_workflow
from tests.processes import PATIENCE
from tests.triggers.pasted import called, post, said
from tests.workflows.graphs import node


@pytest.fixture
def packshots(signed_in, alice, tmp_path):
    """Starts a table of a workflow of a photo and a headline, and finishes its runs. Returns the batch's address."""
    browser = signed_in(alice)
    nodes = [called("Photo", "photo", "input:image"), called("Headline", "head", "input:text"), llm("make")]
    workflow = make_workflow(alice, nodes, "head.prompt make.prompt")

    def start(pasted: str) -> str:
        page = post(browser, workflow, text=pasted)
        assert page.status_code == 200, page.context["problems"]
        address = post(browser, workflow, text=pasted, do="start", seen=page.context["seen"])["Location"]
        batch_id = address.rpartition("/")[2]
        for run in Execution.objects.filter(batch=batch_id):
            Hand().finish(run)
        return address

    return browser, workflow, start


def zipped(browser, address) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(b"".join(browser.get(f"{address}.zip")))).namelist()


def test_the_archive_holds_what_the_table_names_of_one_row_and_without_deleted_files(signed_in, alice):
    browser = signed_in(alice)
    nodes = [called("Prompt", "ask", "input:text"), node("draw", "generate:nano_banana_2"), llm("make")]
    workflow = make_workflow(alice, nodes, "ask.prompt draw.prompt", "ask.prompt make.prompt")
    seen = post(browser, workflow, text="Prompt\na red fox\n").context["seen"]
    address = post(browser, workflow, text="Prompt\na red fox\n", do="start", seen=seen)["Location"]
    run = Execution.objects.get()
    Hand().finish(run)

    def files() -> tuple[list[str], list[str]]:
        [_, line] = csv.reader(io.StringIO(browser.get(f"{address}.csv").content.decode()))
        sent = b"".join(browser.post("/executions/bulk", {"do": "download", "run": [str(run.pk)]}))
        return line[-1].split("\n"), zipfile.ZipFile(io.BytesIO(sent)).namelist()

    both = ["01-a-red-fox-1.png", "01-a-red-fox-2.txt"]
    assert files() == (both, both)
    delete_asset(asset=Asset.objects.get())
    assert files() == (both[1:], both[1:])


def test_files_are_shown_and_taken_away_by_their_names(packshots, alice, tmp_path):
    browser, workflow, start = packshots
    asset = make_asset(alice, tmp_path, filename="Mug No 7.png")
    pasted = f"Photo,Headline\nmug no 7.png,Sale\n{asset.public_url},Sale\n"
    preview_page = post(browser, workflow, text=pasted)
    assert [row["values"][0]["text"] for row in preview_page.context["rows"]] == [
        "Mug No 7.png", "Mug No 7.png",
    ]  # fmt: skip
    assert said(preview_page).count(f'<img src="{asset.thumbnail_url}"') == 2
    address = start(pasted)
    for view in ("gallery", "table"):
        shown = said(browser.get(address, {"view": view}))
        assert shown.count('title="Mug No 7.png"') == 2 and asset.public_url not in shown
    lines = list(csv.reader(io.StringIO(browser.get(f"{address}.csv").content.decode())))
    assert [line[1] for line in lines[1:]] == ["Mug No 7.png"] * 2
    names = zipped(browser, address)
    assert names == [f"{row}-mug-no-7-{file}" for row in ("01", "02") for file in ("1.png", "2.txt")]
    assert "\n".join(line[-1] for line in lines[1:]).split("\n") == names


NAMED = "NAME,Headline\nMug 0 / כוס,Sale\n,Sale\n"


def test_rows_are_named_by_a_column_of_their_own(packshots):
    browser, workflow, start = packshots
    page = post(browser, workflow, text=NAMED)
    assert [row["name"] for row in page.context["rows"]] == ["Mug 0 / כוס", ""]
    assert 'title="Mug 0 / כוס"' in said(page)
    changed = {"text": NAMED.replace("Mug", "Cup"), "do": "start", "seen": page.context["seen"]}
    assert post(browser, workflow, **changed).context["changed"]
    address = start(NAMED)
    assert list(Execution.objects.order_by("run_index").values_list("row_name", "inputs")) == [
        ("Mug 0 / כוס", {"head": "Sale"}), ("", {"head": "Sale"}),
    ]  # fmt: skip
    assert "Run 1 · Mug 0 / כוס</a>" in said(browser.get(address, {"view": "gallery"}))
    assert 'title="Mug 0 / כוס"' in said(browser.get(address, {"view": "table"}))
    lines = list(csv.reader(io.StringIO(browser.get(f"{address}.csv").content.decode())))
    assert [line[:3] for line in lines] == [
        ["row", "name", "Headline"], ["1", "Mug 0 / כוס", "Sale"], ["2", "", "Sale"],
    ]  # fmt: skip
    assert zipped(browser, address) == ["01-Mug-0-כוס-1.txt", "02-sale-1.txt"]


def test_names_of_a_large_table_stay_with_their_rows(packshots):
    browser, workflow, _ = packshots
    pasted = "Name,Headline\n" + "".join(f"mug {row},Sale {row}\n" for row in range(1, 71))
    page = post(browser, workflow, text=pasted)
    address = post(browser, workflow, text=pasted, do="start", seen=page.context["seen"])["Location"]
    Hand().finish(Execution.objects.get(run_index=0))
    browser.post(f"{address}/stop")
    intakes.go_on(seconds=PATIENCE)
    rows = Execution.objects.values_list("run_index", "row_name")
    assert all(name == f"mug {index + 1}" for index, name in rows)
    again = browser.get(f"/workflows/{workflow.pk}/table?again={address.rpartition('/')[2]}")
    assert again.context["text"].splitlines() == [
        "name,Headline", *(f"mug {row},Sale {row}" for row in range(2, 71)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headline", "name"),
    [
        ("כוס קפה", "01-כוס-קפה-1.txt"),
        ("Größe / 2", "01-größe-2-1.txt"),
        ("हिन्दी", "01-हिन्दी-1.txt"),
        ("../..", "01-1.txt"),
        ("https://x.org/my%20fox.png?a=/b", "01-my-fox-1.txt"),
        ("𒀀" * 60, f"01-{'𒀀' * 40}-1.txt"),
    ],
)
def test_the_words_of_a_file_may_be_of_any_script(packshots, headline, name):
    browser, _, start = packshots
    assert zipped(browser, start(f"Headline\n{headline}\n")) == [name]
