"""The System page and the same as JSON: for operators alone, and it says what is there."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from executions.actions import Start, start_execution
from executions.engine import claims
from executions.models import Breaker, Execution, NodeRun, Submission
from operations import state
from telemetry import processes
from telemetry.models import Kind, Process
from tests.executions.runs import make_workflow, node_run, prompt, start
from tests.factories import bearer, make_user, team_of


@pytest.fixture(autouse=True)
def at_rest(settings):
    settings.PROVIDER_ACCESS = {}
    yield
    processes._me.kind = ""


def make_process(**fields: object) -> Process:
    now = timezone.now()
    facts = {"id": "p1", "kind": "worker", "host": "box", "pid": 7, "version": "1", "seen_at": now}
    return Process.objects.create(**{**facts, **fields})


def depths() -> dict[str, int]:
    return {queue.name: queue.depth for queue in state.queues()}


@pytest.mark.parametrize("path", ["/system", "/system?part=state", "/system.json"])
def test_there_is_no_such_page_for_anybody_but_an_operator(client, alice, signed_in, path):
    anybody = client.get(path)
    assert anybody.status_code == (401 if "json" in path else 302)
    answer = signed_in(alice).get(path)
    assert answer.status_code == 404
    assert b"Leases" not in answer.content
    if "json" in path:
        assert client.get(path, headers=bearer(alice)).status_code == 404


def test_a_key_of_an_operator_needs_the_scope(client, olga):
    answer = client.get("/system.json", headers=bearer(olga, scopes=["workflows:read"]))
    assert (answer.status_code, answer.json()["requiredScope"]) == (403, "executions:read")
    answer = client.get("/system.json", headers=bearer(olga, scopes=["executions:read"]))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_operator_sees_the_page_and_fetches_its_state_again(olga, signed_in):
    make_process(
        lines=[{"at": "2026-11-21T10:00:00+00:00", "level": "ERROR", "logger": "x", "message": "It <broke>"}]
    )
    page = signed_in(olga).get("/system")
    part = signed_in(olga).get("/system?part=state")
    assert (page.status_code, part.status_code) == (200, 200)
    assert "<html" in page.text
    assert "<html" not in part.text
    for text in (page.text, part.text):
        assert "It &lt;broke&gt;" in text
        assert "7 on box" in text
        assert "No node run is in anybody’s hands." in text


def test_only_an_operator_finds_the_page_in_the_menu(olga, alice, signed_in):
    assert 'href="/system"' in signed_in(olga).get("/usage").text
    assert 'href="/system"' not in signed_in(alice).get("/usage").text


def test_what_waits_is_counted_by_its_queue(alice):
    execution = start(alice, *prompt("a lighthouse"))
    old = timezone.now() - timedelta(minutes=3)
    NodeRun.objects.filter(pk=node_run(execution).pk).update(ready_at=old)
    empty = {"places": 0, "local": 0, "inputs": 0, "poll": 0, "retry": 0, "turns": 0}
    assert depths() == {"remote": 1, **empty}
    (remote,) = [queue for queue in state.queues() if queue.depth]
    assert 180 <= remote.age(timezone.now()) < 240
    waiting = {"status": "WAITING", "wait_for": "result", "due_at": old}
    NodeRun.objects.filter(pk=node_run(execution).pk).update(**waiting)
    assert depths()["poll"] == 1
    NodeRun.objects.filter(pk=node_run(execution).pk).update(wait_for="retry")
    assert (depths()["poll"], depths()["retry"]) == (0, 1)
    NodeRun.objects.filter(pk=node_run(execution).pk).update(due_at=timezone.now() + timedelta(hours=1))
    assert depths()["retry"] == 0  # its time has not come
    NodeRun.objects.filter(pk=node_run(execution).pk).update(status="READY", wait_for="place")
    assert depths() == {**empty, "remote": 0, "places": 1}
    Execution.objects.filter(pk=execution.pk).update(status="PENDING")
    assert depths()["turns"] == 1


def test_places_at_a_provider_are_shown_with_who_wants_them(alice, olga, signed_in, settings):
    settings.PROVIDER_CONCURRENCY = {"sandbox": 1}
    for _ in range(2):
        execution = start(alice, *prompt("a lighthouse"))
        claims.claim([node_run(execution).pk])
    [sandbox] = state.providers()
    assert (sandbox.places, sandbox.held, sandbox.waiting) == (1, 1, 1)
    page = signed_in(olga).get("/system").text
    assert "1 of 1" in page
    assert "1 waiting" in page


def test_a_lease_says_who_holds_it_and_whether_it_ran_out(alice):
    execution = start(alice, *prompt("a lighthouse"))
    row = node_run(execution)
    now = timezone.now()
    held = {"status": "RUNNING", "attempt": 2, "started_at": now, "lease_until": now + timedelta(seconds=20)}
    NodeRun.objects.filter(pk=row.pk).update(**held)
    make_process(carrying=1, node_runs=[row.pk])
    (lease,) = state.read_state().leases
    assert (lease.node_run_id, lease.attempt, lease.holder, lease.is_expired) == (
        row.pk, 2, "worker 7 on box", False,
    )  # fmt: skip
    assert state.count_leases() == (1, 0)
    NodeRun.objects.filter(pk=row.pk).update(lease_until=now - timedelta(seconds=1))
    assert state.count_leases() == (0, 1)
    assert state.read_state().leases[0].is_expired


def test_a_process_works_is_lost_or_has_stopped(db):
    now = timezone.now()
    make_process(id="p1")
    make_process(id="p2", seen_at=now - timedelta(seconds=31))
    make_process(id="p3", ended_at=now)
    assert {one.process.id: one.state for one in state.workers_of(now)} == {
        "p1": "working", "p2": "lost", "p3": "stopped",
    }  # fmt: skip


def test_a_provider_whose_last_calls_all_failed_is_failing(alice):
    execution = start(alice, *prompt("a lighthouse"))
    row = node_run(execution)
    (sandbox,) = state.providers()
    assert (sandbox.name, sandbox.state) == ("sandbox", "idle")

    def call(number: int, outcome: str) -> None:
        Submission.objects.create(
            node_run=row, number=number, provider="sandbox", idempotency_key=str(number), state=outcome
        )

    for number, outcome in enumerate(("done", "failed", "failed"), start=1):
        call(number, outcome)
    (sandbox,) = state.providers()
    assert (sandbox.state, sandbox.failures_in_a_row, sandbox.counts["done"]) == ("ok", 2, 1)
    call(4, "failed")
    (sandbox,) = state.providers()
    assert (sandbox.state, sandbox.failures_in_a_row) == ("failing", 3)


def test_a_provider_that_is_left_alone_says_until_when_and_why(olga, signed_in):
    until = timezone.now() + timedelta(seconds=30)
    Breaker.objects.create(
        provider="fal", open_until=until, reason="The key was refused.", code="auth_failed"
    )
    Breaker.objects.create(provider="gemini", faults=2)  # not yet enough
    fal, sandbox = state.providers()
    assert (fal.name, fal.state, fal.shut_until, fal.reason) == ("fal", "shut", until, "The key was refused.")
    assert sandbox.state == "idle"
    assert "The key was refused." in signed_in(olga).get("/system").text


def test_the_errors_of_all_processes_stand_together_newest_first(db):
    def line(second: int) -> dict[str, str]:
        return {"at": f"2026-11-21T10:00:{second:02}+00:00", "message": str(second)}

    make_process(id="p1", lines=[line(1), line(3)])
    make_process(id="p2", pid=8, kind="sweeper", lines=[line(2)])
    found = state.errors(state.workers_of(timezone.now()))
    assert [(one["message"], one["process"]) for one in found] == [
        ("3", "worker 7 on box"), ("2", "sweeper 8 on box"), ("1", "worker 7 on box"),
    ]  # fmt: skip


def test_a_process_tells_of_itself_and_of_its_end(db):
    processes.beat([4])  # it never began: a command, or a test
    assert Process.objects.count() == 0
    make_process(id="gone", kind="server", seen_at=timezone.now() - timedelta(days=2))
    make_process(id="killed", kind="server", seen_at=timezone.now() - timedelta(hours=1))
    processes.begin(Kind.SERVER)
    processes.beat()
    processes.beat([4, 5])
    me = Process.objects.exclude(pk="killed").get()
    assert (me.kind, me.carrying, me.node_runs, me.ended_at) == ("server", 2, [4, 5], None)
    assert Process.objects.get(pk="killed").ended_at is not None  # the folder has one server at a time
    processes.end()
    me.refresh_from_db()
    assert me.ended_at is not None
    assert (me.carrying, me.node_runs) == (0, [])


def test_a_health_check_asks_for_a_process_of_this_host(db, capsys):
    make_process(host="another", kind="sweeper")
    make_process(id="p2", host=socket.gethostname(), kind="sweeper", ended_at=timezone.now())
    with pytest.raises(CommandError, match="No sweeper works on"):
        call_command("is_alive", "sweeper")
    make_process(id="p3", host=socket.gethostname(), kind="sweeper")
    call_command("is_alive", "sweeper")
    assert capsys.readouterr().out == f"A sweeper works on {socket.gethostname()}.\n"


def test_the_json_has_what_the_page_has(client, olga, alice):
    start_execution(
        workflow=make_workflow(alice, *prompt("x")), team=team_of(alice), start=Start(), user=alice
    )
    body = client.get("/system.json", headers=bearer(olga)).json()
    assert set(body) == {
        "at", "version", "isWell", "parts", "executionsRunning", "queues", "brokerMessages", "leases",
        "processes", "providers", "media", "databaseBytes", "errors",
    }  # fmt: skip
    assert body["executionsRunning"] == 1
    assert {queue["name"]: queue["depth"] for queue in body["queues"]}["remote"] == 1
    assert [part["name"] for part in body["parts"]] == ["database", "channelLayer", "engine"]
    assert body["version"] == processes.our_version()


def test_it_asks_as_much_of_the_database_however_much_there_is(olga, client, django_assert_max_num_queries):
    headers = bearer(olga)
    client.get("/system.json", headers=headers)
    start(make_user("zoe"), *prompt("x"))
    with django_assert_max_num_queries(20):
        client.get("/system.json", headers=headers)
