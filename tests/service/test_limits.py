"""Limits hold over several servers, whether Redis counts or the database stands in for it."""

from __future__ import annotations

import json
import time
from collections import Counter

import psycopg
import pytest
import redis

from tests.graphs import chain
from tests.processes import Server
from tests.service.conftest import Cluster
from tests.service.crowds import Line, at_once, statuses

pytestmark = pytest.mark.service


def on_plan(cluster: Cluster, plan: str) -> None:
    with psycopg.connect(cluster.database) as connection:
        connection.execute("UPDATE accounts_team SET plan = %s", [plan])


@pytest.fixture
def webs(cluster: Cluster) -> list[Server]:
    return cluster.webs(2)


@pytest.mark.parametrize("redis_is", ["there", "killed", "frozen"])
def test_of_two_hundred_calls_at_once_ten_pass(cluster: Cluster, webs: list[Server], redis_is: str):
    on_plan(cluster, "free")
    if redis_is == "killed":
        cluster.redis.kill()
    elif redis_is == "frozen":
        cluster.redis.freeze()
    answers = at_once(webs, cluster.key, 200, "GET", "/workflows")
    assert statuses(answers) == {200: 10, 429: 190}
    left = sorted(int(headers["X-RateLimit-Remaining"]) for status, headers, _ in answers if status == 200)
    assert left == list(range(10))
    for status, headers, body in answers:
        assert headers["X-RateLimit-Limit"] == "10"
        assert 0 < int(headers["X-RateLimit-Reset"]) - time.time() <= 61
        assert ("Retry-After" in headers) == (status == 429)
        if status == 429:
            assert 1 <= json.loads(body)["retryAfter"] == int(headers["Retry-After"]) <= 60
    stored = {
        row["used"] for row in cluster.ask("SELECT used FROM accounts_bucket WHERE name LIKE 'calls of%%'")
    }
    assert stored == (set() if redis_is == "there" else {10})


@pytest.mark.parametrize("redis_is", ["there", "killed"])
def test_of_two_hundred_starts_at_once_ten_are_accepted(cluster: Cluster, webs: list[Server], redis_is: str):
    with webs[0].client(cluster.key) as client:
        workflow = cluster.workflow(client)
    on_plan(cluster, "enterprise")
    if redis_is == "killed":
        cluster.redis.kill()
    answers = at_once(webs, cluster.key, 200, "POST", f"/workflows/{workflow}/execute", chain())
    assert statuses(answers) == {201: 10, 429: 190}
    assert {json.loads(body)["code"] for status, _, body in answers if status == 429} == {"rate_limited"}
    assert cluster.ask("SELECT count(*) AS n FROM executions_execution") == [{"n": 10}]
    assert cluster.ask("SELECT used FROM accounts_bucket WHERE name LIKE 'starts of%%'") == [{"used": 10}]


def test_ten_run_at_once_however_many_are_started(cluster: Cluster, webs: list[Server]):
    with webs[0].client(cluster.key) as client:
        workflow = cluster.workflow(client)
    on_plan(cluster, "enterprise")
    path = f"/workflows/{workflow}/execute"
    assert statuses(at_once(webs, cluster.key, 6, "POST", path, chain())) == {201: 6}
    with psycopg.connect(cluster.database) as connection:
        connection.execute(
            "DELETE FROM accounts_bucket"
        )  # a minute later; nothing has ended, for no worker runs
    answers = at_once(webs, cluster.key, 9, "POST", path, chain())
    assert statuses(answers) == {201: 4, 429: 5}
    refused = [(headers, json.loads(body)) for status, headers, body in answers if status == 429]
    assert {body["code"] for _, body in refused} == {"concurrency_limit_exceeded"}
    assert {headers["Retry-After"] for headers, _ in refused} == {"5"}
    assert cluster.ask("SELECT used FROM accounts_bucket WHERE name LIKE 'starts of%%'") == [{"used": 4}]


def test_counting_goes_on_when_redis_goes_and_when_it_is_back(cluster: Cluster, webs: list[Server]):
    on_plan(cluster, "free")
    lines = [Line(web, cluster.key) for web in webs]

    def ask_both(times: int) -> Counter[int]:
        return Counter(lines[number % 2].ask("GET", "/workflows")[0] for number in range(times))

    assert ask_both(12) == {200: 10, 429: 2}
    cluster.redis.kill()
    assert ask_both(12) == {200: 10, 429: 2}  # the database's bucket is a fresh one, and never no bucket
    cluster.redis.start()
    with redis.Redis(port=cluster.redis.port) as client:
        answers = [lines[0].ask("GET", "/workflows")[0]]
        until_counted = time.monotonic() + 20
        while not client.keys("wireflow:calls of team *"):
            assert time.monotonic() < until_counted
            time.sleep(0.2)
            answers.append(lines[0].ask("GET", "/workflows")[0])
    assert answers[:-1] == [429] * (len(answers) - 1)
    assert answers[-1] == 200


def test_refusals_before_django_tell_the_limits_of_the_key(cluster: Cluster, webs: list[Server]):
    on_plan(cluster, "starter")
    line = Line(webs[0], cluster.key)
    status, headers, _ = line.ask("POST", "/workflows", {"name": "x" * 5_000_000})
    assert (status, headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == (413, "20", "19")
    status, headers, _ = Line(webs[0], cluster.key).ask(
        "POST", "/workflows", {}, **{"Content-Encoding": "gzip"}
    )
    assert (status, headers["x-ratelimit-remaining"]) == (415, "18")
    status, headers, _ = Line(webs[1], "sk-none").ask("POST", "/workflows", {"name": "x" * 5_000_000})
    assert (status, headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == (413, "10", "9")
    assert headers["x-request-id"].startswith("req_")


# One answer per key


def test_a_call_whose_first_one_is_not_answered_yet_is_told_to_come_again(
    cluster: Cluster, webs: list[Server]
):
    line = Line(webs[0], cluster.key)
    with webs[0].client(cluster.key) as client:
        path = f"/workflows/{cluster.workflow(client)}/execute"
    headers = {"Idempotency-Key": "k"}
    with psycopg.connect(cluster.database) as first:
        first.execute(
            "INSERT INTO executions_idempotencykey"
            " (team_id, door, key, body_hash, status, body, location, expires_at)"
            " SELECT id, %s, 'k', '', 201, '{}', '', now() + interval '1 day' FROM accounts_team",
            [f"POST /api/v1{path}"],
        )
        began = time.monotonic()
        status, told, body = line.ask("POST", path, {}, **headers)
        assert 1.9 < time.monotonic() - began < 5
        assert (status, json.loads(body)["code"], told["Retry-After"]) == (
            409,
            "idempotency_in_progress",
            "1",
        )
        assert cluster.ask("SELECT count(*) AS n FROM executions_execution") == [{"n": 0}]
        first.rollback()
    assert line.ask("POST", path, {}, **headers)[0] == 201
