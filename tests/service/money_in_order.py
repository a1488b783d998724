"""What changes money in several rows must take them in the order in which everybody else does.

Each test has somebody hold the first of two rows until what is tried waits for it, and then want the second: whoever
has taken the second by then and waits for the first is never let go. On SQLite whoever writes waits for all others, so
`test_rooms` runs these alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Team, User
from credits.limits import set_limit
from credits.models import Hold, SpendingCount, Wallet
from executions.actions import Start, start_execution
from executions.audit import faults
from executions.engine import claims, record
from executions.engine.results import Result, complete
from executions.models import Execution, NodeRun
from executions.places import Places
from providers.errors import ContentBlocked
from tests.executions.boards import collect, each, llm, text
from tests.executions.conftest import house
from tests.executions.runs import Hand, make_workflow, node_run, prompt, result_of
from tests.executions.scripted import Scripted, serve_by
from tests.factories import actor_for, team_of
from tests.other_hands import (
    started,
    tried_beside,
)
from tests.workflows.graphs import node
from workflows.models import Workflow

__all__ = ["house"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def without_keys(house, monkeypatch) -> None:
    serve_by(Scripted(takes_keys=False), monkeypatch)


FIRST = [text("ask", "x"), llm("first"), llm("make")]
FIRST_STEPS = ("ask.prompt first.prompt", "first.text make.prompt")
#: Where ``make`` fails, or makes what is no JSON, what was set aside for ``later`` goes back.
GIVING = [*FIRST, node("read", "utility:json_extract", path="x"), llm("later")]
GIVING_STEPS = (*FIRST_STEPS, "make.text read.json", "read.value later.prompt")
#: Where ``make`` fails, the list is what ``words`` made, and its item is set aside for.
GROWING = [*FIRST, llm("words"), node("merge", "logic:merge"), each(), llm("item"), collect()]
GROWING[2] = {**GROWING[2], "data": {**GROWING[2]["data"], "onError": "skip"}}
GROWING_STEPS = (
    *FIRST_STEPS, "ask.prompt words.prompt", "make.text merge.a", "words.text merge.b", "merge.value each.list",
    "each.item item.prompt", "item.text all.item",
)  # fmt: skip


def hold_count(count: SpendingCount) -> None:
    assert SpendingCount.objects.filter(pk=count.pk).update(used=F("used")) == 1


def hold_wallet(user: User) -> None:
    assert Wallet.objects.filter(team=team_of(user)).update(held=F("held")) == 1


def limited(user: User, kind: tuple[object, ...]) -> Workflow:
    """A workflow with a limit of its own."""
    made = make_workflow(user, *kind)
    name = f"workflow:{made.pk}"
    set_limit(actor=actor_for(user), subject=name, name="", period="day", credits=1000, is_hard=True)
    return made


def count_of(workflow: Workflow) -> SpendingCount:
    return SpendingCount.objects.get(limit__subject=f"workflow:{workflow.pk}")


def make(execution: Execution, **made: str) -> None:
    for node_id, words in made.items():
        [claim] = Hand().claim([node_run(execution, node_id)])
        complete([result_of(claim, words)])


def lose(*executions: Execution) -> None:
    """Nobody knows what became of two calls for ``make``: taken up once more it fails."""
    for one in executions:
        for _ in range(2):
            [claim] = Hand().claim([node_run(one)])
            assert record.put_back(execution_id=one.pk, node_run_id=claim.node_run_id, attempt=claim.attempt)


def results_of(*executions: Execution, words: str) -> list[Result]:
    return [result_of(one, words) for one in Hand().claim([node_run(run) for run in executions])]


def taken_up(*executions: Execution) -> Callable[[], list[claims.Claim]]:
    ids = [node_run(one).pk for one in executions]
    return lambda: claims.claim(ids)


def two_giving(one: User, other: User) -> tuple[Execution, Execution, SpendingCount, SpendingCount]:
    """Two runs in the order in which they are locked, and their counts, which are in the opposite order."""
    first_counted, then_counted = (
        limited(one, (GIVING, *GIVING_STEPS)),
        limited(other, (GIVING, *GIVING_STEPS)),
    )
    started((one, first_counted))
    then, last = started((other, then_counted), (one, first_counted))
    low, high = count_of(first_counted), count_of(then_counted)
    assert low.pk < high.pk
    return then, last, low, high


def used() -> dict[int, int]:
    return dict(SpendingCount.objects.values_list("pk", "used"))


def test_results_of_several_runs_give_back_to_counts_in_their_order(alice):
    then, last, low, high = two_giving(alice, alice)
    for one in (then, last):
        make(one, first="a word")
    before = used()
    results = results_of(then, last, words="no JSON")
    tried_beside(
        lambda: complete(results), holds=lambda: hold_count(low), then_wants=lambda: hold_count(high)
    )
    assert used() == {low.pk: before[low.pk] - 1, high.pk: before[high.pk] - 1}
    assert faults() == []


@pytest.mark.parametrize("is_one_team", [True, False])
def test_what_fails_as_it_is_taken_up_gives_back_to_counts_in_their_order(alice, charlie, is_one_team):
    then, last, low, high = two_giving(alice, alice if is_one_team else charlie)
    for one in (then, last):
        make(one, first="a word")
    lose(then, last)
    before = used()
    claimed = tried_beside(
        taken_up(then, last), holds=lambda: hold_count(low), then_wants=lambda: hold_count(high)
    )
    assert claimed == []
    assert used() == {low.pk: before[low.pk] - 2, high.pk: before[high.pk] - 2}
    assert faults() == []


def growing_and_giving(user: User) -> tuple[Execution, Execution, SpendingCount]:
    """A run that grows when it is taken up, one behind it that gives back, and the count of that."""
    grows, gives = limited(user, (GROWING, *GROWING_STEPS)), limited(user, (GIVING, *GIVING_STEPS))
    growing, giving = started((user, grows), (user, gives))
    make(growing, first="a word", words="a boat")
    make(giving, first="a word")
    lose(growing, giving)
    return growing, giving, count_of(gives)


@pytest.mark.parametrize("is_of_yesterday", [False, True])
def test_what_grows_takes_the_wallet_after_the_counts_of_those_that_fail_beside_it(alice, is_of_yesterday):
    growing, giving, count = growing_and_giving(alice)
    if is_of_yesterday:
        yesterday = timezone.now().date() - timedelta(days=1)
        SpendingCount.objects.update(starts_on=yesterday)
    before = used()
    claimed = tried_beside(
        taken_up(growing, giving), holds=lambda: hold_count(count), then_wants=lambda: hold_wallet(alice)
    )
    assert claimed == []
    assert used()[count.pk] == before[count.pk] - 2
    [item] = NodeRun.objects.filter(execution=growing, node_id="item")
    counted_in = SpendingCount.objects.get(pk=Hold.objects.get(reference=item.hold_reference).counts)
    assert (counted_in.pk in before) is not is_of_yesterday
    assert faults() == []


def test_places_are_asked_for_before_credits_go_back(alice, charlie):
    """One of them fails that needs no place, and one behind it needs one."""
    workflow = limited(alice, (GIVING, *GIVING_STEPS))
    failing, calling = started((alice, workflow), (charlie, make_workflow(charlie, *prompt("x"))))
    Team.objects.filter(pk=team_of(charlie).pk).update(plan="free")
    make(failing, first="a word")
    lose(failing)
    [claimed] = tried_beside(
        taken_up(failing, calling), holds=Places, then_wants=lambda: hold_count(count_of(workflow))
    )
    assert claimed.execution_id == calling.pk
    assert faults() == []


def test_a_step_that_fails_takes_the_wallet_after_a_limit_that_was_set_since(alice):
    workflow = limited(alice, (GROWING, *GROWING_STEPS))
    [execution] = started((alice, workflow))
    make(execution, first="a word", words="a boat")
    [claim] = Hand().claim([node_run(execution)])
    set_limit(actor=actor_for(alice), subject="team", name="", period="day", credits=1000, is_hard=True)
    start_execution(
        workflow=make_workflow(alice, *prompt("x")), team=team_of(alice), start=Start(), user=alice
    )
    since = SpendingCount.objects.get(limit__subject="team")
    error = ContentBlocked("No.")
    tried_beside(
        lambda: record.fail(node_run_id=claim.node_run_id, attempt=claim.attempt, error=error),
        holds=lambda: hold_count(since),
        then_wants=lambda: hold_wallet(alice),
    )
    assert node_run(execution, "item", "0").status == "READY"
    assert faults() == []


def test_wallets_of_teams_whose_lists_grow_together_are_taken_in_their_order(alice, charlie):
    of_alice, of_charlie = (make_workflow(one, GROWING, *GROWING_STEPS) for one in (alice, charlie))
    then, last = started((charlie, of_charlie), (alice, of_alice))
    for one in (then, last):
        make(one, first="a word", words="a boat")
    lose(then, last)
    assert team_of(alice).pk < team_of(charlie).pk
    tried_beside(
        taken_up(then, last), holds=lambda: hold_wallet(alice), then_wants=lambda: hold_wallet(charlie)
    )
    assert faults() == []
