"""The REST API under load: how many calls a second, how long each takes, and what it costs the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import uuid4

from bench.api_load import CONNECTIONS, Call, drive
from bench.api_sites import Place, cluster, embedded
from bench.figures import Figure, percentile
from bench.site import Json, edge, node, text_graph

TIMES = 1_000
WARM_UP = 200
EXECUTIONS = 300
REFUSALS = 5_000
#: More than the settings of a node may have.
LONG = "x" * 257 * 1024
#: 5,000 refusals must leave no more than this behind, in MB.
MOST_LEFT = 8.0
#: Least calls a second, and most milliseconds of the 95th percentile.
AIMS_PER_SECOND = {"poll": 500.0}
AIMS_P95 = {"list": 60.0, "execute": 80.0}
REFUSALS_PER_SECOND = 500.0

NOTE = (
    f"{CONNECTIONS} kept connections from one process on the same machine, each with the next request when it has its "
    f"answer; {TIMES} requests after {WARM_UP} to warm up, every status and body checked. Poll of an ended run of "
    "three nodes, list of 50 workflows, get of one with 100 nodes and 50 edges. CPU: user and system time of the web "
    "servers by the number of requests."
)
EXECUTE = (
    f"As above, {EXECUTIONS} times, for a saved graph of three nodes, one of them paid; the runs are carried out "
    "meanwhile, in the same process on SQLite and by a worker on PostgreSQL, and share the machine."
)
REFUSED = (
    f"As above, {REFUSALS} times: a wrong key, an execution that does not exist, a node's settings of 257 KB, a graph "
    "with an unknown node type. Memory: resident, after the refusals less before, when as many had warmed it up."
)


def measure_sqlite() -> list[Figure]:
    return _measure("SQLite", embedded, refusals=True)


def measure_postgresql() -> list[Figure]:
    return _measure("PostgreSQL", lambda: cluster(1), refusals=True)


def measure_two() -> list[Figure]:
    return _measure("PostgreSQL, two web", lambda: cluster(2), refusals=False)


def _measure(
    where: str, place: Callable[[], AbstractContextManager[Place]], *, refusals: bool
) -> list[Figure]:
    with place() as found:
        calls = _calls(found)
        figures = [
            one for name in ("poll", "list", "get") for one in _figures(where, name, found, calls[name])
        ]
        if refusals:
            figures += [
                one
                for name in ("401", "404", "413", "422")
                for one in _refusals(where, name, found, calls[name])
            ]
        return [*figures, *_figures(where, "execute", found, calls["execute"], EXECUTIONS, EXECUTE)]


def _figures(
    where: str, name: str, place: Place, call: Call, times: int = TIMES, note: str = NOTE
) -> list[Figure]:
    drive(place.ports, call, times=min(WARM_UP, times))
    before = place.cpu()
    load = drive(place.ports, call, times=times)
    cost = (place.cpu() - before) / times * 1000
    title = f"{where}: {name}"
    p50, p95, p99 = (percentile(load.seconds, share) * 1000 for share in (0.50, 0.95, 0.99))
    least = AIMS_PER_SECOND.get(name)
    return [
        Figure(title, times / load.took, "/s", least, at_least=True, note=note),
        Figure(f"{title}, p50", p50, "ms", note=note),
        Figure(f"{title}, p95", p95, "ms", AIMS_P95.get(name), note=note),
        Figure(f"{title}, p99", p99, "ms", note=note),
        Figure(f"{title}, CPU", cost, "ms", note=note),
    ]


def _refusals(where: str, name: str, place: Place, call: Call) -> list[Figure]:
    drive(place.ports, call, times=REFUSALS)
    held = place.memory()
    rate, _, _, _, cost = _figures(where, name, place, call, REFUSALS, REFUSED)
    left = place.memory() - held
    return [
        Figure(rate.name, rate.value, "/s", REFUSALS_PER_SECOND, at_least=True, note=REFUSED),
        cost,
        Figure(f"{where}: {name}, memory", left, "MB", MOST_LEFT, note=REFUSED),
    ]


def _calls(place: Place) -> dict[str, Call]:
    """Everything that is asked, of a team with 51 workflows and one run."""
    site = place.site
    caller = site.caller()
    workflow = site.make_workflow(text_graph())
    large = site.make_workflow(_large_graph())
    for _ in range(49):
        site.make_workflow(text_graph())
    execution = caller.ask("POST", f"/workflows/{workflow}/execute", {})["executionId"]
    caller.wait_for(execution)
    run, poll = f"/workflows/{workflow}/execute", f"/workflows/executions/{execution}/poll"
    bad = {"nodes": [node("say", "llm:no_such_model")], "edges": []}
    key = site.key
    return {
        "poll": Call(_request("GET", poll, key), 200, lambda body: b'"status":"COMPLETED"' in body),
        "list": Call(_request("GET", "/workflows?limit=50", key), 200, lambda body: _count(body) == 50),
        "get": Call(_request("GET", f"/workflows/{large}", key), 200, lambda body: body.count(b'"dims":') == 100),
        "execute": Call(_request("POST", run, key, {}), 201, lambda body: b'"executionId":"' in body),
        "401": _refusal("GET", poll, "sk-nobody", 401, "invalid_key"),
        "404": _refusal("GET", f"/workflows/executions/{uuid4()}/poll", key, 404, "not_found"),
        "413": _refusal("PATCH", f"/workflows/{workflow}/nodes/say", key, 413, "too_large", {"label": LONG}),
        "422": _refusal("POST", run, key, 422, "invalid_graph", bad),
    }  # fmt: skip


def _count(body: bytes) -> int:
    return body.count(b'"executionCount":')


def _refusal(method: str, path: str, key: str, status: int, code: str, content: Json | None = None) -> Call:
    wanted = f'"code":"{code}"'.encode()
    return Call(_request(method, path, key, content), status, lambda body: wanted in body)


def _request(method: str, path: str, key: str, content: Json | None = None) -> bytes:
    body = b"" if content is None else json.dumps(content).encode()
    head = [f"{method} /api/v1{path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"]
    if content is not None:
        head += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, "", ""]).encode() + body


def _large_graph() -> Json:
    """A hundred nodes: fifty texts, each into a model."""
    texts = [node(f"text-{number}", "input:text", prompt=f"boat number {number}") for number in range(50)]
    models = [node(f"say-{number}", "llm:prompt_enhancer") for number in range(50)]
    edges = [edge(f"text-{number}", "prompt", f"say-{number}", "prompt") for number in range(50)]
    return {"nodes": [*texts, *models], "edges": edges}
