"""Places at providers: no more calls at once than there are, fair turns for teams, and none is ever lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team
from executions import dispatch, places
from executions.actions import cancel_execution
from executions.engine import claims, due
from executions.engine.sweeper import neglected, recover_lost, sweep
from executions.models import Execution, NodeRun
from executions.wire import node_run_object
from providers.base import Job
from providers.errors import JobFailed
from tests.executions.bells import Bell
from tests.executions.boards import llm, node, preview, text
from tests.executions.runs import Hand, age, end_of, node_run, prompt, prove, start, until
from tests.executions.scripted import Scripted, done, serve_by, taken
from tests.factories import team_of

FULL = "waiting for a free place at sandbox"


@pytest.fixture(autouse=True)
def one_place(settings):
    settings.PROVIDER_CONCURRENCY = {"sandbox": 1}


@pytest.fixture
def bell():
    made = Bell()
    dispatch.connect(made)
    yield made
    dispatch.connect(None)


def runs(user, count: int) -> list[Execution]:
    return [start(user, *prompt(f"number {n}")) for n in range(count)]


def claim(*executions: Execution) -> list[claims.Claim]:
    """One after the other, so that the first finds a place first."""
    return [made for one in executions for made in claims.claim([node_run(one).pk])]


def words(execution: Execution) -> tuple[str, str]:
    row = node_run(execution)
    return row.status, node_run_object(row)["statusWord"]


def test_who_finds_no_place_waits_and_says_where(alice, bell):
    first, second = runs(alice, 2)
    assert len(claim(first, second)) == 1
    assert (words(first), words(second)) == (("RUNNING", "running"), ("READY", FULL))
    assert second.events.filter(kind="node_run.ready").get().data["statusWord"] == FULL
    assert node_run(second).submissions.count() == 0
    assert claim(second) == []
    assert second.events.filter(kind="node_run.ready").count() == 1  # said once
    prove(second)


def test_the_page_of_a_run_says_its_place_in_the_line(alice, signed_in):
    first, second, third = runs(alice, 3)
    claim(first, second, third)
    browser = signed_in(alice)
    pages = [browser.get(f"/executions/{one.pk}").content.decode() for one in (first, second, third)]
    assert ["in line" in page for page in pages] == [False, True, True]
    assert [f"number {n} in line" in page for n, page in enumerate(pages[1:], 1)] == [True, True]
    assert places.lines() == {"sandbox": [node_run(second).pk, node_run(third).pk]}


def test_a_place_is_free_when_its_job_ends_and_who_waits_is_called(
    alice, bell, monkeypatch, django_capture_on_commit_callbacks
):
    first, second = runs(alice, 2)
    hand = Hand()
    serve_by(Scripted(submits=[taken(), done("2")], fetches=[done("1")]), monkeypatch)
    [held] = claim(first, second)
    hand.carry(held)
    assert node_run(first).status == "WAITING"
    assert places.next_in_line() == []  # the job goes on at the provider
    bell.heard["ready"].clear()
    with django_capture_on_commit_callbacks(execute=True):
        hand.poll(due.claim_polls([held.node_run_id])[0])
    assert bell.heard["ready"] == [node_run(second).pk]
    hand.finish(second)
    assert (Execution.objects.get(pk=first.pk).status, second.status) == ("COMPLETED", "COMPLETED")
    prove(second)


@pytest.mark.parametrize("end", ["fail", "retry", "cancel", "put back"])
def test_every_way_to_leave_a_provider_gives_the_place_back(
    end, alice, bell, monkeypatch, django_capture_on_commit_callbacks
):
    first, second = runs(alice, 2)
    [held] = claim(first, second)
    serve_by(Scripted(submits=[JobFailed("No.")]), monkeypatch)
    if end == "fail":
        age([node_run(first)], tries=2)
        held = claims.replace(held, tries=2)
    with django_capture_on_commit_callbacks(execute=True):
        if end == "cancel":
            assert cancel_execution(execution_id=first.pk)
        elif end == "put back":
            age([node_run(first)], lease_until=timezone.now() - timedelta(seconds=1))
            assert recover_lost() == 1
        else:
            Hand().carry(held)
    called = [node_run(first).pk] if end == "put back" else []
    assert bell.heard["ready"][-1 - len(called) :] == [*called, node_run(second).pk]
    [claimed] = claim(second)
    assert claimed.node_run_id == node_run(second).pk
    prove(second)


def test_a_place_whose_holder_died_is_free_when_the_lease_ends_and_the_sweeper_calls(alice, bell):
    first, second = runs(alice, 2)
    claim(first, second)
    assert (sweep().ready, bell.heard["ready"]) == (0, [])
    age([node_run(first)], lease_until=timezone.now() - timedelta(seconds=1))
    age([node_run(second)], ready_at=timezone.now() - timedelta(seconds=60))
    assert places.next_in_line() == [node_run(second).pk]
    assert neglected() == ([node_run(second).pk], [])
    assert sweep().lost == 1
    assert node_run(second).pk in bell.heard["ready"]


def test_a_result_that_nobody_asks_for_holds_no_place(alice, bell, monkeypatch):
    first, second = runs(alice, 2)
    serve_by(Scripted(submits=[taken()]), monkeypatch)
    [held] = claim(first, second)
    Hand().carry(held)
    age([node_run(first)], due_at=timezone.now() - timedelta(seconds=places.KEPT_SECONDS + 1))
    assert places.next_in_line() == [node_run(second).pk]


def test_a_team_with_much_to_do_does_not_keep_another_waiting(alice, charlie, settings, bell):
    many, [one] = runs(alice, 4), runs(charlie, 1)
    claim(*many)
    claim(one)
    assert words(one) == ("READY", FULL)
    settings.PROVIDER_CONCURRENCY = {"sandbox": 2}
    assert places.next_in_line() == [node_run(one).pk]
    [late] = runs(alice, 1)
    assert claim(late) == []  # who comes later goes behind
    assert [claimed.node_run_id for claimed in claim(one)] == [node_run(one).pk]
    settings.PROVIDER_CONCURRENCY = {"sandbox": 4}
    assert places.next_in_line() == [node_run(two).pk for two in many[1:3]]


def test_a_plan_allows_so_many_calls_at_once_wherever_they_go(alice, charlie, settings, bell):
    settings.PROVIDER_CONCURRENCY = {}
    Team.objects.filter(pk=team_of(alice).pk).update(plan="free")
    first = start(
        alice,
        [text("ask", "x"), *(llm(f"make{n}") for n in range(6)), preview()],
        *(f"ask.prompt make{n}.prompt" for n in range(6)),
        "make0.text out.value",
    )
    ids = list(first.node_runs.filter(node_type__startswith="llm").values_list("pk", flat=True))
    assert len(claims.claim(ids)) == 5
    waiting = first.node_runs.get(status="READY")
    assert node_run_object(waiting)["statusWord"] == (
        "waiting for a free place: as many calls as the plan allows are under way"
    )
    [other] = runs(charlie, 1)
    assert len(claim(other)) == 1  # another team has a plan of its own
    assert places.calls_of(team_of(alice)) == 5


def test_without_limits_no_place_is_looked_for(alice, settings, bell):
    settings.PROVIDER_CONCURRENCY = {}
    [first] = runs(alice, 1)
    with CaptureQueriesContext(connection) as asked:
        assert len(claim(first)) == 1
    assert [query["sql"] for query in asked if "COUNT" in query["sql"]] == []


class Counting(Scripted):
    """Remembers how many calls were under way at the same time."""

    def __init__(self, count: int) -> None:
        super().__init__(submits=[done(str(number)) for number in range(count)])
        self.now = self.most = 0

    async def submit(self, request) -> Job:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.01)
            return await super().submit(request)
        finally:
            self.now -= 1


def test_ten_items_share_two_places_to_the_end(engine, alice, monkeypatch, settings):
    settings.PROVIDER_CONCURRENCY = {"sandbox": 2}
    provider = serve_by(Counting(10), monkeypatch)
    nodes = [
        text("ask", "\n".join(f"boat {n}" for n in range(10))),
        node("split", "utility:text_split"),
        node("each", "utility:iterate", concurrency=10),
        llm("make"),
        node("all", "utility:collect"),
    ]
    steps = ("ask.prompt split.text", "split.items each.list", "each.item make.prompt", "make.text all.item")
    run = start(alice, nodes, *steps)
    assert end_of(run).status == "COMPLETED"
    assert (provider.most, len(provider.keys)) == (2, 10)
    until(lambda: not NodeRun.objects.filter(status="READY").exists())
