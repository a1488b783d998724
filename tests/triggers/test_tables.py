"""One run per row of a pasted table: what is read, what is refused, and what becomes of the runs."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection

from assets.actions import delete_asset
from assets.models import Asset
from executions import intakes
from executions.actions import Start, cancel_execution, start_execution
from executions.models import Batch, Execution, Intake
from executions.runs import given_in_order
from tests.assets.pictures import make_asset
from tests.executions.boards import llm, preview
from tests.executions.runs import Hand, everything_stored, make_workflow, wallet
from tests.factories import team_of
from tests.processes import PATIENCE
from tests.workflows.graphs import Json, node
from triggers.tables import columns_of, read_table
from workflows.models import Workflow

TABLE = "Prompt\tHow many\na red fox\t2\n\t3\n"


def called(label: str, node_id: str, kind: str, **params: object) -> Json:
    made = node(node_id, kind, **params)
    return {**made, "data": {**made["data"], "label": label}}


@pytest.fixture
def workflow(alice):
    nodes = [
        called("Prompt", "ask", "input:text", prompt="a boat"),
        called("How many", "count", "input:number", value=1),
        called("Tone", "tone", "input:select", options=["warm", "cold"], value="warm"),
        called("Dark", "dark", "input:boolean"),
        called("Photo", "photo", "input:image"),
        called("Facts", "facts", "input:json"),
        llm("make"), preview(),
    ]  # fmt: skip
    return make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")


@pytest.fixture
def read(alice, workflow):
    inputs = columns_of(*workflow.graph_json())
    return lambda pasted: read_table(pasted, inputs, team=team_of(alice))


def post(browser, workflow, **fields):
    return browser.post(f"/workflows/{workflow.pk}/table", fields)


def said(answer) -> str:
    return answer.content.decode()


# Reading


def test_cells_become_what_their_inputs_take(read):
    pasted = 'prompt;COUNT;tone;Dark;photo;facts\n"a fox; red";2,5\n'.replace(
        "2,5", "2.5;cold;no;https://x.org/a.png;[1]"
    )
    table = read(pasted)
    assert (table.problems, [one.node_id for one in table.columns]) == (
        [], ["ask", "count", "tone", "dark", "photo", "facts"],
    )  # fmt: skip
    assert table.rows == [["a fox; red", 2.5, "cold", False, "https://x.org/a.png", [1]]]


def test_an_empty_cell_takes_what_stands_on_the_canvas(read):
    assert read(TABLE).rows == [["a red fox", 2], ["a boat", 3]]


@pytest.mark.parametrize(
    ("pasted", "problem"),
    [
        ("Prompt\n", "A table needs a first line with the names of inputs, and a row for each run."),
        ("Prompt,Size\na,b\n", "There is no input “Size”. Inputs: Prompt, How many, Tone, Dark, Photo, Facts."),
        ("Prompt,\na,b\n", "A column has no name. Inputs: Prompt, How many, Tone, Dark, Photo, Facts."),
        ("Prompt,ask\na,b\n", "“Prompt” has two columns. Leave one out."),
        ("How many\nmany\n", "Row 1, “How many”: “many” is no number."),
        ("How many\n1e999\n", "Row 1, “How many”: “1e999” is no number."),
        ("Tone\nwarm\nhot\n", "Row 2, “Tone”: “hot” is none of warm, cold."),
        ("Dark\nmaybe\n", "Row 1, “Dark”: “maybe” is neither yes nor no."),
        ("Facts\n{\n", "Row 1, “Facts”: this is no JSON that can be stored."),
        ('Facts\n"""\\ud800"""\n', "Row 1, “Facts”: this is no JSON that can be stored."),
        ("Facts\n" + "[" * 900 + "]" * 900 + "\n", "Row 1, “Facts”: this is no JSON that can be stored."),
        ("How many\n1_0\n", "Row 1, “How many”: “1_0” is no number."),
        (
            "Photo\nfox.png\n",
            "Row 1, “Photo”: there is no picture “fox.png”. Upload it under Assets first, its name is enough; "
            "or give a link.",
        ),
        ("Prompt\na,b\n", "Row 1 has 2 cells, but the first line names 1 columns."),
        ("Prompt\n" + "a\n" * 1_001, "The table has 1,001 rows; 1,000 is the most. Send the others after them."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_row(read, pasted, problem):
    assert read(pasted).problems == [problem]


def test_an_input_that_needs_a_value_needs_a_column_or_one_on_the_canvas(alice):
    nodes = [called("Prompt", "ask", "input:text"), llm("make"), called("N", "n", "input:number")]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt")
    inputs = columns_of(*workflow.graph_json())
    [problem] = read_table("N\n1\n", inputs, team=team_of(alice)).problems
    assert problem.startswith("“Prompt” needs a value for every run.")
    assert read_table("Prompt\tN\n\t1\n", inputs, team=team_of(alice)).problems == [
        "Row 1, “Prompt”: a value is needed."
    ]


def test_lines_without_a_heading_are_values_of_the_only_input(signed_in, alice):
    workflow = make_workflow(
        alice, [called("Prompt", "ask", "input:text"), llm("make")], "ask.prompt make.prompt"
    )
    inputs = columns_of(*workflow.graph_json())
    table = read_table("red fox in snow\na boat\n", inputs, team=team_of(alice))
    assert (table.rows, table.problems, table.is_headless) == ([["red fox in snow"], ["a boat"]], [], True)
    assert read_table("red fox", inputs, team=team_of(alice)).rows == [["red fox"]]
    named = read_table("prompt\nred fox\n", inputs, team=team_of(alice))
    assert (named.rows, named.is_headless) == ([["red fox"]], False)
    answer = post(signed_in(alice), workflow, text="red fox in snow\na boat")
    assert "so every line is a value of “Prompt”, the first one too" in answer.content.decode()


def test_a_heading_is_a_name_before_it_is_a_node_id(alice):
    nodes = [called("Subject", "style", "input:text"), called("Style", "b2", "input:text"), preview()]
    workflow = make_workflow(alice, nodes, "style.prompt out.value")
    table = read_table(
        "Style\tSubject\noil\ta fox\n", columns_of(*workflow.graph_json()), team=team_of(alice)
    )
    assert (table.problems, [one.node_id for one in table.columns]) == ([], ["b2", "style"])


def test_a_file_is_named_by_its_name(alice, charlie, read, tmp_path):
    older, newer, deleted, _ = (
        make_asset(one, tmp_path, filename=name)
        for one, name in (
            (alice, "mug-0.PNG"),
            (alice, "Mug-0.png"),
            (alice, "gone.png"),
            (charlie, "hers.png"),
        )
    )
    Asset.objects.filter(pk=older.pk).update(created_at=newer.created_at - timedelta(days=1))
    clip = make_asset(alice, tmp_path, filename="mug-0.png")
    Asset.objects.filter(pk=clip.pk).update(kind="video")
    delete_asset(asset=deleted)
    assert read("Photo\nMUG-0.png\n").rows == [[newer.url]]
    assert read(f"Photo\n{newer.public_url}\n").rows == [[newer.public_url]]
    assert read("Photo\nmug-0.png\ngone.png\nhers.png\n").problems == [
        f"Row {row}, “Photo”: there is no picture “{name}”. Upload it under Assets first, its name is enough; "
        "or give a link."
        for row, name in ((2, "gone.png"), (3, "hers.png"))
    ]


def test_a_name_may_be_spelled_as_other_systems_do(alice, read, tmp_path):
    asset = make_asset(alice, tmp_path, filename=unicodedata.normalize("NFD", "Brötchen.png"))
    assert read("Photo\nbrötchen.PNG\n").rows == [[asset.url]]


def test_a_cell_names_one_video_or_several_pictures(alice, tmp_path):
    nodes = [called("Clip", "clip", "input:video"), called("Views", "views", "input:image_list"), preview()]
    inputs = columns_of(*make_workflow(alice, nodes, "views.images out.value").graph_json())
    assets = [
        make_asset(alice, tmp_path, filename=name) for name in ("a.png", "b.png", "my mug.png", "a.png")
    ]
    Asset.objects.filter(pk=assets[3].pk).update(kind="video")
    table = read_table("Clip,Views\na.png,b.png a.png\na.png,my mug.png\n", inputs, team=team_of(alice))
    a, b, mug, clip = (one.url for one in assets)
    assert (table.problems, table.rows) == ([], [[clip, [b, a]], [clip, [mug]]])


def test_all_names_of_a_table_are_asked_for_at_once(alice, workflow, tmp_path, django_assert_num_queries):
    urls = [make_asset(alice, tmp_path, filename=f"mug-{number}.png").url for number in range(3)]
    names = "".join(f"mug-{number}.png\n" for number in range(3))
    pasted = "Photo\n" + names + "".join(f"{url}\n" for url in urls)
    inputs, team = columns_of(*workflow.graph_json()), team_of(alice)
    with django_assert_num_queries(2):
        assert read_table(pasted, inputs, team=team).rows == [[url] for url in urls * 2]


@pytest.mark.parametrize("text", ["-1", "-ar 16:9", "@who", "'quoted'", "=a"])
def test_what_an_empty_table_holds_comes_back_as_it_was(signed_in, alice, text):
    nodes = [called(text, "ask", "input:text", prompt=text), llm("make"), preview()]
    workflow = make_workflow(alice, nodes, "ask.prompt make.prompt", "make.text out.value")
    sent = signed_in(alice).get(f"/workflows/{workflow.pk}/table.csv").content.decode()
    table = read_table(sent, columns_of(*workflow.graph_json()), team=team_of(alice))
    assert (table.problems, table.rows) == ([], [[text]])


def test_a_wide_line_is_refused_before_it_is_read(read):
    assert read(",".join("a" * 100_000) + "\nb\n").problems == [
        "The first line names 100000 columns; 200 is the most."
    ]


def test_two_inputs_of_one_name_are_told_apart(alice):
    nodes = [called("Prompt", "a", "input:text"), called("prompt", "b", "input:text"), preview()]
    workflow = make_workflow(alice, nodes, "a.prompt out.value")
    assert [one.name for one in columns_of(*workflow.graph_json())] == ["Prompt", "prompt_2"]


# The pages


def test_a_table_is_looked_at_and_started_and_its_runs_come_in_order(signed_in, alice, workflow):
    browser = signed_in(alice)
    before = everything_stored()
    page = post(browser, workflow, text=TABLE)
    assert page.status_code == 200 and "Start 2 runs" in said(page)
    assert everything_stored() == before
    seen = page.context["seen"]
    started = post(browser, workflow, text=TABLE, do="start", seen=seen)
    first, second = Execution.objects.order_by("run_index")
    assert (started.status_code, started["Location"]) == (303, f"/batches/{first.batch_id}")
    assert first.batch_id == second.batch_id and (first.trigger, first.started_by) == ("table", alice)
    assert (first.inputs, second.inputs) == (
        {"ask": "a red fox", "count": 2}, {"ask": "a boat", "count": 3},
    )  # fmt: skip
    assert wallet(alice)[1] == int(seen.partition(":")[0]) > 0
    shown = said(browser.get(started["Location"]))
    assert "a red fox" in shown and "<strong>0 of 2</strong>" in shown and "every 2s" in shown
    assert 'class="credits-held"' in shown and "hx-swap-oob" not in shown
    Hand().finish(first)
    Hand().finish(second)
    shown = said(browser.get(f"{started['Location']}?part=runs"))
    assert "<strong>2 of 2</strong>" in shown and "every 2s" not in shown
    assert 'href="/usage" id="wallet" hx-swap-oob="true"' in shown and "credits-held" not in shown
    lines = list(csv.reader(io.StringIO(browser.get(f"{started['Location']}.csv").content.decode())))
    assert lines[0] == [
        "row",
        "Prompt",
        "How many",
        "status",
        "credits",
        "execution",
        "error",
        "results",
        "files",
    ]
    assert [line[:4] for line in lines[1:]] == [
        ["1", "a red fox", "2", "COMPLETED"], ["2", "a boat", "3", "COMPLETED"],
    ]  # fmt: skip
    assert [line[-1] for line in lines[1:]] == ["01-a-red-fox-1.txt", "02-a-boat-1.txt"]
    both = {"do": "download", "run": [str(second.pk), str(first.pk)]}
    sent = browser.post("/executions/bulk", both).content
    assert zipfile.ZipFile(io.BytesIO(sent)).namelist() == [line[-1] for line in lines[1:]]


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
    ("pasted", "problem"),
    [
        ("name,Name,Prompt\na,b,c\n", "“name” has two columns. Leave one out."),
        ("name,Prompt\n" + "a" * 101 + ",c\n", "Row 1, “name”: 101 letters are too many; 100 is the most."),
        ("name\na\n", "There is no column for an input beside the names of the rows. Add one."),
    ],
)
def test_names_that_cannot_be_are_refused(read, pasted, problem):
    assert read(pasted).problems == [problem]


def test_an_input_called_name_takes_its_column(alice):
    nodes = [called("Name", "who", "input:text"), llm("make")]
    inputs = columns_of(*make_workflow(alice, nodes, "who.prompt make.prompt").graph_json())
    table = read_table("name\nAnna\n", inputs, team=team_of(alice))
    assert (table.rows, list(table.names)) == ([["Anna"]], [])


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


def test_what_runs_were_given_stands_in_the_order_of_their_graph(alice, workflow):
    how = Start(inputs={"count": 2, "ask": "a fox"})
    run = start_execution(workflow=workflow, team=team_of(alice), start=how, user=alice)
    assert list(given_in_order(run)) == ["ask", "count"]
    run.inputs = dict(reversed(run.inputs.items()))  # as PostgreSQL may give them
    assert list(given_in_order(run)) == ["ask", "count"]


def test_a_table_that_was_changed_after_it_was_looked_at_is_shown_again(signed_in, alice, workflow):
    browser = signed_in(alice)
    seen = post(browser, workflow, text=TABLE).context["seen"]
    before = everything_stored()
    page = post(browser, workflow, text=TABLE.replace("fox", "dog"), do="start", seen=seen)
    assert page.status_code == 200 and "Look at it once more" in said(page) and "Start 2 runs" in said(page)
    assert everything_stored() == before


def test_the_rest_of_a_batch_is_stopped_and_its_credits_come_back(signed_in, alice, workflow):
    browser = signed_in(alice)
    seen = post(browser, workflow, text=TABLE).context["seen"]
    address = post(browser, workflow, text=TABLE, do="start", seen=seen)["Location"]
    first, second = Execution.objects.order_by("run_index")
    Hand().finish(first)
    page = browser.post(f"{address}/stop", follow=True)
    assert "1 run stopped." in said(page)
    second.refresh_from_db()
    assert (second.status, wallet(alice)[1]) == ("CANCELLED", 0)


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ("Prompt\na fox\n".encode("utf-16"), 200, "a fox"),
        ("Prompt\nein Fr\xfchst\xfcck\n".encode("cp1252"), 200, "ein Frühstück"),
        (b"PK\x03\x04rest", 400, "This is a whole workbook."),
        (b"Prompt\n\x00\n", 400, "This is no table."),
        (b"", 400, "The submitted file is empty."),
    ],
)
def test_a_file_of_a_spreadsheet_is_read(signed_in, alice, workflow, data, status, sentence):
    file = SimpleUploadedFile("table.csv", data)
    answer = signed_in(alice).post(f"/workflows/{workflow.pk}/table", {"file": file})
    assert (answer.status_code, sentence in said(answer)) == (status, True)


def test_nothing_starts_without_the_credits_for_all_of_it(signed_in, alice, workflow):
    browser = signed_in(alice)
    many = "Prompt\n" + "a fox\n" * 50
    page = post(browser, workflow, text=many)
    workflow.team.wallet.refresh_from_db()
    type(workflow.team.wallet).objects.filter(pk=workflow.team.wallet.pk).update(available=1)
    before = everything_stored()
    page = post(browser, workflow, text=many, do="start", seen=page.context["seen"])
    assert page.status_code == 400 and "Nothing was started." in said(page)
    assert everything_stored() == before
    assert "The balance is too low." in said(post(browser, workflow, text=many))


def test_an_empty_table_names_the_inputs_and_their_values(signed_in, alice, workflow):
    answer = signed_in(alice).get(f"/workflows/{workflow.pk}/table.csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["Prompt", "How many", "Tone", "Dark", "Photo", "Facts"]
    assert lines[1][:4] == ["a boat", "1", "warm", "no"]


def test_a_workflow_without_inputs_says_what_to_do(signed_in, alice):
    workflow = make_workflow(alice, [llm("make", prompt="a"), preview()], "make.text out.value")
    assert "This workflow has no inputs" in said(signed_in(alice).get(f"/workflows/{workflow.pk}/table"))


def test_a_batch_that_is_not_there_is_not_found(signed_in, alice):
    assert signed_in(alice).get("/batches/00000000-0000-0000-0000-000000000000").status_code == 404


# Large tables

LARGE = "Prompt,Tone\n" + "".join(f"fox {number},warm\n" for number in range(1, 71))


@pytest.mark.parametrize("pasted", [TABLE, LARGE])
def test_rows_sent_twice_are_started_once(signed_in, alice, workflow, pasted):
    browser = signed_in(alice)
    shown = post(browser, workflow, text=pasted).context
    form = {"text": pasted, "do": "start", "seen": shown["seen"], "ticket": shown["ticket"]}
    first = post(browser, workflow, **form)
    Workflow.objects.update(is_active=False)  # what a new start would be refused for
    type(workflow.team.wallet).objects.update(available=0)
    before = everything_stored()
    again = post(browser, workflow, **form)
    assert (first.status_code, again.status_code, again["Location"]) == (303, 303, first["Location"])
    assert everything_stored() == before


def test_rows_are_started_anew_when_they_were_changed_or_looked_at_once_more(signed_in, alice, workflow):
    browser = signed_in(alice)
    shown = post(browser, workflow, text=TABLE).context
    form = {"text": TABLE, "do": "start", "seen": shown["seen"], "ticket": shown["ticket"]}
    post(browser, workflow, **form)
    changed = post(browser, workflow, **form | {"text": TABLE.replace("fox", "dog")})
    assert changed.status_code == 200 and "Look at it once more" in said(changed)
    post(browser, workflow, **form | {"ticket": post(browser, workflow, text=TABLE).context["ticket"]})
    assert (Batch.objects.count(), Execution.objects.count()) == (2, 4)


def test_what_was_taken_on_is_shown_though_the_database_broke_off_its_first_lot(signed_in, alice, workflow):
    def unanswered(execute, sql, *rest):
        if sql.startswith("INSERT") and '"executions_execution"' in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    browser = signed_in(alice)
    seen = post(browser, workflow, text=LARGE).context["seen"]
    with connection.execute_wrapper(unanswered):
        answer = post(browser, workflow, text=LARGE, do="start", seen=seen)
    assert (answer.status_code, Execution.objects.count()) == (303, 0)
    assert "<strong>0 of 70</strong>" in said(browser.get(answer["Location"]))
    intakes.go_on(seconds=PATIENCE)
    assert Execution.objects.count() == 70


@pytest.fixture
def large(signed_in, alice, workflow):
    """The page of a table of 70 rows of which two lots are runs, the first two done and the third failed."""
    browser = signed_in(alice)
    page = post(browser, workflow, text=LARGE)
    assert page.status_code == 200 and "Start 70 runs" in said(page) and "And 20 more rows." in said(page)
    answer = post(browser, workflow, text=LARGE, do="start", seen=page.context["seen"])
    assert answer.status_code == 303
    intakes.go_on(seconds=PATIENCE)  # what the start had no time for
    for number in (0, 1):
        Hand().finish(Execution.objects.get(run_index=number))
    cancel_execution(execution_id=Execution.objects.get(run_index=2).pk)
    return browser, answer["Location"]


def test_a_large_table_is_shown_in_pages_and_by_what_became_of_its_rows(large):
    browser, address = large
    assert (Execution.objects.count(), Intake.objects.get().state) == (70, "over")
    shown = browser.get(address)
    assert "<strong>3 of 70</strong>" in said(shown) and [row["number"] for row in shown.context["rows"]] == [
        *range(1, 61)
    ]
    last = browser.get(address, {"row": "61"})
    assert [row["number"] for row in last.context["rows"]] == [*range(61, 71)]
    assert "row=1" in said(last) and "Rows 61 to 70" in said(last)
    failed = browser.get(address, {"only": "failed"})
    assert [row["number"] for row in failed.context["rows"]] == [3]
    going_on = browser.get(address, {"only": "open", "row": "2"})
    assert [row["number"] for row in going_on.context["rows"]] == [*range(4, 64)]


def test_what_became_of_a_large_table_is_taken_away_by_its_rows(large):
    browser, address = large
    lines = list(csv.reader(io.StringIO(browser.get(f"{address}.csv").content.decode())))
    assert [line[0] for line in lines[1:]] == [str(number) for number in range(1, 71)]
    sent = b"".join(browser.get(f"{address}.zip"))
    assert zipfile.ZipFile(io.BytesIO(sent)).namelist() == ["01-fox-1-1.txt", "02-fox-2-1.txt"]


def test_what_was_not_done_of_a_table_is_looked_at_and_started_once_more(large, workflow):
    browser, address = large
    browser.post(f"{address}/stop")
    intakes.go_on(seconds=PATIENCE)
    assert set(Execution.objects.values_list("status", flat=True)) == {"COMPLETED", "CANCELLED"}
    shown = said(browser.get(address))
    again = f"/workflows/{workflow.pk}/table?again={address.rpartition('/')[2]}"
    assert "Retry 68 rows" in shown and again in shown
    page = browser.get(again)
    assert page.status_code == 200 and "Start 68 runs" in said(page) and Execution.objects.count() == 70
    assert page.context["text"].splitlines()[:2] == ["Prompt,Tone", "fox 3,warm"]
    seen = page.context["seen"]
    text = page.context["text"]
    assert post(browser, workflow, text=text, do="start", seen=seen).status_code == 303
    newest = Execution.objects.filter(run_index=0).latest("created_at")
    assert newest.inputs == {"ask": "fox 3", "tone": "warm"}


def test_rows_of_another_team_are_not_looked_at_again(large, signed_in, charlie, workflow):
    _, address = large
    again = f"/workflows/{workflow.pk}/table?again={address.rpartition('/')[2]}"
    assert signed_in(charlie).get(again).status_code == 404


def test_what_speaks_against_a_run_is_said_with_its_row_and_column_before_anything_starts(
    signed_in, alice, tmp_path
):
    nodes = [called("Photo", "photo", "input:image"), node("small", "utility:image_resize"), preview()]
    workflow = make_workflow(alice, nodes, "photo.image small.image", "small.image out.value")
    picture, clip = make_asset(alice, tmp_path), make_asset(alice, tmp_path)
    Asset.objects.filter(pk=clip.pk).update(content_type="video/mp4")
    before = everything_stored()
    addresses = [one.as_value()["url"] for one in (picture, clip)]
    page = post(signed_in(alice), workflow, text="Photo\n" + "\n".join(addresses))
    assert page.status_code == 400 and page.context["problems"] == [
        "Row 2, “Photo”: “Photo” takes png, jpeg, webp, gif, avif, but the file is video/mp4."
    ]
    assert everything_stored() == before


def test_what_is_wrong_with_the_workflow_is_said_once(signed_in, alice, workflow):
    Workflow.objects.filter(pk=workflow.pk).update(is_active=False)
    page = post(signed_in(alice), workflow, text=LARGE)
    page = post(signed_in(alice), workflow, text=LARGE, do="start", seen=page.context["seen"])
    assert page.context["problems"] == ["Workflow is not active"]


def test_a_large_workflow_takes_fewer_rows(signed_in, alice):
    nodes = [called("Prompt", "ask", "input:text"), *(llm(f"make{n}") for n in range(49))]
    workflow = make_workflow(alice, nodes, *(f"ask.prompt make{n}.prompt" for n in range(49)))
    page = post(signed_in(alice), workflow, text="Prompt\n" + "a\n" * 201)
    assert page.context["problems"] == [
        "The table has 201 rows and the workflow 50 nodes. Of this workflow 200 rows can run at once. "
        "Send the others after them."
    ]
