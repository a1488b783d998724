"""The page of the credits, asked as a browser asks."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team
from credits.actions import grant
from credits.models import Entry
from executions import usage_pages
from executions.actions import Start, start_execution
from executions.models import GUEST, Execution, Reuse
from executions.spending import PERIODS, Bar, period_of
from executions.usage_pages import cell
from history.tallies import FOREIGN
from history.usage import days_left, spending_for
from tests.executions.runs import Hand, prompt, start
from tests.factories import team_of
from workflows.models import Workflow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("7d", date(2024, 2, 24), date(2024, 3, 1)),
        ("month", date(2024, 3, 1), date(2024, 3, 1)),
        ("last-month", date(2024, 2, 1), date(2024, 2, 29)),
        ("year", date(2023, 4, 1), date(2024, 3, 1)),
        ("nonsense", date(2024, 2, 1), date(2024, 3, 1)),
    ],
)
def test_a_period_has_these_days(name, first, last):
    period = period_of(name, at=datetime(2024, 3, 1, 0, 5, tzinfo=UTC))
    assert (period.first, period.last) == (first, last)


def test_long_periods_are_drawn_by_the_month(browser):
    chart = browser.get("/usage?period=year").context["chart"]
    assert len(chart.bars) == 12
    assert len(browser.get("/usage?period=90d").context["chart"].bars) == 90


def test_entries_go_on_page_by_page_and_are_filtered_by_kind(browser, alice, monkeypatch):
    monkeypatch.setattr(usage_pages, "PAGE", 2)
    for number in range(5):
        grant(team=team_of(alice), amount=number + 1, reason=f"gift {number}")
    address, seen = "/usage/ledger", []
    while address:
        page = browser.get(address, headers={"HX-Request": "true"})
        seen += [line.what for line in page.context["lines"]]
        after = page.context["next_id"]
        address = f"/usage/ledger?before={after}" if after else ""
    assert seen == [f"gift {number}" for number in (4, 3, 2, 1, 0)]
    assert page.templates[0].name == "executions/_entries.html"
    assert browser.get("/usage/ledger?kind=settle").context["lines"] == []
    assert len(browser.get("/usage/ledger?kind=nonsense&before=nonsense").context["lines"]) == 2


def test_the_csv_holds_the_entries_and_no_formulas(browser, alice, charlie):
    Hand().finish(start(alice, *prompt("x")))
    grant(team=team_of(alice), amount=7, reason="=HYPERLINK(1)")
    grant(team=team_of(charlie), amount=9, reason="hers")
    answer = browser.get("/usage.csv?period=month")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="credits-')
    rows = rows_of(answer)
    assert [(row["kind"], row["credits"]) for row in rows] == [
        ("grant", "7"), ("settle", "1"), ("hold", "1"), ("grant", "1000"),
    ]  # fmt: skip
    assert rows[0]["what"] == "'=HYPERLINK(1)"
    assert (rows[1]["workflow"], rows[1]["sandbox"]) == ("Words", "yes")
    assert [row["kind"] for row in rows_of(browser.get("/usage.csv?kind=hold"))] == ["hold"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\rx"])
def test_no_cell_begins_a_formula(text):
    assert cell(text) == f"'{text}"


def test_a_team_whose_sandbox_is_free_reads_so(browser, alice):
    assert b"are free for this team" not in browser.get("/usage").content
    Team.objects.filter(pk=team_of(alice).pk).update(sandbox_free=True)
    assert b"are free for this team" in browser.get("/usage").content


def test_every_member_sees_the_page_and_strangers_sign_in(signed_in, client, vera):
    page = signed_in(vera).get("/usage")
    assert page.status_code == 200
    assert '<a class="credits" href="/usage"' in page.content.decode()
    for address in ("/usage", "/usage/ledger", "/usage/table.csv", "/usage.csv"):
        assert client.get(address)["Location"] == f"/sign-in?next={address}"


def test_the_number_of_queries_does_not_grow_with_the_entries(browser, alice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            browser.get("/usage/ledger")
        return len(counted)

    grant(team=team_of(alice), amount=1, reason="the first")
    queries()  # the first visit also reads what is kept afterwards
    before = queries()
    for number in range(30):
        grant(team=team_of(alice), amount=1, reason=f"gift {number}")
    assert queries() == before


def test_a_new_team_reads_that_nothing_has_happened(browser):
    page = browser.get("/usage")
    assert page.context["whole"].runs == page.context["chart"].spent == 0
    assert page.context["days_left"] is None
    assert "Nothing was spent in this time." in page.content.decode()
    assert "No movements here" in browser.get("/usage/ledger").content.decode()


def test_use_is_told_by_day_workflow_node_type_model_and_person(browser, alice, charlie):
    done, blocked = (Hand().finish(start(alice, *prompt(words))) for words in ("x", "[block]"))
    Hand().finish(start(charlie, *prompt("hers")))
    page = browser.get("/usage")
    shown = page.context
    assert (shown["chart"].spent, len(shown["chart"].bars), shown["chart"].bars[-1].height) == (1, 30, 120)
    whole = shown["whole"]
    assert (whole.runs, whole.failed, whole.credits, whole.failure_rate) == (2, 1, 1, 50.0)
    tables = {one["subject"]: [row["share"] for row in one["rows"]] for one in shown["tables"]}
    [workflow], [kind], [person] = tables["workflow"], tables["type"], tables["person"]
    assert (workflow.key, workflow.name, workflow.credits) == (done.workflow_id, "Words", 1)
    assert (kind.name, kind.runs, kind.failed) == ("Gemini Text", 2, 1)
    assert (person.key, person.name) == (str(alice.pk), "Alice")
    [model] = shown["models"]
    assert (model.key, model.runs, model.failure_rate, model.pictures) == ("llm:gemini", 2, 50.0, 0)
    assert model.p50 is not None
    assert f'href="/executions?workflow={done.workflow_id}"' in page.content.decode()
    assert blocked.status == "FAILED"
    ledger = browser.get("/usage/ledger")
    assert [(line.kind, line.execution_id) for line in ledger.context["lines"]][:2] == [
        ("release", str(blocked.pk)), ("hold", str(blocked.pk)),
    ]  # fmt: skip
    assert f'href="/executions/{done.pk}"' in ledger.content.decode()
    for text in (page.content.decode(), ledger.content.decode()):
        assert 'style="' not in text


def test_a_reused_result_is_no_call(browser, alice):
    first = Hand().finish(start(alice, *prompt("x")))
    again = start_execution(
        workflow=first.workflow, team=team_of(alice), start=Start(reuse=Reuse.ALL), user=alice
    )
    assert Hand().finish(again).credits_used == 0
    page = browser.get("/usage")
    [model] = page.context["models"]
    assert (model.runs, model.calls, model.cached, model.credits, model.saved) == (2, 1, 1, 1, 1)
    cells = re.findall(r'data-label="(Calls|Reused|Saved)" class="number">(\d+)</td>', page.content.decode())
    assert dict(cells) == {"Calls": "1", "Reused": "1", "Saved": "1"}
    assert "What was reused was no call" in page.content.decode()
    assert "2 node runs · 1 reused" in re.sub(r"\s+", " ", page.content.decode())


def test_the_sums_are_those_of_the_entries_in_every_period(browser, alice):
    for words in ("x", "y", "[block]"):
        Hand().finish(start(alice, *prompt(words)))
    spent = Entry.objects.filter(kind="settle").aggregate(sum=Sum("amount"))["sum"]
    for name in PERIODS:
        page = browser.get(f"/usage?period={name}").context
        assert page["whole"].credits == page["chart"].spent == (0 if name == "last-month" else spent)


def test_how_another_teams_app_is_made_is_not_told(browser, alice):
    """A run of an app belongs to who pays for it; its nodes are the author's."""
    run = start(alice, *prompt("x"))
    Execution.objects.filter(pk=run.pk).update(trigger=GUEST, workflow_name="Poster app")
    Hand().finish(run)
    page = browser.get("/usage")
    tables = {one["subject"]: [row["share"] for row in one["rows"]] for one in page.context["tables"]}
    [workflow], [kind] = tables["workflow"], tables["type"]
    assert (workflow.key, workflow.name) == ("", "Poster app")
    assert (kind.key, kind.name) == ("", FOREIGN)
    assert page.context["models"] == []
    settled = browser.get("/usage/ledger").context["lines"][0]
    assert (settled.what, settled.execution_id) == ("a run of the app", str(run.pk))
    assert {row["what"] for row in rows_of(browser.get("/usage.csv?kind=settle"))} == {"a run of the app"}


def test_the_table_of_use_holds_every_subject_and_no_formulas(browser, alice):
    run = Hand().finish(start(alice, *prompt("x")))
    Workflow.objects.filter(pk=run.workflow_id).update(name="=HYPERLINK(1)")
    rows = rows_of(browser.get("/usage/table.csv?period=7d"))
    assert [row["by"] for row in rows].count("day") == 7
    assert {(row["by"], row["name"], row["credits"]) for row in rows if row["by"] != "day"} >= {
        ("workflow", "'=HYPERLINK(1)", "1"), ("person", "Alice", "1"), ("type", "Gemini Text", "1"),
    }  # fmt: skip


def test_the_balance_lasts_as_long_as_the_pace_of_two_weeks_says():
    bars = [Bar(date(2026, 1, day), 10 if day > 5 else 1000) for day in range(1, 20)]
    assert days_left(100, bars, spending_for=timedelta(days=400)) == 10
    assert days_left(100, [Bar(date(2026, 1, 1), 0)], spending_for=timedelta(days=400)) is None


@pytest.mark.parametrize(
    ("days", "left"), [(0.02, None), (0.99, None), (1, 10), (2.5, 25), (14, 140), (100, 140)]
)
def test_days_before_a_team_spent_anything_slow_no_pace(days, left):
    bars = [Bar(date(2026, 1, day), 100 if day == 20 else 0) for day in range(1, 21)]
    assert days_left(1000, bars, spending_for=timedelta(days=days)) == left


def test_in_the_first_day_of_spending_nothing_is_foretold(browser, alice):
    Hand().finish(start(alice, *prompt("x")))
    page = browser.get("/usage")
    assert page.context["days_left"] is None
    assert "known after the first day of spending" in page.content.decode()
    later = timezone.now() + timedelta(days=2)
    assert timedelta(days=2) <= spending_for(team_of(alice), at=later) < timedelta(days=2, minutes=5)
