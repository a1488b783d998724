"""One run per row of a pasted table: it is looked at, started once, and followed to its end."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from openpyxl import Workbook

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
from tests.triggers.pasted import LARGE, TABLE, called, post, said, workflow
from tests.workflows.graphs import node
from workflows.models import Workflow

__all__ = ["workflow"]


def test_all_values_are_combined_and_only_shown(signed_in, alice, workflow):
    browser = signed_in(alice)
    page = post(browser, workflow, text="Prompt\tHow many\na fox\t2\na bear\t3\n", do="combine")
    assert page.context["text"] == "Prompt\tHow many\na fox\t2\na fox\t3\na bear\t2\na bear\t3\n"
    assert len(page.context["rows"]) == 4
    assert not Execution.objects.exists()
    refused = post(browser, workflow, text='"', do="combine")
    assert (refused.status_code, Execution.objects.exists()) == (400, False)


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


def book_of(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def long_cell(length: int) -> bytes:
    """A workbook with a prompt of so many letters, more than a spreadsheet itself would save."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book_of(["Prompt"], ["mark"]))) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part).replace(b"mark", b"x" * length))
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ("Prompt\na fox\n".encode("utf-16"), 200, "a fox"),
        ("Prompt\nein Fr\xfchst\xfcck\n".encode("cp1252"), 200, "ein Frühstück"),
        (b"PK\x03\x04rest", 400, "This workbook cannot be read. Save its sheet as CSV"),
        (b"\xd0\xcf\x11\xe0rest", 400, "This workbook is of an older kind, or has a password."),
        (book_of(["Prompt", "How many"], ["ein Frühstück", 2]), 200, "ein Frühstück"),
        (
            book_of(["How many", "Prompt"], ["three", "a fox"]),
            400,
            "Row 1, “How many”: “three” is no number.",
        ),
        (book_of(["Prompt"], ["#N/A"]), 400, "The cell A2 of the first sheet says “#N/A”."),
        (book_of(), 400, "The first sheet of this workbook is empty."),
        (book_of(["Prompt"], ["x" * 30_000], *([["y" * 30_000]] * 40)), 400, "This workbook holds too much."),
        (long_cell(140_000), 400, "The cell A2 of the first sheet holds too long a text."),
        (book_of(["\ufeffPrompt", "How many"], ["a boat\r\nat\rsea", 2]), 200, "a boat\nat\nsea"),
        (book_of(["a,b,c", "d,e"], ["x", "y"]), 400, "There is no input “a,b,c”."),
        (b"Prompt\n\x00\n", 400, "This is no table."),
        (b"", 400, "The submitted file is empty."),
    ],
)
def test_a_file_of_a_spreadsheet_is_read(signed_in, alice, workflow, data, status, sentence):
    file = SimpleUploadedFile("table.csv", data)
    answer = signed_in(alice).post(f"/workflows/{workflow.pk}/table", {"file": file})
    assert (answer.status_code, sentence in said(answer)) == (status, True)


def test_a_workbook_is_refused_in_the_language_of_the_reader(signed_in, alice, workflow):
    file = SimpleUploadedFile("table.xlsx", book_of(["Prompt"], ["#N/A"]))
    answer = signed_in(alice).post(
        f"/workflows/{workflow.pk}/table", {"file": file}, headers={"Accept-Language": "de"}
    )
    assert "In der Zelle A2 des ersten Blatts steht „#N/A“." in said(answer)


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
