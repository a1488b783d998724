"""Who may read the figures, and that they are those of the database and of this process."""

from __future__ import annotations

import urllib.request
from urllib.error import HTTPError

import pytest
from django.test import RequestFactory
from prometheus_client.parser import text_string_to_metric_families

from telemetry import metrics, scrapes
from tests.executions.runs import prompt, start
from tests.operations.figures import TOKEN, values
from tests.processes import ROOT
from wireflow_ui.measured import Measured


def test_there_is_nothing_to_read_until_there_is_a_token(client, db):
    answer = client.get("/metrics")
    assert answer.status_code == 404
    assert "wireflow_" not in answer.text


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN} ", "Bearer é"]
)
def test_a_stranger_reads_nothing(client, db, counting, header):
    answer = client.get("/metrics", headers={"Authorization": header})
    assert (answer.status_code, answer.content) == (401, b"")


def test_what_waits_and_what_happened_are_on_one_page(client, alice, counting):
    start(alice, *prompt("a lighthouse"))
    metrics.swept({"lost": 2})
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    found = values(answer.text)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert found["wireflow_database_up", ""] == 1
    assert found["wireflow_queue_depth", "remote"] == 1
    assert found["wireflow_queue_depth", "poll"] == 0
    assert found["wireflow_queue_oldest_age_seconds", "remote"] >= 0
    assert (found["wireflow_leases", "held"], found["wireflow_leases", "expired"]) == (0, 0)
    assert found["wireflow_executions_running", ""] == 1
    assert found["wireflow_sweeps_total", ""] == 1
    assert found["wireflow_swept_total", "lost"] == 2
    assert found["wireflow_build_info", "server,1"] == 1


def test_every_figure_stands_in_the_guide(client, db, counting):
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    names = [
        family.name.removeprefix("wireflow_") + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(text)
        if family.name.startswith("wireflow_")
    ]
    assert len(names) == 26
    assert [name for name in names if f"`{name}`" not in guide] == []


def test_a_request_is_counted_under_its_route_and_never_under_its_address(counting):
    class Found:
        route = "media/<str:name>"

    def answer(request):
        from django.http import HttpResponse

        request.resolver_match = Found() if "media" in request.path else None
        return HttpResponse(status=204)

    measured = Measured(answer)
    measured(RequestFactory().get("/media/a-secret-name.png"))
    measured(RequestFactory().get("/no/such/page"))
    measured(RequestFactory().generic("BREW", "/media/a-pot"))
    registry = metrics.registry()
    assert registry is not None
    text = metrics.page(registry)[0].decode()
    found = values(text)
    assert found["wireflow_http_requests_total", "GET,/media/<str:name>,204"] == 1
    assert found["wireflow_http_requests_total", "GET,none,204"] == 1
    assert found["wireflow_http_requests_total", "other,/media/<str:name>,204"] == 1
    assert "secret" not in text


def test_a_port_of_its_own_asks_for_the_token_too(counting):
    server = scrapes.serve("127.0.0.1", 0, TOKEN)
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        with pytest.raises(HTTPError, match="401"):
            urllib.request.urlopen(f"{address}/metrics", timeout=10)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with pytest.raises(HTTPError, match="404"):
            urllib.request.urlopen(urllib.request.Request(f"{address}/", headers=headers), timeout=10)
        request = urllib.request.Request(f"{address}/metrics", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert "wireflow_build_info" in answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
