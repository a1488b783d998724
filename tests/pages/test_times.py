"""Moments and amounts as pages write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from credits.actions import grant
from tests.executions.runs import Hand, prompt, start
from tests.factories import team_of
from workflows.templatetags.figures import exact, signed

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("to", "said"), [("second", "4 Mar 2026, 05:06:07 UTC"), ("minute", "4 Mar 2026, 05:06 UTC")]
)
def test_an_exact_moment_names_its_zone(to, said):
    assert exact(MOMENT, to) == f'<time datetime="{MOMENT.isoformat()}" data-exact="{to}">{said}</time>'
    assert exact(None) == ""


@pytest.mark.parametrize(("amount", "said"), [(12345, "+12\u202f345"), (-7, "\u22127"), (0, "")])
def test_a_change_has_a_true_sign(amount, said):
    assert signed(amount) == said


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_run_says_when_it_began_and_ended(signed_in, alice):
    run = start(alice, *prompt("a fox"))
    browser = signed_in(alice)

    def moments():
        return re.findall(
            r'<time datetime="([^"]*)" data-exact', browser.get(f"/executions/{run.pk}").content.decode()
        )

    assert moments() == [run.created_at.isoformat()]
    run = Hand().finish(run)
    assert run.ended_at is not None
    assert moments() == [run.created_at.isoformat(), run.ended_at.isoformat()]


@pytest.mark.django_db(transaction=True)
def test_the_columns_of_the_ledger_add_up_to_the_balances(signed_in, alice):
    grant(team=team_of(alice), amount=500, reason="gift")
    Hand().finish(start(alice, *prompt("a fox"), credits=0))
    Hand().finish(start(alice, *prompt("[block] a hen"), credits=0))
    start(alice, *prompt("a hare"), credits=0)
    page = signed_in(alice).get("/usage/ledger")
    lines, balance = page.context["lines"], page.context["balance"]
    assert {line.kind for line in lines} == {"grant", "hold", "settle", "release"}
    assert sum(line.free for line in lines) == balance.available
    assert sum(line.held for line in lines) == balance.held > 0
    said = page.content.decode()
    assert "\u22121</td>" in said and "+500</td>" in said and 'title="' in said
    assert len(re.findall(r"<time [^>]* data-relative>", said)) >= len(lines)
