"""Polls come when jobs of a route usually end, whatever was known of it at first."""

from __future__ import annotations

import random
from statistics import median

import pytest

from executions import polling
from executions.engine import due, durations
from executions.engine.sweeper import take_over_polls
from executions.models import NodeRun, RouteTime, Submission
from tests.executions.boards import llm, preview, text
from tests.executions.runs import Hand, node_run, start
from tests.executions.scripted import Scripted, done, serve_by, taken

SEED = 7


def simulate(usual: float, spread: float, first: float, jobs: int) -> tuple[list[float], list[int]]:
    """Jobs of a route one after the other: how late each was found, as a share of its duration, and by which poll."""
    dice = random.Random(SEED)
    known: list[float] = []
    late, polls = [], []
    for _ in range(jobs):
        duration = usual * dice.uniform(1 - spread, 1 + spread)
        at = polling.next_poll(0.0, known) or first
        at_work, count = 0.0, 1
        while at < duration:
            at_work = at
            at += polling.next_poll(at, known) or polling.next_poll_unknown(count)
            count += 1
        late.append((at - duration) / duration)
        polls.append(count)
        known = [*known, polling.duration_between(at_work, at, dice=dice)][-polling.KEPT :]
    return late, polls


@pytest.mark.parametrize("usual", [2.0, 15.0, 120.0])
@pytest.mark.parametrize("first", [0.5, 5.0])
def test_the_median_poll_finds_a_job_within_a_tenth_of_its_duration_with_three_polls(usual, first):
    late, polls = simulate(usual, 0.2, first, jobs=300)
    print(f"seed {SEED}: {median(late[60:]):.3f} late, {median(polls[60:])} polls")
    assert median(late[60:]) <= 0.1
    assert median(polls[60:]) <= 3
    assert sum(count <= 3 for count in polls[60:]) >= 0.85 * len(polls[60:])


@pytest.mark.parametrize(("usual", "spread"), [(4.0, 0.0), (20.0, 0.9)])
def test_routes_that_never_or_much_vary_are_not_asked_without_end(usual, spread):
    late, polls = simulate(usual, spread, 1.0, jobs=300)
    assert median(polls[60:]) <= 3
    assert max(polls[60:]) <= 12
    assert median(late[60:]) <= 0.35


def test_a_route_of_which_little_is_known_is_asked_ever_more_slowly():
    assert polling.next_poll(0.0, [1.0] * 4) is None
    assert [round(polling.next_poll_unknown(count), 3) for count in (0, 1, 2, 20)] == [0.5, 0.75, 1.125, 10.0]


def test_a_job_beyond_all_that_was_known_is_asked_for_ever_more_slowly_too():
    known = [float(n) for n in range(10, 20)]
    waits, elapsed = [], 19.0
    for _ in range(12):
        waits.append(polling.next_poll(elapsed, known) or 0.0)
        elapsed += waits[-1]
    assert waits == sorted(waits)
    assert waits[-1] == polling.MOST


def test_what_polls_found_out_is_kept_for_other_processes_and_the_next_start(alice, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[taken(), done()]), monkeypatch)
    run = start(
        alice, [text("ask", "x"), llm("make"), preview()], "ask.prompt make.prompt", "make.text out.value"
    )
    hand = Hand()
    hand.do(run)
    Submission.objects.update(sent_at="2026-01-01T00:00:00Z")
    monkeypatch.setattr("providers.catalog.NodeType.timeout", 1e9)
    for _ in range(2):
        [claim] = due.claim_polls([node_run(run).pk])
        hand.poll(claim)
    [seconds] = durations.of(claim.route)
    assert durations.has_news()
    durations.exchange()
    assert list(RouteTime.objects.values_list("route", "seconds")) == [("sandbox  llm:gemini", [seconds])]
    assert not durations.has_news()
    durations.forget()
    durations.load()
    assert durations.of(claim.route) == [seconds]


def test_a_poll_that_comes_late_teaches_when_it_was_due(alice, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[done()]), monkeypatch)
    run = start(
        alice, [text("ask", "x"), llm("make"), preview()], "ask.prompt make.prompt", "make.text out.value"
    )
    hand = Hand()
    hand.do(run)
    # It was due ten seconds after it was sent, and the server was away for months.
    Submission.objects.update(sent_at="2026-01-01T00:00:00Z")
    NodeRun.objects.filter(status="WAITING").update(due_at="2026-01-01T00:00:10Z")
    take_over_polls()
    [claim] = due.claim_polls([node_run(run).pk])
    hand.poll(claim)
    assert node_run(run).status == "COMPLETED"
    [seconds] = durations.of(claim.route)
    assert 8.0 <= seconds <= 10.0


def test_of_a_job_that_others_asked_for_before_nothing_is_learned():
    durations.found_done(1, "a route", 9.0, earlier=3)
    assert durations.of("a route") == []
    durations.found_done(2, "a route", 9.0, earlier=0)
    assert 7.2 <= durations.of("a route")[0] <= 9.0


def test_only_the_last_durations_count():
    for number in range(polling.KEPT + 5):
        durations.found_done(number, "a route", 100.0 + number, earlier=0)
    assert len(durations.of("a route")) == polling.KEPT
