"""What an operator sees of a cluster: figures of every process, one trace of a run, who lives and who is gone."""

from __future__ import annotations

import sys
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from tests.graphs import chain
from tests.processes import Server, free_port, manage, serve, start, until
from tests.service.conftest import Cluster, command_of

pytestmark = pytest.mark.service

TOKEN = "a-token-of-the-tests-0123"


@contextmanager
def collector() -> Iterator[tuple[str, list[Any]]]:
    """An address for OTEL_EXPORTER_OTLP_ENDPOINT, and the spans that came in: (process, span)."""
    spans: list[Any] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                names = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    spans.extend((names["wireflow.process"], span) for span in scope.spans)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        server.server_close()


def figures(address: str) -> Counter[tuple[str, str]]:
    """(name, the values of its labels) → value"""
    answer = httpx.get(address, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    found: Counter[tuple[str, str]] = Counter()
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            if sample.name.startswith("wireflow_"):
                found[sample.name, ",".join(sample.labels.values())] = sample.value
    return found


def test_figures_traces_and_processes_of_a_cluster(cluster: Cluster):
    with collector() as (endpoint, spans):
        ports = [free_port() for _ in range(4)]
        watched = [
            {
                "WIREFLOW_METRICS_TOKEN": TOKEN, "WIREFLOW_METRICS_LISTEN": f"127.0.0.1:{port}",
                "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200",
                "WIREFLOW_LOG_FORMAT": "json",
            }
            for port in ports
        ]  # fmt: skip
        # As people start them: everywhere else tests start processes that have the libraries loaded.
        afresh = partial(start, data=cluster.data, fresh=True, **cluster.settings)
        webs = [serve(cluster.data, wait=False, fresh=True, **cluster.settings, **one) for one in watched[:2]]
        cluster.processes += webs
        for web in webs:
            web.wait_until_ready()
        celery = [sys.executable, "-m", "celery", "-A", "wireflow_ui", "worker", "--loglevel", "INFO"]
        worker = afresh("worker", celery, **watched[2])
        sweeper = afresh("sweeper", command_of("sweeper"), **watched[3])
        cluster.processes += [worker, sweeper]
        until(lambda: "ready." in worker.output or not worker.is_alive, sentence="no worker")

        execution = cluster.run(webs[0], chain()).json()["executionId"]
        assert cluster.run(webs[1], chain()).status_code == 201
        cluster.wait_for_all()
        told = until(lambda: _spans_of(execution, spans), sentence="the trace did not come in whole")

        # One trace: what the web server took, others carried and called. (A sweeper does what nobody takes.)
        assert told["accept"] == {"web"}
        assert told["execution"] | told["sandbox submit"] <= {"worker", "sweeper"}

        # Each process counts for itself, and together they tell what happened.
        addresses = [f"http://127.0.0.1:{port}/metrics" for port in ports]
        accepted = [figures(one)["wireflow_executions_accepted_total", "api"] for one in addresses]
        assert accepted == [1, 1, 0, 0]
        until(
            lambda: (
                sum(figures(one)["wireflow_executions_ended_total", "COMPLETED"] for one in addresses) == 2
            ),
            sentence="the ends of two runs were not counted",
        )
        until(
            lambda: figures(addresses[3])["wireflow_sweeps_total", ""],
            sentence="no sweep was counted",
        )
        found = figures(f"{webs[0].url}/metrics")
        assert found["wireflow_queue_depth", "remote"] == 0
        assert found["wireflow_database_up", ""] == 1

        _make_operator(cluster)
        whole = Counter({"web": 2, "worker": 1, "sweeper": 1})
        until(lambda: _working(cluster, webs[0]) == whole, sentence="not all processes were seen")
        assert set(_system(cluster, webs[0])["brokerMessages"]) == {"default", "remote", "poll"}
        sweeper.stop()
        states = {one["kind"]: one["state"] for one in _system(cluster, webs[0])["processes"]}
        assert states["sweeper"] == "stopped"
        cluster.prove()


def _spans_of(execution: str, spans: list[Any]) -> dict[str, set[str]]:
    """Name of a span → the processes that wrote it; nothing until all that hang together are there."""
    mine = [
        (who, span) for who, span in list(spans) if uuid.UUID(bytes=span.trace_id) == uuid.UUID(execution)
    ]
    ids = {span.span_id for _, span in mine}
    roots = [span.name for _, span in mine if not span.parent_span_id]
    if roots != ["execution"] or any(span.parent_span_id not in {*ids, b""} for _, span in mine):
        return {}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for who, span in mine:
        found[span.name].add(who)
    return dict(found) if {"accept", "sandbox submit"} <= found.keys() else {}


def _make_operator(cluster: Cluster) -> None:
    code = "from accounts.models import User; User.objects.update(is_superuser=True)"
    done = manage(cluster.data, "shell", "-c", code, **cluster.settings)
    assert done.returncode == 0, done.stderr


def _system(cluster: Cluster, web: Server) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {cluster.key}"}
    answer = httpx.get(f"{web.url}/system.json", headers=headers, timeout=60, trust_env=False)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _working(cluster: Cluster, web: Server) -> Counter[str]:
    processes = _system(cluster, web)["processes"]
    return Counter(one["kind"] for one in processes if one["state"] == "working")
