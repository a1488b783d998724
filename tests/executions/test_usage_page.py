"""The page of the credits, asked as a browser asks."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from accounts.models import Team
from credits.actions import grant
from credits.models import Entry
from executions import usage_pages
from executions.models import GUEST, Execution
from executions.spending import FOREIGN, PERIODS, bars_of, period_of
from executions.usage_pages import cell
from tests.executions.runs import Hand, prompt, start
from tests.factories import team_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_a_new_team_reads_that_nothing_has_happened(browser):
    page = browser.get("/usage")
    assert page.status_code == 200
    assert page.context["credits"] | {"periodEnd": ""} == {
        "available": 0, "held": 0, "usedThisPeriod": 0, "periodEnd": "",
    }  # fmt: skip
    assert (page.context["lines"], page.context["workflows"], page.context["node_types"]) == ([], [], [])
    assert "No movements here" in page.content.decode()


def test_what_was_spent_is_told_by_day_by_workflow_and_by_node_type(browser, alice, charlie):
    done, blocked = (Hand().finish(start(alice, *prompt(words))) for words in ("x", "[block]"))
    Hand().finish(start(charlie, *prompt("hers")))
    page = browser.get("/usage")
    shown = page.context
    assert (shown["chart"].spent, shown["chart"].bars[-1].height) == (1, shown["chart"].height)
    assert len(shown["chart"].bars) == 30
    [workflow], [kind] = shown["workflows"], shown["node_types"]
    assert (workflow["share"].key, workflow["share"].name) == (done.workflow_id, "Words")
    assert (workflow["share"].credits, workflow["percent"]) == (1, "100.0")
    assert (kind["share"].credits, kind["share"].runs) == (1, 1)
    assert [(line.kind, line.execution_id) for line in shown["lines"]] == [
        ("release", str(blocked.pk)), ("hold", str(blocked.pk)), ("grant", ""),
        ("settle", str(done.pk)), ("hold", str(done.pk)), ("grant", ""),
    ]  # fmt: skip
    text = page.content.decode()
    assert f'href="/executions/{done.pk}"' in text
    assert 'class="chip sandbox"' in text
    assert 'style="' not in text
    assert "<style" not in text


def test_the_sums_are_those_of_the_entries_in_every_period(alice):
    Hand().finish(start(alice, *prompt("x")))
    spent = Entry.objects.filter(kind="settle").aggregate(sum=Sum("amount"))["sum"]
    at = datetime.now(UTC)
    assert {
        name: sum(bar.credits for bar in bars_of(team_of(alice), period_of(name, at=at))) for name in PERIODS
    } == {name: 0 if name == "last-month" else spent for name in PERIODS}


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
    address, seen = "/usage", []
    while address:
        page = browser.get(address, headers={"HX-Request": "true"})
        seen += [line.what for line in page.context["lines"]]
        after = page.context["next_id"]
        address = f"/usage?before={after}" if after else ""
    assert seen == [f"gift {number}" for number in (4, 3, 2, 1, 0)]
    assert page.templates[0].name == "executions/_entries.html"
    assert browser.get("/usage?kind=settle").context["lines"] == []
    assert len(browser.get("/usage?kind=nonsense&before=nonsense").context["lines"]) == 2


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


def test_how_another_teams_app_is_made_is_not_told(browser, alice):
    """A run of an app belongs to who pays for it; its nodes are the author's."""
    run = Hand().finish(start(alice, *prompt("x")))
    Execution.objects.filter(pk=run.pk).update(trigger=GUEST, workflow_name="Poster app")
    page = browser.get("/usage")
    [workflow], [kind] = page.context["workflows"], page.context["node_types"]
    assert (workflow["share"].key, workflow["share"].name) == ("", "Poster app")
    assert kind["share"].name == FOREIGN
    settled = page.context["lines"][0]
    assert (settled.what, settled.execution_id) == ("a run of the app", str(run.pk))
    assert {row["what"] for row in rows_of(browser.get("/usage.csv?kind=settle"))} == {"a run of the app"}


def test_a_team_whose_sandbox_is_free_reads_so(browser, alice):
    assert b"are free for this team" not in browser.get("/usage").content
    Team.objects.filter(pk=team_of(alice).pk).update(sandbox_free=True)
    assert b"are free for this team" in browser.get("/usage").content


def test_every_member_sees_the_page_and_strangers_sign_in(signed_in, client, vera):
    page = signed_in(vera).get("/usage")
    assert page.status_code == 200
    assert '<a class="credits" href="/usage"' in page.content.decode()
    for address in ("/usage", "/usage.csv"):
        assert client.get(address)["Location"] == f"/sign-in?next={address}"


def test_the_number_of_queries_does_not_grow_with_the_entries(browser, alice):
    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            browser.get("/usage")
        return len(counted)

    grant(team=team_of(alice), amount=1, reason="the first")
    queries()  # the first visit also reads what is kept afterwards
    before = queries()
    for number in range(30):
        grant(team=team_of(alice), amount=1, reason=f"gift {number}")
    assert queries() == before
