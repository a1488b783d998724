"""Whole runs through a real engine: its thread, its loop, SQLite and the sandbox."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from functools import cache
from shutil import rmtree
from threading import Event

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from assets import children
from assets.models import Asset
from assets.store import place_of
from executions import dispatch
from executions.actions import cancel_execution
from executions.engine import due, running
from executions.engine.loop import Engine
from executions.models import NodeRun, Submission, WaitFor
from providers.catalog import NodeType
from providers.local.pool import ChildPool, WorkerLost
from tests.executions.boards import LIST, collect, each, lines, llm, preview, text
from tests.executions.runs import end_of, node_run, prompt, start, statuses, until, wallet
from tests.executions.scripted import Scripted, done, serve_by, taken
from tests.processes import PATIENCE
from tests.workflows.graphs import node

pytestmark = pytest.mark.usefixtures("engine")


def test_a_chain_runs_from_its_text_to_its_end_and_is_paid_once(alice):
    execution = end_of(start(alice, *prompt("a lighthouse")))
    assert (execution.status, execution.error) == ("COMPLETED", "")
    assert statuses(execution) == {"ask": "COMPLETED", "make": "COMPLETED", "out": "COMPLETED"}
    assert wallet(alice) == (999, 0, 1)
    assert execution.credits_used == 1


def test_a_fan_out_makes_every_item_once(alice):
    nodes = [text("words", ",".join("abcdefgh")), lines(), each(), llm("make"), collect(), preview()]
    steps = (*LIST, "each.item make.prompt", "make.text all.item", "all.list out.value")
    execution = end_of(start(alice, nodes, *steps))
    assert execution.status == "COMPLETED"
    assert NodeRun.objects.filter(node_id="make", status="COMPLETED").count() == 8
    assert Submission.objects.filter(state="done", calls=1).count() == 8
    assert execution.credits_used == 8


def test_a_failure_ends_its_branch_and_the_other_one_is_kept_and_paid(alice):
    nodes = [text("a", "x"), text("b", "[block]"), llm("good"), llm("bad"), llm("then")]
    execution = end_of(
        start(alice, nodes, "a.prompt good.prompt", "b.prompt bad.prompt", "bad.text then.prompt")
    )
    assert (execution.status, execution.error_code) == ("FAILED", "content_blocked")
    assert statuses(execution) == {
        "a": "COMPLETED",
        "b": "COMPLETED",
        "good": "COMPLETED",
        "bad": "FAILED",
        "then": "PENDING",
    }
    assert wallet(alice) == (999, 0, 1)


def test_faults_that_pass_are_tried_again(alice):
    execution = end_of(start(alice, *prompt("[500x2] and [429x1] a boat")))
    assert execution.status == "COMPLETED"
    assert Submission.objects.get().calls == 3
    assert execution.credits_used == 1


def test_a_job_that_takes_a_while_is_polled(alice, monkeypatch):
    serve_by(Scripted(submits=[taken()], fetches=[taken(), done()]), monkeypatch)
    execution = end_of(start(alice, *prompt("a boat")))
    assert execution.status == "COMPLETED"
    kinds = list(execution.events.filter(node_run__node_id="make").values_list("kind", flat=True))
    assert kinds[:2] == ["node_run.running", "node_run.waiting"]
    assert kinds[-1] == "node_run.completed"


def test_a_poll_that_comes_due_while_the_last_one_cleans_up_is_made_all_the_same(alice, monkeypatch):
    def slowly(path, **how):
        time.sleep(0.1)  # five times as long as the pause between polls
        rmtree(path, **how)

    monkeypatch.setattr("executions.engine.polls.shutil.rmtree", slowly)
    serve_by(Scripted(submits=[taken()], fetches=[taken(), done()]), monkeypatch)
    assert end_of(start(alice, *prompt("a boat"))).status == "COMPLETED"


def test_a_step_that_never_ends_is_stopped_at_its_time(alice, monkeypatch):

    def slow():
        time.sleep(0.05)
        return done()

    provider = serve_by(Scripted(submits=[slow]), monkeypatch)
    monkeypatch.setattr(NodeType, "timeout", 0.01)
    execution = end_of(start(alice, *prompt("x")))
    assert (execution.status, execution.error_code) == ("FAILED", "timeout")
    assert execution.error == "Gemini Text: It took longer than 0.01 seconds."
    assert len(provider.keys) == 1
    assert wallet(alice) == (1000, 0, 0)


def test_a_fault_of_ours_fails_the_step_at_once_with_a_sentence(alice, monkeypatch):
    serve_by(Scripted(submits=[ZeroDivisionError("a bug")]), monkeypatch)
    execution = end_of(start(alice, *prompt("x")))
    assert (execution.status, execution.error_code) == ("FAILED", "internal_error")
    assert execution.error.startswith(
        "Gemini Text: A fault in this server broke the step off; its credits went"
    )
    assert wallet(alice) == (1000, 0, 0)


def test_a_fault_of_ours_while_a_job_is_asked_for_stops_the_job(alice, monkeypatch):
    provider = serve_by(Scripted(submits=[taken("job-9")], fetches=[ZeroDivisionError("a bug")]), monkeypatch)
    execution = end_of(start(alice, *prompt("x")))
    assert (execution.status, execution.error_code) == ("FAILED", "internal_error")
    until(lambda: Submission.objects.get().state == "failed")
    assert provider.stopped == ["job-9"]


def test_a_run_that_cannot_be_claimed_holds_up_no_other_and_can_be_stopped(alice, engine):
    """As when a newer server knows a node no more that an older one had begun with."""
    dispatch.connect(None)
    bad, good = start(alice, *prompt("bad")), start(alice, *prompt("good"))
    ids = [node_run(bad).pk, node_run(good).pk]
    NodeRun.objects.filter(pk=ids[0]).update(node_id="vanished")
    # The bad one first; the bell would ring for them in any order.
    engine.loop.call_soon_threadsafe(lambda: engine._spawn(engine._claim(ids)))
    assert end_of(good).status == "COMPLETED"
    assert cancel_execution(execution_id=bad.pk)
    assert end_of(bad).status == "CANCELLED"
    assert wallet(alice) == (1999, 0, 1)


def test_a_poll_or_a_try_that_cannot_be_taken_up_holds_up_no_other(alice, engine, monkeypatch):
    late = [taken(f"job-{number}", poll_after=3_000) for number in (1, 2)]
    provider = serve_by(Scripted(submits=late, fetches=[done("good")]), monkeypatch)
    bad, good = start(alice, *prompt("bad")), start(alice, *prompt("good"))
    for one in (bad, good):
        until(lambda one=one: node_run(one).wait_for == WaitFor.RESULT)
    ids = [node_run(bad).pk, node_run(good).pk]
    NodeRun.objects.filter(pk=ids[0]).update(node_id="vanished")
    NodeRun.objects.filter(pk__in=ids).update(due_at=timezone.now() - timedelta(seconds=1))
    wake = due.wake_retries

    def wake_others(node_run_ids):
        if ids[0] in node_run_ids:
            raise KeyError("vanished")
        return wake(node_run_ids)

    monkeypatch.setattr(due, "wake_retries", wake_others)
    engine.due(ids)
    assert end_of(good).status == "COMPLETED"
    assert (end_of(bad).status, end_of(bad).error_code) == ("FAILED", "internal_error")
    until(lambda: provider.stopped == ["job-1"])
    assert wallet(alice) == (1999, 0, 1)


def test_work_is_done_however_often_the_bell_rings(alice, engine):
    execution = start(alice, *prompt("x"))
    for _ in range(20):
        engine.ready([node_run(execution).pk])
        engine.due([node_run(execution).pk])
    assert end_of(execution).credits_used == 1
    assert Submission.objects.get().calls == 1


def test_an_engine_that_stops_leaves_its_work_to_the_next_one(alice, engine, monkeypatch):
    monkeypatch.setattr("executions.engine.loop.STOP_SECONDS", 0.01)
    begun, stopped = Event(), Event()

    def late():
        begun.set()
        stopped.wait(PATIENCE)
        return done("late")

    provider = serve_by(Scripted(submits=[late, done("next")]), monkeypatch)
    execution = start(alice, *prompt("x"))
    assert begun.wait(PATIENCE)
    engine.stop()
    stopped.set()
    assert (node_run(execution).status, node_run(execution).tries) == ("READY", 0)
    second = Engine(sweeps=False)
    second.start()
    second.ready([node_run(execution).pk])
    end_of(execution)
    second.stop()
    assert node_run(execution).output == {"text": "next"}
    assert len(set(provider.keys)) == 1
    assert wallet(alice) == (999, 0, 1)


def test_what_an_engine_begins_while_it_stops_ends_before_it(engine):
    ended = []

    async def poll():
        await asyncio.sleep(0.05)
        ended.append("poll")

    async def claim():
        await engine._stopping.wait()
        await asyncio.sleep(0.05)
        engine._spawn(poll())

    engine.loop.call_soon_threadsafe(lambda: engine._spawn(claim()))
    engine.stop()
    assert ended == ["poll"]


def test_an_engine_that_sweeps_takes_up_what_was_left(alice, engine):
    engine.stop()
    execution = start(alice, *prompt("x"))
    sweeping = Engine(sweeps=True)
    sweeping.start()
    assert end_of(execution).status == "COMPLETED"
    sweeping.stop()


def test_pictures_are_made_and_stored(alice, settings):
    nodes = [text("ask", "a boat"), node("make", "generate:nano_banana_2", resolution="1K"), preview()]
    execution = end_of(start(alice, nodes, "ask.prompt make.prompt", "make.images out.value"))
    assert execution.status == "COMPLETED"
    [picture] = node_run(execution).output["images"]
    asset = Asset.objects.get()
    assert (asset.id, asset.sandbox, picture["contentType"]) == (picture["assetId"], True, asset.content_type)
    assert default_storage.exists(place_of(asset.blob))
    until(lambda: not list(settings.SCRATCH_DIR.iterdir()))  # the run ends before its files are cleared away


def test_what_nothing_names_is_cleaned_by_an_engine_that_sweeps(alice, engine, monkeypatch):
    monkeypatch.setattr("executions.engine.loop.CLEAN_FIRST_SECONDS", 0)
    name = "a" * 26 + ".png"
    old = default_storage.path(default_storage.save(place_of(name), ContentFile(b"left behind")))
    os.utime(old, (0, 0))
    sweeping = Engine(sweeps=True)
    sweeping.start()
    until(lambda: not default_storage.exists(place_of(name)))
    sweeping.stop()


def test_stopping_the_engine_of_a_process_ends_its_children(db, monkeypatch):
    monkeypatch.setattr(children, "_pool", cache(lambda: ChildPool(1, 512)))
    pool = children.pool()
    running.engine()
    running.stop_engine()
    assert not running.is_running()
    with pytest.raises(WorkerLost, match="The server is stopping"):
        pool.call("local", {}, timeout=1)
    running.stop_engine()
