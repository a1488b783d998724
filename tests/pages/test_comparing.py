"""The page that holds executions against each other."""

from __future__ import annotations

from uuid import uuid4

import pytest

from executions.models import GUEST, Execution
from tests.executions.boards import preview, text
from tests.executions.runs import Hand, prompt, start
from tests.factories import make_member, team_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def ended(person, words: str) -> Execution:
    return Hand().finish(start(person, *prompt(words)))


def address(*executions: Execution) -> str:
    return "/executions/compare?" + "&".join(f"run={one.pk}" for one in executions)


def test_the_page_names_the_node_where_it_began_and_the_words_that_changed(browser, alice):
    page = browser.get(address(ended(alice, "a red fox"), ended(alice, "a red hen")))
    assert page.context["cause"].node_id == "ask"
    said = page.content.decode()
    assert 'The first difference is <a href="#node-ask">' in said
    assert "a red <del>fox</del><ins>hen</ins>" in said


def test_an_execution_and_itself_under_another_name_do_not_differ(browser, alice):
    first = ended(alice, "a fox")
    again = ended(alice, "a fox")
    page = browser.get(address(first, again))
    assert [one["found"].node_id for one in page.context["differences"]] == []
    assert "Nothing differs." in page.content.decode()


def test_what_differs_is_shown_first_and_the_rest_is_folded(browser, alice):
    page = browser.get(address(ended(alice, "a red fox"), ended(alice, "a red hen")))
    assert [one["label"] for one in page.context["results"]] == ["Preview / Output"]
    assert page.context["same_results"] == [] and page.context["same_nodes"] == []
    said = page.content.decode()
    assert said.index('class="compare-result"') < said.index('id="differences-title"')
    assert "compare-same" not in said

    first, again = ended(alice, "a fox"), ended(alice, "a fox")
    page = browser.get(address(first, again))
    assert len(page.context["results"]) == 1 and page.context["same_results"] == []
    assert page.context["same_nodes"] == ["Text Input", "Gemini Text", "Preview / Output"]
    said = page.content.decode()
    assert said.index("compare-result") < said.index('id="differences-title"') < said.index("compare-same")
    assert 'title="a fox"' in said


def test_of_several_results_those_that_are_the_same_are_folded(browser, alice):
    runs = []
    for words in ("a red fox", "a red hen"):
        nodes = [text("ask", words), text("other", "as ever"), preview(), preview("still")]
        nodes[3]["data"]["label"] = "Still"
        runs.append(start(alice, nodes, "ask.prompt out.value", "other.prompt still.value"))
    shown = browser.get(address(*runs)).context
    assert len(shown["results"]) == len(shown["same_results"]) == 1
    assert shown["results"][0]["cells"][0]["items"][0]["text"] == "a red fox"
    assert shown["same_results"][0]["cells"][0]["items"][0]["text"] == "as ever"


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four_are_compared(browser, alice, count):
    made = [start(alice, *prompt(f"number {number}")) for number in range(count)]
    page = browser.get(address(*made))
    assert page.status_code == 400
    assert "Choose 2 to 4 executions to compare." in page.content.decode()


def test_what_one_may_not_see_cannot_be_compared(browser, alice, charlie):
    mine, hers, guest = (start(person, *prompt("a fox")) for person in (alice, charlie, alice))
    Execution.objects.filter(pk=guest.pk).update(trigger=GUEST)
    for other in (str(hers.pk), str(guest.pk), str(uuid4()), "nonsense"):
        assert browser.get(f"{address(mine)}&run={other}").status_code == 404


def test_whoever_may_see_the_runs_may_compare_them(browser, signed_in, client, alice):
    runs = [ended(alice, words) for words in ("a fox", "a hen")]
    viewer = make_member("vera", team_of(alice), role="viewer")
    assert signed_in(viewer).get(address(*runs)).status_code == 200
    client.logout()
    sent_away = client.get(address(*runs))
    assert (sent_away.status_code, sent_away["Location"].partition("?")[0]) == (302, "/sign-in")


def test_a_run_leads_to_the_one_before_it(browser, alice):
    first = ended(alice, "a fox")
    assert "/executions/compare" not in browser.get(f"/executions/{first.pk}").content.decode()
    browser.post(f"/executions/{first.pk}/again")
    second = Execution.objects.exclude(pk=first.pk).get()
    shown = browser.get(f"/executions/{second.pk}").content.decode()
    assert f"/executions/compare?run={first.pk}&amp;run={second.pk}" in shown
    assert browser.get(address(first, second)).status_code == 200
