"""What the canvas shows beside itself: the last runs, what waits and runs in the team, other workflows, credits."""

from __future__ import annotations

import pytest

from accounts.models import Team
from credits.models import Entry
from executions.actions import Start, accept_executions
from executions.batches import ItemList
from executions.models import Execution
from tests.executions.runs import Hand, make_workflow, prompt, start
from tests.factories import actor_for, team_of
from workflows.models import Workflow
from workflows.template_actions import save_as_template

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(signed_in, alice):
    return signed_in(alice)


def asked(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_last_runs_of_a_workflow_say_what_the_history_says(browser, alice):
    run = Hand().finish(start(alice, *prompt("a red fox")))
    (told,) = asked(browser, f"/beside/runs/{run.workflow_id}")["runs"]
    assert (told["id"], told["word"], told["isOver"], told["place"]) == (str(run.pk), "done", True, None)
    assert (told["who"], told["credits"]) == (str(alice), run.credits_used)
    assert told["picture"] == ""  # it made a text
    assert asked(browser, "/beside/queue") == {"runs": [], "hasMore": False}


def test_words_are_those_of_the_language_that_the_page_speaks(browser, alice):
    run = Hand().finish(start(alice, *prompt("a fox")))
    browser.cookies["language"] = "de"
    (told,) = asked(browser, f"/beside/runs/{run.workflow_id}")["runs"]
    assert told["word"] == "fertig"


def test_what_waits_for_its_turn_is_told_its_place(browser, alice):
    Team.objects.filter(pk=team_of(alice).pk).update(plan="free")
    team = Team.objects.get(pk=team_of(alice).pk)
    workflow = make_workflow(alice, *prompt("x"))
    most = team.limits.concurrent_executions
    start_ = Start(lists=[ItemList("ask", [f"number {place}" for place in range(most + 3)])])
    accept_executions(workflow=workflow, team=team, start=start_)
    told = asked(browser, "/beside/queue")["runs"]
    assert [one["place"] for one in told] == [*[None] * most, 1, 2, 3]
    assert {one["word"] for one in told[most:]} == {"waiting"}
    # The newest stands first in the history; it is the last to go.
    assert asked(browser, f"/beside/runs/{workflow.pk}")["runs"][0]["place"] in (1, 2, 3)
    waits = Execution.objects.filter(status="PENDING").order_by("created_at", "run_index")
    assert [one["id"] for one in told[most:]] == [str(one.pk) for one in waits]


def test_nobody_is_told_of_another_team(signed_in, alice, charlie):
    run = Hand().finish(start(alice, *prompt("a fox")))
    stranger = signed_in(charlie)
    assert stranger.get(f"/beside/runs/{run.workflow_id}").status_code == 404
    assert asked(stranger, "/beside/workflows")["workflows"] == []
    assert [one for one in asked(stranger, "/beside/credits")["movements"] if one["executionId"]] == []


def test_workflows_stand_with_their_covers_and_are_found_by_name(browser, alice):
    run = Hand().finish(start(alice, *prompt("a red fox")))
    cover = {"url": "/media/a.png", "thumbnailUrl": "/media/a-small.webp", "contentType": "image/png"}
    Workflow.objects.filter(pk=run.workflow_id).update(name="Poster", cover=cover)
    make_workflow(alice, *prompt("x"))
    both = asked(browser, "/beside/workflows")["workflows"]
    assert len(both) == 2
    (poster,) = asked(browser, "/beside/workflows?q=post")["workflows"]
    assert (poster["id"], poster["cover"]) == (run.workflow_id, "/media/a-small.webp")
    assert asked(browser, "/beside/workflows?q=nothing+of+the+kind")["workflows"] == []


def test_the_teams_templates_stand_before_those_that_came_along(browser, alice):
    workflow = make_workflow(alice, *prompt("x"))
    mine = save_as_template(
        actor=actor_for(alice), workflow=workflow, name="Our poster", description="", category=""
    )
    told = asked(browser, "/beside/templates")["templates"]
    assert (told[0]["title"], told[0]["use"], told[0]["isOwn"]) == (
        "Our poster",
        f"/templates/team/{mine.pk}/use",
        True,
    )
    assert {one["isOwn"] for one in told[1:]} == {False}
    assert [one["title"] for one in asked(browser, "/beside/templates?q=our+poster")["templates"]] == [
        "Our poster"
    ]


def test_credits_tell_what_is_set_aside_and_the_last_movements(browser, alice):
    run = start(alice, *prompt("a fox"))
    told = asked(browser, "/beside/credits")
    assert told["held"] > 0
    assert told["movements"][0]["kind"] == "hold"
    assert told["movements"][0]["executionId"] == str(run.pk)
    Hand().finish(run)
    after = asked(browser, "/beside/credits")
    assert after["held"] == 0
    assert after["movements"][0]["kind"] in ("settle", "release")
    assert len(after["movements"]) <= 8
    assert Entry.objects.exists()
