"""One key, many calls at once, at two servers on PostgreSQL: one execution, one hold, one answer to the byte.

WIREFLOW_IDEMPOTENCY_KEYS=1000 tries as many keys as that, twenty calls each.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.graphs import fan_out
from tests.service.conftest import Cluster

pytestmark = pytest.mark.service

KEYS = int(os.environ.get("WIREFLOW_IDEMPOTENCY_KEYS", "40"))
AT_ONCE = 20
#: How many keys are tried beside each other, and how often a call is repeated that another one keeps waiting.
SIDE_BY_SIDE, TRIES = 3, 30
COUNTS = (
    "SELECT (SELECT count(*) FROM executions_execution) AS runs, (SELECT count(*) FROM credits_hold) AS holds,"
    " (SELECT count(*) FROM executions_idempotencykey) AS keys, (SELECT sum(held) FROM credits_wallet) AS held"
)


def graph(words: str) -> dict:
    """A text that a model is to work on: one credit is held for it."""
    nodes = [
        {"id": "text", "data": {"nodeType": "input:text", "params": {"prompt": words}}},
        {"id": "say", "data": {"nodeType": "llm:prompt_enhancer"}},
    ]
    wire = {"source": "text", "target": "say", "sourceHandle": "out-prompt", "targetHandle": "in-prompt"}
    return {"nodes": nodes, "edges": [wire]}


@dataclass(frozen=True)
class Said:
    """What may not differ between the answers to one key, and whether it was said again."""

    status: int
    body: bytes
    location: str
    is_again: bool


@dataclass
class Caller:
    """Calls at several servers in turn; 409 ``idempotency_in_progress`` is asked again, as it says."""

    clients: list[httpx.AsyncClient]
    path: str
    waited: int = 0

    async def call(self, number: int, server: int, words: str = "") -> Said:
        client = self.clients[server % len(self.clients)]
        body = graph(words or f"boat number {number}")
        for _ in range(TRIES):
            answer = await client.post(self.path, json=body, headers={"Idempotency-Key": f"order {number}"})
            if answer.status_code == 409 and answer.json()["code"] == "idempotency_in_progress":
                assert answer.headers["Retry-After"] == "1"
                self.waited += 1
                await asyncio.sleep(1)
                continue
            again = answer.headers.get("Idempotent-Replayed") == "true"
            return Said(answer.status_code, answer.content, answer.headers.get("Location", ""), again)
        raise AssertionError(f"order {number} was still being answered after {TRIES} tries")

    async def call_at_once(self, number: int) -> bytes:
        """One key from all sides; the one answer."""
        found = await asyncio.gather(*(self.call(number, one) for one in range(AT_ONCE)))
        assert len({(one.status, one.body, one.location) for one in found}) == 1, number
        assert [one.is_again for one in found].count(False) == 1, number
        assert found[0].status == 201, found[0]
        return found[0].body

    async def each(self, numbers: range) -> list[bytes]:
        places = asyncio.Semaphore(SIDE_BY_SIDE)

        async def one(number: int) -> bytes:
            async with places:
                return await self.call_at_once(number)

        return await asyncio.gather(*map(one, numbers))


def with_caller(cluster: Cluster, workflow: str, work):
    """What ``await work(caller)`` gives."""

    async def run():
        how: dict[str, Any] = {"headers": {"Authorization": f"Bearer {cluster.key}"}, "trust_env": False}
        # A line for each call: one that is kept may be closed by the server just as the next call goes out.
        how |= {"timeout": 60, "limits": httpx.Limits(max_keepalive_connections=0)}
        webs = [web for web in cluster.servers if web.is_alive]
        clients = [httpx.AsyncClient(base_url=f"{web.url}/api/v1", **how) for web in webs]
        try:
            return await work(Caller(clients, f"/workflows/{workflow}/execute"))
        finally:
            for client in clients:
                await client.aclose()

    return asyncio.run(run())


def test_many_keys_called_at_once_at_two_servers_start_one_run_each(cluster: Cluster):
    webs = cluster.webs(2)
    with webs[0].client(cluster.key) as client:
        made = client.post("/workflows", json={"name": "Boats", **fan_out()})
        workflow = made.json()["id"]
    began = time.monotonic()

    async def storm(caller: Caller) -> tuple[list[bytes], int]:
        return await caller.each(range(KEYS)), caller.waited

    answers, waited = with_caller(cluster, workflow, storm)
    print(f"{KEYS} keys × {AT_ONCE} calls in {time.monotonic() - began:.0f} s; {waited} were asked to wait")
    assert len({json.loads(body)["executionId"] for body in answers}) == KEYS
    [counts] = cluster.ask(COUNTS)
    assert counts == {"runs": KEYS, "holds": KEYS, "keys": KEYS, "held": KEYS}
    cluster.history.prove_ledger()

    async def another_body(caller: Caller) -> list[Said]:
        return await asyncio.gather(*(caller.call(number, number, "a train") for number in range(AT_ONCE)))

    refused = with_caller(cluster, workflow, another_body)
    codes = {(one.status, json.loads(one.body)["code"]) for one in refused}
    assert codes == {(409, "idempotency_key_conflict")}

    for web in webs:
        web.kill()
    cluster.webs(1)

    async def ask_again(caller: Caller) -> list[Said]:
        return [await caller.call(number, 0) for number in range(KEYS)]

    again = with_caller(cluster, workflow, ask_again)
    assert [one.body for one in again] == answers
    assert {(one.status, one.is_again) for one in again} == {(201, True)}
    assert cluster.ask(COUNTS) == [counts]


def test_a_delivery_that_comes_fifty_times_at_once_at_two_servers_starts_one_run(cluster: Cluster):
    webs = cluster.webs(2)
    nodes = [
        {"id": "hook", "data": {"nodeType": "input:webhook", "params": {"dedupe_by": "order.id"}}},
        {"id": "say", "data": {"nodeType": "llm:prompt_enhancer"}},
    ]
    wire = {"source": "hook", "target": "say", "sourceHandle": "out-payload", "targetHandle": "in-prompt"}
    with webs[0].client(cluster.key) as client:
        made = client.post("/workflows", json={"name": "Orders", "nodes": nodes, "edges": [wire]})
        workflow = made.json()["id"]
        opened = client.post(f"/workflows/{workflow}/webhook", json={"callsPerMinute": 600})
        name = opened.json()["data"]["webhookId"]

    async def deliver(order: int, times: int) -> list[httpx.Response]:
        how: dict[str, Any] = {"trust_env": False, "timeout": 60}
        async with httpx.AsyncClient(**how) as one, httpx.AsyncClient(**how) as other:
            calls = (
                (one, other)[turn % 2].post(
                    f"{webs[turn % 2].url}/api/v1/workflow/{name}/trigger",
                    json={"order": {"id": order}, "try": turn},
                )
                for turn in range(times)
            )
            return await asyncio.gather(*calls)

    answers = asyncio.run(deliver(17, 50))
    assert {answer.status_code for answer in answers} == {202}, {answer.text for answer in answers}
    assert len({answer.json()["executionId"] for answer in answers}) == 1
    [counts] = cluster.ask(COUNTS)
    assert counts == {"runs": 1, "holds": 1, "keys": 1, "held": 1}
    [another] = asyncio.run(deliver(18, 1))
    assert another.json()["executionId"] != answers[0].json()["executionId"]
    cluster.history.prove_ledger()
