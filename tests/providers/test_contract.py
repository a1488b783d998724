"""What every driver does, against its double, over a socket. What only one of them does stands in its own file."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from providers.base import JobState
from providers.drivers import DRIVERS, Checked
from providers.errors import (
    AuthFailed,
    BadOutput,
    ContentBlocked,
    JobFailed,
    NoOutput,
    NotTold,
    ProviderLost,
    RateLimited,
    ResultLost,
    ServerFault,
    UnknownOutcome,
)
from providers.keys import TEAM_PROVIDERS
from providers.results import LIMITS
from tests.doubles.every import DOUBLES
from tests.doubles.server import running
from tests.providers.contract import ROWS
from tests.providers.driving import (
    CATALOG,
    driver_for,
    follow,
    outcome,
    refused,
    request_for,
    submit,
)

#: The module of a row that is not named as its driver is.
WAYS = {"gemini clips": "interactions"}


def rows_with(*faults):
    """(driver, fault) for every fault its provider can have."""
    return [pytest.param(name, fault) for fault in faults for name, row in ROWS.items() if row.has(fault)]


def of(name):
    """The provider of a row."""
    return ROWS[name].double or name


def media_of(job):
    """What a job made, at the first output of its node type."""
    made = job.outputs[next(iter(job.outputs))]
    return made if isinstance(made, list) else [made]


def request_of(name, folder, words="a fox"):
    request = request_for(folder, ROWS[name].kind, {"prompt": words}, **ROWS[name].params)
    return replace(request, idempotency_key=f"key of {words}")


def began(name, double):
    """How many pieces of work the provider took on."""
    return len(double.jobs) if ROWS[name].queued else double.asked


def refusal_of(name, double, folder, fault, kind):
    """What a submit that meets the fault fails with, which must be of this class."""
    double.meet(fault)
    error = refused(driver_for(double), request_of(name, folder))
    assert type(error) is kind
    keeps_to_itself(error, double)
    return error


def keeps_to_itself(error, double):
    told = f"{error.message} {error.detail} {error!r}"
    assert double.key not in told and "127.0.0" not in told
    assert error.message.endswith(tuple(".:…)")) or "It said: " in error.message


def test_every_driver_has_its_double_and_its_row_and_is_named_in_the_catalog():
    assert {of(name) for name in ROWS} == set(DOUBLES) == set(DRIVERS) <= set(CATALOG.providers)


@pytest.mark.parametrize("name", ROWS)
def test_a_result_ends_in_a_file_of_ours(name, double_of, tmp_path):
    double, request = double_of(of(name)), request_of(name, tmp_path)
    driver = driver_for(double)
    job = submit(driver, request)
    assert (job.state is not JobState.DONE) == ROWS[name].queued
    done = follow(driver, job, request)
    media = media_of(done)[0]
    assert (media.kind, media.path.parent, began(name, double)) == (
        request.kind.outputs[0].type.lower(),
        tmp_path,
        1,
    )
    assert media.content_type == {"image": "image/png", "video": "video/mp4"}[media.kind]
    assert media.path.stat().st_size > 0
    assert done.ref == job.ref


@pytest.mark.parametrize("name", ROWS)
def test_two_pieces_of_work_have_two_names(name, double_of, tmp_path):
    double = double_of(of(name))
    driver = driver_for(double)
    requests = [request_of(name, tmp_path, one) for one in "ab"]
    jobs = [submit(driver, request) for request in requests]
    assert began(name, double) == 2
    assert len({job.ref for job in jobs}) == 2 or not ROWS[name].queued


@pytest.mark.parametrize(("name", "fault"), rows_with("429"))
def test_too_many_calls_and_how_long_to_wait(name, fault, double_of, tmp_path):
    assert refusal_of(name, double_of(of(name)), tmp_path, fault, RateLimited).retry_after == ROWS[name].waits


@pytest.mark.parametrize("name", ROWS)
def test_too_many_calls_and_no_word_how_long(name, double_of, tmp_path):
    double = double_of(of(name))
    assert refusal_of(name, double, tmp_path, "429 silent", RateLimited).retry_after is None
    assert not double.jobs


@pytest.mark.parametrize("name", ROWS)
def test_a_fault_of_the_server_may_have_begun_a_job_and_never_a_result(name, double_of, tmp_path):
    double = double_of(of(name))
    refusal_of(name, double, tmp_path, "500", UnknownOutcome if ROWS[name].queued else ServerFault)
    assert outcome(driver_for(double), request_of(name, tmp_path)).state is JobState.DONE


@pytest.mark.parametrize("name", ROWS)
def test_a_server_that_is_busy_began_nothing(name, double_of, tmp_path):
    double = double_of(of(name))
    refusal_of(name, double, tmp_path, "503", ServerFault)
    assert not double.jobs


@pytest.mark.parametrize("name", ROWS)
def test_a_line_that_breaks_after_the_request_leaves_the_outcome_unknown(name, double_of, tmp_path):
    double = double_of(of(name))
    refusal_of(name, double, tmp_path, "cut", UnknownOutcome)
    assert began(name, double) == 1


@pytest.mark.parametrize("name", ROWS)
def test_a_server_that_is_not_there_began_nothing(name, tmp_path):
    gone = DOUBLES[of(name)]()
    gone.close()
    error = refused(driver_for(gone), request_of(name, tmp_path))
    assert (type(error), "cannot be reached" in error.message) == (ServerFault, True)


@pytest.mark.parametrize("name", ROWS)
def test_a_wrong_key_is_refused_and_never_repeated(name, double_of, tmp_path):
    error = refused(
        driver_for(double_of(of(name)), key=double_of(of(name)).wrong_key), request_of(name, tmp_path)
    )
    assert type(error) is AuthFailed
    assert "wrong-key" not in f"{error.message} {error.detail} {error!r}"


@pytest.mark.parametrize(
    ("name", "fault"), rows_with("block", "empty", "crash", "lost", "poll 500", "garbage")
)
def test_work_that_comes_to_nothing_has_the_class_that_says_what_to_do(name, fault, double_of, tmp_path):
    double = double_of(of(name))
    double.meet(fault)
    error = outcome(driver_for(double), request_of(name, tmp_path))
    expected = {
        "block": ContentBlocked,
        "empty": NoOutput,
        "crash": JobFailed,
        "lost": ProviderLost,
        "poll 500": ServerFault,  # asked for again, not made again
        "garbage": ServerFault if ROWS[name].queued else BadOutput,
    }
    assert type(error) is expected[fault]
    assert began(name, double) == 1
    keeps_to_itself(error, double)


@pytest.mark.parametrize(("name", "fault"), rows_with("not found", "private", "elsewhere", "not a picture"))
def test_a_result_that_cannot_be_taken_over_is_lost(name, fault, double_of, tmp_path):
    double = double_of(of(name))
    double.meet(fault)
    error = outcome(driver_for(double), request_of(name, tmp_path))
    assert type(error) is (ResultLost if ROWS[name].links else BadOutput)
    keeps_to_itself(error, double)


@pytest.mark.parametrize("name", ROWS)
def test_a_result_that_is_too_large_is_not_taken_over(name, double_of, tmp_path, monkeypatch):
    monkeypatch.setitem(LIMITS, CATALOG[ROWS[name].kind].outputs[0].type, (100, 60.0))
    double = double_of(of(name))
    error = outcome(driver_for(double), request_of(name, tmp_path))
    assert type(error) is (ResultLost if ROWS[name].links else BadOutput)
    assert "is larger than" in error.message
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 100


@pytest.mark.parametrize("name", ROWS)
def test_an_answer_that_never_ends_is_given_up(name, double_of, tmp_path, monkeypatch):
    double = double_of(of(name))
    monkeypatch.setattr("providers.catalog.NodeType.timeout", 0.2)
    monkeypatch.setattr(f"providers.{WAYS.get(name, name)}.SUBMIT_SECONDS", 0.2, raising=False)
    double.meet("slow")
    error = refused(driver_for(double), request_of(name, tmp_path))
    assert error.code in ("timeout", "unknown_outcome")


@pytest.mark.parametrize(("name", "fault"), rows_with("odd status"))
def test_a_status_that_nobody_knows_is_one_that_goes_on(name, fault, double_of, tmp_path):
    double = double_of(of(name))
    double.meet(fault)
    assert outcome(driver_for(double), request_of(name, tmp_path)).state is JobState.DONE


@pytest.mark.parametrize("name", ROWS)
def test_another_process_goes_on_with_a_job_or_says_that_nothing_was_kept(name, double_of, tmp_path):
    double, request = double_of(of(name)), request_of(name, tmp_path)
    job = submit(driver_for(double), request)
    other = driver_for(double)
    if ROWS[name].queued:
        assert media_of(follow(other, job, request))
        assert began(name, double) == 1
    else:
        with pytest.raises(ProviderLost):
            asyncio.run(other.fetch(job.ref, request))


@pytest.mark.parametrize("name", ROWS)
def test_a_job_is_stopped_until_it_is_over(name, double_of, tmp_path):
    double, request = double_of(of(name)), request_of(name, tmp_path)
    if not ROWS[name].cancels:
        before = len(double.calls)
        assert asyncio.run(driver_for(double).cancel("anything")) is None
        assert len(double.calls) == before
        return
    driver = driver_for(double)
    queued, running, over = (submit(driver, request_of(name, tmp_path, one)) for one in "abc")
    while asyncio.run(driver.fetch(running.ref, request)).state is JobState.QUEUED:
        pass
    follow(driver, over, request)
    for ref in (queued.ref, running.ref, over.ref, queued.ref[:-1] + "9"):
        asyncio.run(driver.cancel(ref))
    assert [job.cancelled for job in double.jobs.values()] == [True, True, False]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if DRIVERS[of(name)].takes_keys])
def test_the_same_key_begins_one_job_only(name, double_of, tmp_path):
    double, request = double_of(of(name)), request_of(name, tmp_path)
    double.meet("cut")
    driver = driver_for(double)
    assert isinstance(refused(driver, request), UnknownOutcome)
    assert follow(driver, submit(driver, request), request).state is JobState.DONE
    assert len(double.jobs) == 1


def told(driver, headers, body):
    """The job that a message is about, the headers as the door hands them on."""
    return asyncio.run(driver.told({name.lower(): value for name, value in headers.items()}, body))


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.tells])
def test_a_message_of_the_provider_names_its_job_and_a_forged_or_old_one_nothing(name, double_of):
    double = double_of(of(name))
    driver = driver_for(double)
    headers, body = double.webhook("job-1")
    assert [told(driver, headers, body) for _ in range(2)] == ["job-1"] * 2  # it may come twice
    for forged in ((headers, body.replace(b"job-1", b"job-2")), ({}, body)):
        with pytest.raises(NotTold):
            told(driver, *forged)
    if ROWS[name].timed:
        with pytest.raises(NotTold):
            told(driver, *double.webhook("job-1", age=600))


@pytest.mark.parametrize("name", [name for name in DOUBLES if issubclass(DRIVERS[name], Checked)])
def test_a_key_is_tried_without_starting_work(name):
    with running(DOUBLES[name]()) as double:
        asyncio.run(driver_for(double).check())
        with pytest.raises(AuthFailed):
            asyncio.run(driver_for(double, key=double.wrong_key).check())
        assert (double.asked, double.jobs) == (0, {})
    with pytest.raises(ServerFault):
        asyncio.run(driver_for(double).check())


def test_every_key_of_a_team_can_be_tried():
    assert set(TEAM_PROVIDERS) == {name for name in DRIVERS if issubclass(DRIVERS[name], Checked)}
