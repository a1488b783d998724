"""Which starts count against the plan, at every door: contract §4 and §7.2."""

from __future__ import annotations

import re

import pytest
from django.utils.html import strip_tags

from accounts.limits import use_of
from accounts.models import Bucket, Team
from executions.actions import cancel_execution
from executions.models import Execution, IdempotencyKey
from tests.accounts.buckets import calls, fill, on_plan, told
from tests.executions.boards import llm
from tests.executions.doors import Api, execute, refusal
from tests.executions.runs import everything_stored, make_workflow, prompt
from tests.factories import team_of
from workflows.models import Workflow


def used(user) -> dict[str, int]:
    """What the team has used; what was refused must not change it."""
    return {name: use.used for name, use in use_of(Team.objects.get(pk=team_of(user).pk)).items()}


def starts(user) -> str:
    return f"starts of team {team_of(user).pk}"


@pytest.fixture
def free(alice, workflow) -> Workflow:
    """A workflow of Alice, whose team is on the free plan."""
    on_plan(alice, "free")
    return workflow


def test_a_start_counts_as_an_execution_and_not_as_a_request(api, alice, free):
    answer = execute(api, free)
    assert (answer.status_code, told(answer)) == (201, (10, 10))
    assert used(alice) == {"calls": 0, "starts": 1, "day": 1}


def test_starts_go_on_when_the_requests_are_used_up(api, alice, free):
    fill(calls(alice), 10)
    assert api.get("/workflows").status_code == 429
    answer = execute(api, free)
    assert (answer.status_code, told(answer)) == (201, (10, 0))


def test_the_eleventh_start_of_a_minute_is_refused_and_leaves_nothing(api, alice, free):
    fill(starts(alice), 10)
    before = used(alice)
    answer = execute(api, free, **{"Idempotency-Key": "k"})
    wait = int(answer.headers["Retry-After"])
    assert (answer.status_code, 29 <= wait <= 30) == (429, True)
    assert answer.json() == {
        "error": "Too many workflow executions. Please try again later.",
        "code": "rate_limited",
        "type": "rate_limit_error",
        "retryAfter": wait,
    }
    assert told(answer) == (10, 0)
    assert refusal(api, free)[0] == 429
    assert used(alice) == before


def test_the_fifty_first_of_a_day_is_refused_until_midnight(api, alice, free):
    fill(f"day of team {team_of(alice).pk}", 50, seconds=7200)
    answer = execute(api, free)
    assert (answer.status_code, answer.json()["code"]) == (429, "daily_limit_exceeded")
    assert 7190 <= int(answer.headers["Retry-After"]) == answer.json()["retryAfter"] <= 7200
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("50", "0")
    assert used(alice) == {"calls": 0, "starts": 0, "day": 50}
    assert not Execution.objects.exists()


def test_ten_run_at_once_and_the_next_may_start_when_one_has_ended(api, alice, free):
    for _ in range(10):
        assert execute(api, free).status_code == 201
    Bucket.objects.filter(name=starts(alice)).delete()  # a minute later
    before = everything_stored()
    answer = execute(api, free)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    assert (answer.json()["code"], answer.json()["retryAfter"]) == ("concurrency_limit_exceeded", 5)
    assert told(answer) == (10, 0)
    assert everything_stored() == before
    assert used(alice) == {"calls": 0, "starts": 0, "day": 10}
    cancel_execution(execution_id=Execution.objects.first().pk)
    assert execute(api, free).status_code == 201


def test_a_batch_is_one_start_and_all_of_its_runs_count_for_the_day(api, alice, free):
    items = [{"nodeId": "ask", "items": [str(number) for number in range(12)]}]
    assert execute(api, free, {"iteratorConfigs": items}).status_code == 201
    assert used(alice) == {"calls": 0, "starts": 1, "day": 12}
    assert Execution.objects.filter(status="RUNNING").count() == 10
    assert Execution.objects.filter(status="PENDING").count() == 2


def test_an_unpaid_start_gives_its_place_back(api, alice):
    workflow = make_workflow(alice, *prompt("x"), credits=0)
    on_plan(alice, "free")
    assert execute(api, workflow).status_code == 402
    assert used(alice) == {"calls": 1, "starts": 0, "day": 0}


def test_a_start_that_starts_nothing_is_a_request(api, alice, free):
    wrong = {"nodes": [llm("a")], "edges": []}
    refused = [
        execute(api, free, wrong),
        execute(api, free, {"nodes": 1}),
        api.post("/workflows/cm0/execute"),
        api.get(f"/workflows/{free.pk}/execute"),
    ]
    assert [one.status_code for one in refused] == [422, 400, 404, 405]
    assert [told(one)[1] for one in refused] == [9, 8, 7, 6]
    fill(calls(alice), 10)
    for answer in (execute(api, free, wrong), api.post("/workflows/cm0/execute")):
        assert (answer.status_code, answer.json()["error"]) == (
            429,
            "Too many requests. Please try again later.",
        )
    assert used(alice) == {"calls": 10, "starts": 0, "day": 0}


def test_a_repeated_answer_is_a_request_and_no_execution(api, alice, free):
    first = execute(api, free, **{"Idempotency-Key": "k"})
    assert told(first) == (10, 10)
    fill(starts(alice), 10)  # a full minute does not stop it either
    again = execute(api, free, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.content, told(again)) == (201, first.content, (10, 9))
    assert used(alice) == {"calls": 1, "starts": 10, "day": 1}
    fill(calls(alice), 10)
    assert execute(api, free, **{"Idempotency-Key": "k"}).status_code == 429
    assert Execution.objects.count() == 1
    assert IdempotencyKey.objects.count() == 1


def test_a_refused_start_may_be_made_again_with_its_key(api, alice, free):
    fill(starts(alice), 10)
    assert execute(api, free, **{"Idempotency-Key": "k"}).status_code == 429
    assert not IdempotencyKey.objects.exists()
    fill(starts(alice), 9)
    answer = execute(api, free, **{"Idempotency-Key": "k"})
    assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False)


def test_the_graph_and_the_switch_are_looked_at_before_the_limits(api, alice, free):
    fill(starts(alice), 10)
    assert execute(api, free, {"nodes": [llm("a")], "edges": []}).status_code == 422
    Workflow.objects.update(is_active=False)
    assert execute(api, free).json()["error"] == "Workflow is not active"


def test_what_the_canvas_starts_counts_as_an_execution_and_its_drafts_as_nothing(signed_in, alice, free):
    browser = signed_in(alice)
    fill(starts(alice), 9)
    fill(calls(alice), 10)
    path = f"/api/v1/workflows/{free.pk}/execute"
    assert browser.post(path, "{}", content_type="application/json").status_code == 201
    answer = browser.post(path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    draft = browser.patch(f"/workflows/{free.pk}/draft", "{}", content_type="application/json")
    assert draft.status_code not in (404, 429)
    assert "X-RateLimit-Limit" not in draft.headers


def test_run_again_says_in_a_sentence_that_the_limit_is_reached(signed_in, api, alice, free):
    execute(api, free)
    fill(starts(alice), 10)
    page = signed_in(alice).post(f"/executions/{Execution.objects.get().pk}/again", follow=True)
    assert "Too many workflow executions. Please try again later." in page.content.decode()
    assert Execution.objects.count() == 1


def test_the_operator_starts_as_many_as_it_likes(api, alice, workflow):
    for _ in range(12):
        answer = execute(api, workflow)
        assert (answer.status_code, told(answer)) == (201, (1_000_000, 1_000_000))
    assert not Bucket.objects.exists()


def test_another_team_is_not_touched(client, api, alice, charlie, free):
    on_plan(charlie, "free")
    fill(starts(alice), 10)
    theirs = make_workflow(charlie, *prompt("z"))
    assert execute(Api(client, charlie), theirs).status_code == 201


def test_the_settings_tell_the_plan_and_what_is_used_of_it(signed_in, api, alice, free):
    items = [{"nodeId": "ask", "items": [str(number) for number in range(12)]}]
    assert execute(api, free, {"iteratorConfigs": items}).status_code == 201
    api.get("/workflows")
    page = " ".join(strip_tags(signed_in(alice).get("/settings?tab=team").content.decode()).split())
    for words in (
        "The Free plan allows",
        "API requests 1 this minute 10 a minute",
        "Executions started 1 this minute 10 a minute",
        "Executions in a day 12 today 50 a day",
        "10 running, 2 of batches waiting 10 at once",
    ):
        assert re.sub(r"\W+", "", words) in re.sub(r"\W+", "", page)


def test_the_settings_tell_the_operator_that_nothing_is_limited(signed_in, alice):
    page = signed_in(alice).get("/settings?tab=team").content.decode()
    assert "The Operator plan has no limits. 0 executions are running now." in page
