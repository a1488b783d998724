"""A cluster runs what one process runs: accepted at one server, done by any worker, watched at another server."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from socket import gethostname
from typing import Any, LiteralString

import httpx
import psycopg
import pytest
from celery import Celery

from tests.graphs import chain, fan_out
from tests.processes import PATIENCE, ROOT, Server, environment, free_port, manage
from tests.service.conftest import COMPOSE, Cluster

pytestmark = pytest.mark.service

AT_ONCE = 24


def test_two_people_at_two_servers_edit_one_workflow(whole: Cluster):
    here, there = whole.servers
    with here.client(whole.key) as client:
        workflow = whole.workflow(client)
        (first, *_) = client.get(f"/workflows/{workflow}").json()["nodes"]
    token = "t" * 32
    cookie = f"{whole.sign_in(here)}; csrftoken={token}"
    headers = {"Cookie": cookie, "X-CSRFToken": token}

    def edit(web: Server, key: str, number: int) -> str:
        path = {"path": ["position", key], "value": number}
        body = {
            "baseUpdatedAt": "2020-01-01T00:00:00Z",
            "opId": f"{key}{number}",
            "changes": {"nodes": {"changed": {first["id"]: [path]}}},
        }
        answer = httpx.patch(
            f"{web.url}/workflows/{workflow}/draft", json=body, headers=headers, timeout=PATIENCE
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["updatedAt"])

    path = f"/ws/workflows/{workflow}"
    with whole.watch(here, path, cookie) as one, whole.watch(there, path, cookie) as two:
        for line in (one, two):  # what is answered has joined
            line.send(json.dumps({"type": "since", "updatedAt": "2020-01-01T00:00:00Z"}))
            assert json.loads(line.recv(timeout=PATIENCE))["type"] == "workflow.saved"
        two.send(json.dumps({"type": "presence", "asks": True}))
        assert json.loads(one.recv(timeout=PATIENCE))["type"] == "workflow.presence"
        with ThreadPoolExecutor(2) as people:
            ways = [
                people.submit(edit, web, key, number)
                for number in range(101, 106)
                for web, key in ((here, "x"), (there, "y"))
            ]
            newest = max(way.result() for way in ways)
        logs: list[list[dict[str, Any]]] = [[], []]
        for log, line in zip(logs, (one, two), strict=True):
            while not log or log[-1]["updatedAt"] < newest:
                log += json.loads(line.recv(timeout=PATIENCE)).get("edits", [])
        logs = [list({edit["opId"]: edit for edit in log}.values()) for log in logs]  # news may come twice
    assert logs[0] == logs[1]
    assert sorted(edit["opId"] for edit in logs[0]) == sorted(
        f"{key}{n}" for n in range(101, 106) for key in "xy"
    )
    with there.client(whole.key) as client:
        (node, *_) = client.get(f"/workflows/{workflow}").json()["nodes"]
    lasts = {key: next(e for e in reversed(logs[0]) if e["opId"][0] == key)["opId"] for key in "xy"}
    assert {key: f"{key}{node['position'][key]}" for key in "xy"} == lasts


def test_a_run_goes_through_all_processes_and_its_events_reach_the_other_server(whole: Cluster):
    here, there = whole.servers
    with here.client(whole.key) as client:
        workflow = whole.workflow(client)
    cookie = whole.sign_in(here)

    with whole.watch(there, f"/ws/workflows/{workflow}", cookie) as news:
        started = whole.run(here, chain())
        assert started.status_code == 201, started.text
        execution = started.json()["executionId"]
        told = json.loads(news.recv(timeout=PATIENCE))
    assert told == {"type": "execution.started", "executionId": execution}

    kinds: list[str] = []
    with whole.watch(there, f"/ws/executions/{execution}", cookie) as events:
        snapshot = json.loads(events.recv(timeout=PATIENCE))
        opened_at = time.monotonic()
        seen = [snapshot["seq"]]
        while "execution.completed" not in kinds:
            frame = json.loads(events.recv(timeout=PATIENCE))
            if len(seen) == 1:
                # Without news from the workers the server would look at the rows only after five seconds.
                assert time.monotonic() - opened_at < 4.5
            seen += [event["seq"] for event in frame["events"]]
            kinds += [event["kind"] for event in frame["events"]]
    assert seen == list(range(seen[0], seen[-1] + 1))

    with there.client(whole.key) as client:
        polled = client.get(f"/workflows/executions/{execution}/poll").json()
        assert polled["status"] == "COMPLETED"
        picture = client.get(polled["finalOutput"]["url"])
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    whole.prove()


@pytest.mark.parametrize("service", ["web", "worker"])
def test_the_health_check_of_docker_compose_tells_who_is_there(service: str, whole: Cluster):
    kind, *words = COMPOSE["services"][service]["healthcheck"]["test"]
    check = words[0].replace("$$", "$") if kind == "CMD-SHELL" else shlex.join(words)

    def passes(*, port: int, worker: str) -> bool:
        here = check.replace("python", sys.executable, 1).replace(":8000/", f":{port}/")
        settings = {**whole.settings, "HOSTNAME": gethostname()}
        asked = subprocess.run(
            here.replace("celery@", f"{worker}@"),
            shell=True,
            cwd=ROOT,
            env=environment(whole.data, **settings),
            capture_output=True,
        )
        return asked.returncode == 0

    assert passes(port=whole.servers[0].port, worker="north")
    assert not passes(port=free_port(), worker="nobody")


def test_messages_that_come_many_times_make_nobody_claim_twice(whole: Cluster):
    started = whole.run(whole.servers[0], fan_out(12))
    assert started.status_code == 201, started.text
    ids = [row["id"] for row in whole.ask("SELECT id FROM executions_noderun ORDER BY id")]
    bell = Celery(broker=whole.redis.url)
    with bell.producer_or_acquire() as producer:
        while set(whole.history.statuses().values()) & {"PENDING", "RUNNING"}:
            ids = [row["id"] for row in whole.ask("SELECT id FROM executions_noderun ORDER BY id")]
            for name, queue in (("submit_node_runs", "remote"), ("poll_node_runs", "poll")):
                bell.send_task(f"executions.tasks.{name}", (ids,), queue=queue, producer=producer)

    work = whole.ask("SELECT attempt, tries FROM executions_noderun WHERE provider <> ''")
    assert len(work) >= 12
    assert {(row["attempt"], row["tries"]) for row in work} == {(1, 0)}
    whole.prove()


def test_runs_at_once_never_spend_more_than_there_is(whole: Cluster):
    here, there = whole.servers
    words = ["--email", "small@example.org", "--plan", "operator", "--credits", "1"]
    key = manage(whole.data, "create_api_key", *words, **whole.settings).stdout.strip()
    with here.client(key) as client:
        workflow = whole.workflow(client)
        price = client.post(f"/workflows/{workflow}/estimate", json=chain()).json()["data"][
            "estimatedCredits"
        ]
    words[-1] = str(
        5 * price + price - 2
    )  # with the first one: five runs, and one credit too few for a sixth
    assert manage(whole.data, "create_api_key", *words, **whole.settings).returncode == 0

    def run(number: int) -> tuple[int, dict[str, Any]]:
        answer = whole.run((here, there)[number % 2], chain(), key=key)
        return answer.status_code, answer.json()

    before = len(whole.accepted)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(run, range(AT_ONCE)))
    assert sorted(status for status, _ in answers) == [201] * 5 + [402] * (AT_ONCE - 5)
    assert len(whole.accepted) == before + 5
    refused = [body for status, body in answers if status == 402]
    assert {body["requiredCredits"] for body in refused} == {price}

    whole.wait_for_all()
    team = "SELECT team_id FROM workflows_workflow WHERE id = %s"
    (wallet,) = whole.ask(
        f"SELECT available, held, spent FROM credits_wallet WHERE team_id = ({team})", workflow
    )
    assert wallet == {"available": price - 1, "held": 0, "spent": 5 * price}
    (runs,) = whole.ask("SELECT count(*) FROM executions_execution WHERE workflow_id = %s", workflow)
    assert runs["count"] == 5
    whole.prove()


def test_calls_at_once_with_one_idempotency_key_make_one_run(whole: Cluster):
    before = len(whole.history.statuses())

    def run(number: int) -> tuple[int, bytes]:
        answer = whole.run(whole.servers[number % 2], chain(), idempotency="all at once")
        return answer.status_code, answer.content

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = set(pool.map(run, range(AT_ONCE)))
    bodies = {body for status, body in answers if status == 201}
    assert len(bodies) == 1
    waited = {(status, json.loads(body)["code"]) for status, body in answers if status != 201}
    assert waited <= {(409, "idempotency_in_progress")}
    assert len(whole.history.statuses()) == before + 1

    whole.wait_for_all()
    whole.prove()


@pytest.mark.parametrize(
    "deed", ["UPDATE credits_entry SET amount = amount + 1", "DELETE FROM credits_entry"]
)
def test_postgresql_refuses_to_change_or_delete_an_entry(deed: LiteralString, whole: Cluster):
    before = whole.ask("SELECT * FROM credits_entry ORDER BY id")
    assert before
    with pytest.raises(psycopg.errors.RestrictViolation, match="Entries are never changed or deleted"):
        whole.ask(deed)
    assert whole.ask("SELECT * FROM credits_entry ORDER BY id") == before
