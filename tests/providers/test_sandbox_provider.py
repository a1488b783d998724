"""The provider's four verbs and the journal beneath them."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from providers.base import JobState, Request
from providers.catalog import load_catalog
from providers.errors import (
    Cancelled,
    ContentBlocked,
    InvalidInput,
    ProviderLost,
    RateLimited,
    UnknownOutcome,
)
from providers.local.pool import ChildPool
from providers.sandbox import SandboxProvider, draw, submissions
from providers.sandbox.journal import KEPT_SECONDS, Entry, Journal

CATALOG = load_catalog()
ROOT = Path(__file__).resolve().parents[2]


class HerePool:
    """Draws in this process."""

    def __init__(self):
        self.calls = []

    def call(self, task, payload, *, timeout):
        self.calls.append((task, timeout))
        return draw.run(payload)


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "data" / "sandbox.sqlite3"


@pytest.fixture
def sandbox(journal):
    def make(latency="0", clock=None):
        provider = SandboxProvider(journal, HerePool(), latency, **({"clock": clock} if clock else {}))
        made.append(provider)
        return provider

    made = []
    yield make
    for provider in made:
        provider.close()


def request_for(tmp_path, prompt="A fox", key="key-1", name="llm:gemini"):
    kind = CATALOG[name]
    params = {param.id: param.default for param in kind.params}
    if "resolution" in params:
        params["resolution"] = "512"
    return Request(kind, {"prompt": prompt}, params, tmp_path / "scratch", idempotency_key=key)


def run(coroutine):
    return asyncio.run(coroutine)


def test_without_latency_a_text_is_there_at_once_and_no_child_was_asked(sandbox, journal, tmp_path):
    provider = sandbox()
    job = run(provider.submit(request_for(tmp_path)))
    assert job.state is JobState.DONE
    assert job.outputs["text"].startswith("A fox, ")
    assert provider._pool.calls == []
    assert submissions(journal) == [("key-1", 1, 1)]


def test_a_picture_is_drawn_by_the_pool(sandbox, tmp_path):
    provider = sandbox()
    job = run(provider.submit(request_for(tmp_path, name="generate:nano_banana_2")))
    assert [task for task, _ in provider._pool.calls] == ["sandbox"]
    assert job.outputs["images"][0].path.parent == tmp_path / "scratch"


def test_a_real_child_draws_the_same_bytes_and_passes_refusals_on(sandbox, journal, tmp_path):
    request = request_for(tmp_path, name="generate:nano_banana_2")
    here = run(sandbox().submit(request)).outputs["images"][0].path.read_bytes()
    pool = ChildPool(1)
    provider = SandboxProvider(journal, pool, "0")
    try:
        there = run(provider.fetch(run(provider.submit(request)).ref, request_for(tmp_path / "there")))
        assert there.outputs["images"][0].path.read_bytes() == here
        params = {**request.params, "size": "custom", "custom_size": "x"}
        wrong = Request(CATALOG["generate:gpt_image"], {"prompt": "a fox"}, params, tmp_path / "wrong")
        with pytest.raises(InvalidInput, match="custom_size"):
            run(provider.submit(wrong))
    finally:
        provider.close()
        pool.close()


def test_the_same_key_is_the_same_job_and_one_more_call(sandbox, journal, tmp_path):
    provider = sandbox("60")
    first = run(provider.submit(request_for(tmp_path)))
    again = run(provider.submit(request_for(tmp_path)))
    other = run(provider.submit(request_for(tmp_path, key="key-2")))
    assert first.ref == again.ref != other.ref
    assert submissions(journal) == [("key-1", 2, 1), ("key-2", 1, 1)]


def test_a_job_is_queued_then_running_then_done(sandbox, tmp_path):
    clock = Clock()
    provider = sandbox("10", clock)
    job = run(provider.submit(request_for(tmp_path)))
    assert (job.state, job.poll_after, dict(job.outputs)) == (JobState.QUEUED, 10.0, {})
    clock.now += 4
    job = run(provider.fetch(job.ref, request_for(tmp_path)))
    assert (job.state, job.progress, job.poll_after) == (JobState.RUNNING, 0.4, 6.0)
    clock.now += 6
    job = run(provider.fetch(job.ref, request_for(tmp_path)))
    assert (job.state, job.progress) == (JobState.DONE, 1.0)
    assert job.outputs == run(provider.fetch(job.ref, request_for(tmp_path))).outputs


def test_a_job_is_made_from_what_was_stored_by_another_process_of_the_sandbox(sandbox, tmp_path):
    clock = Clock()
    job = run(sandbox("10", clock).submit(request_for(tmp_path, name="generate:nano_banana_2")))
    clock.now += 10
    again = run(sandbox("10", clock).fetch(job.ref, request_for(tmp_path / "later")))
    assert again.outputs["images"][0].path == tmp_path / "later" / "scratch" / "images-1.png"


def test_an_unknown_job_is_lost(sandbox, tmp_path):
    with pytest.raises(ProviderLost):
        run(sandbox().fetch("sb_unknown", request_for(tmp_path)))


def test_a_cancelled_job_says_so_whoever_asks(sandbox, journal, tmp_path):
    provider = sandbox("60")
    job = run(provider.submit(request_for(tmp_path)))
    run(provider.cancel(job.ref))
    with pytest.raises(Cancelled):
        run(provider.fetch(job.ref, request_for(tmp_path)))
    with pytest.raises(Cancelled):
        run(provider.submit(request_for(tmp_path)))
    assert submissions(journal) == [("key-1", 2, 1)]


def test_a_finished_job_cannot_be_cancelled(sandbox, tmp_path):
    clock = Clock()
    provider = sandbox("5", clock)
    job = run(provider.submit(request_for(tmp_path)))
    clock.now += 5
    run(provider.cancel(job.ref))
    run(provider.cancel("sb_unknown"))
    assert run(provider.fetch(job.ref, request_for(tmp_path))).state is JobState.DONE


def test_a_refused_call_is_counted_and_starts_nothing(sandbox, journal, tmp_path):
    provider = sandbox()
    with pytest.raises(RateLimited) as refused:
        run(provider.submit(request_for(tmp_path, "a fox [429]")))
    assert refused.value.retry_after == 1.0
    with pytest.raises(ContentBlocked):
        run(provider.submit(request_for(tmp_path, "a fox [block]", key="key-2")))
    assert submissions(journal) == [("key-1", 1, 0), ("key-2", 1, 0)]


def test_a_call_refused_twice_is_taken_the_third_time(sandbox, journal, tmp_path):
    provider = sandbox()
    for _ in range(2):
        with pytest.raises(RateLimited):
            run(provider.submit(request_for(tmp_path, "a fox [429x2]")))
    assert run(provider.submit(request_for(tmp_path, "a fox [429x2]"))).state is JobState.DONE
    assert submissions(journal) == [("key-1", 3, 1)]


def test_a_timeout_to_order_never_gets_ready(sandbox, tmp_path):
    clock = Clock()
    provider = sandbox("0", clock)
    job = run(provider.submit(request_for(tmp_path, "a fox [timeout]")))
    assert job.state is JobState.QUEUED
    clock.now += 10**6
    assert run(provider.fetch(job.ref, request_for(tmp_path))).state is JobState.RUNNING
    run(provider.cancel(job.ref))
    with pytest.raises(Cancelled):
        run(provider.fetch(job.ref, request_for(tmp_path)))


def test_a_job_can_be_lost_to_order(sandbox, tmp_path):
    provider = sandbox()
    job = run(provider.submit(request_for(tmp_path, "a fox [lost]")))
    with pytest.raises(ProviderLost):
        run(provider.fetch(job.ref, request_for(tmp_path)))


def test_an_answer_can_be_dropped_to_order_and_the_key_finds_the_job(sandbox, journal, tmp_path):
    provider = sandbox()
    with pytest.raises(UnknownOutcome):
        run(provider.submit(request_for(tmp_path, "a fox [unknown]")))
    assert submissions(journal) == [("key-1", 1, 1)]
    assert run(provider.submit(request_for(tmp_path, "a fox [unknown]"))).state is JobState.DONE
    assert submissions(journal) == [("key-1", 2, 1)]


def test_calls_from_many_threads_are_all_counted_and_start_one_job(journal):
    book = Journal(journal)
    refs = set()

    def call(number):
        book.count_call("key", 1.0)
        refs.add(book.add("key", Entry(f"sb_{number}", "{}", 1.0, 1.0)).ref)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    book.close()
    assert len(refs) == 1
    assert submissions(journal) == [("key", 16, 1)]


def test_old_jobs_are_forgotten_when_the_journal_is_opened(journal):
    now = KEPT_SECONDS * 2
    book = Journal(journal)
    for key, age in (("old", KEPT_SECONDS + 1), ("new", KEPT_SECONDS - 1)):
        book.count_call(key, now - age)
        book.add(key, Entry(f"sb_{key}", "{}", now - age, now))
    book.close()
    assert Journal(journal).find("sb_old", now) is None
    assert submissions(journal) == [("new", 1, 1)]


def test_the_journal_survives_a_killed_process(journal):
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from providers.sandbox.journal import Entry, Journal
        book = Journal(Path(sys.argv[1]))
        number = 0
        while True:
            number += 1
            book.count_call(f"key-{number:05}", 1.0)
            book.add(f"key-{number:05}", Entry(f"sb_{number}", "{}", 1.0, 2.0))
            print(number, flush=True)
        """
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(journal)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    for line in child.stdout:
        if int(line) == 50:
            os.kill(child.pid, signal.SIGKILL)
            break
    said = [50, *(int(line) for line in child.stdout.read().splitlines() if line.isdigit())]
    child.wait()
    child.stdout.close()
    kept = {key: (calls, jobs) for key, calls, jobs in submissions(journal)}
    assert all(kept[f"key-{number:05}"] == (1, 1) for number in range(1, said[-1] + 1))
    book = Journal(journal)
    assert book.count_call("key-00001", 3.0) == 2
    assert book.find("sb_50", 3.0) == Entry("sb_50", "{}", 1.0, 2.0)
    book.close()
