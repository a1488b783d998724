"""Every driver's answers through the engine: one charge for one delivered result, whatever went wrong before."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from executions.engine import due
from executions.models import NodeRun, Submission
from executions.providers import provider_named
from providers.catalog import load_catalog
from providers.drivers import DRIVERS
from providers.http import Access
from tests.doubles.every import DOUBLES
from tests.doubles.server import running
from tests.executions.boards import node, preview, text
from tests.executions.runs import Hand, age, node_run, prove, start, wallet
from tests.providers.contract import ROWS


@pytest.fixture(params=ROWS)
def row(request):
    return request.param


@pytest.fixture
def double(row, settings, house):
    name = ROWS[row].double or row
    with running(DOUBLES[name]()) as double:
        settings.PROVIDER_ACCESS = {name: Access(double.base_url, double.key)}
        provider_named.cache_clear()
        yield double


def run(user, row):
    """Work on a run by hand until it is over: retries and polls come when they are due, without waiting."""
    kind = load_catalog()[ROWS[row].kind]
    nodes = [text("ask", "a fox"), node("make", kind.name, **ROWS[row].params), preview()]
    execution = start(user, nodes, "ask.prompt make.prompt", f"make.{kind.outputs[0].id} out.value")
    hand = Hand()
    hand.do(execution)
    for _ in range(12):
        if node_run(execution).is_over:
            break
        waiting = NodeRun.objects.filter(execution=execution, status="WAITING")
        age(waiting, due_at=Now())
        ids = list(waiting.values_list("pk", flat=True))
        due.wake_retries(ids)
        for claim in due.claim_polls(ids):
            hand.poll(claim)
        hand.do(execution)
    done = hand.finish(execution)
    prove(done)
    return done


def submissions(execution):
    rows = Submission.objects.filter(node_run__execution=execution).order_by("id")
    return list(rows.values_list("state", "duplicate_possible"))


def test_a_result_is_charged_once_and_a_block_never(row, double, alice):
    first = run(alice, row)
    assert (first.status, submissions(first)) == ("COMPLETED", [("done", False)])
    price = first.credits_used
    assert node_run(first).provider == double.name

    double.meet("500")
    again = run(alice, row)
    assert (again.status, again.credits_used) == ("COMPLETED", price)

    before = len(double.jobs)
    double.meet("cut")
    twice = run(alice, row)
    assert (twice.status, twice.credits_used) == ("COMPLETED", price)
    if DRIVERS[double.name].takes_keys:
        assert (submissions(twice), len(double.jobs) - before) == ([("done", False)], 1)
    else:
        assert submissions(twice) == [("unknown", False), ("done", True)]

    if ROWS[row].blocks:
        double.meet("block")
        blocked = run(alice, row)
        assert (blocked.status, node_run(blocked).error_code) == ("FAILED", "content_blocked")
        assert blocked.credits_used == 0
    available, held, spent = wallet(alice)
    assert (available + spent, held, spent) == ((4 if ROWS[row].blocks else 3) * 1000, 0, 3 * price)
