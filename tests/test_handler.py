"""The one trip of a request to its thread, and what is streamed afterwards."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator

import pytest
from asgiref.testing import ApplicationCommunicator
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import path

from wireflow_ui.handler import OneTrip, seconds_for
from wireflow_ui.request_threads import RequestThreads

pytestmark = pytest.mark.asyncio
happened: list[str] = []


class Pieces:
    """Two pieces, or for ever; says when it was closed."""

    def __init__(self, count: int) -> None:
        self.count = count

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self.count):
            yield b"piece"
            await asyncio.sleep(0)

    def close(self) -> None:
        happened.append("closed")


def plain(request: HttpRequest) -> HttpResponse:
    happened.append(threading.current_thread().name)
    return HttpResponse(request.body[::-1], status=202, headers={"X-Own": "yes"})


def streamed(request: HttpRequest, count: int) -> HttpResponseBase:
    return StreamingHttpResponse(Pieces(count))


def slow(request: HttpRequest) -> HttpResponseBase:
    let_go.wait(120)
    return StreamingHttpResponse(Pieces(1))


let_go = threading.Event()
urlpatterns = [path("plain", plain), path("streamed/<int:count>", streamed), path("slow", slow)]


@pytest.fixture
def handler(settings: LazySettings) -> OneTrip:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    happened.clear()
    return OneTrip(RequestThreads(few=1))


def opened(handler: OneTrip, address: str, method: str = "GET") -> ApplicationCommunicator:
    return ApplicationCommunicator(
        handler, {"type": "http", "method": method, "path": address, "query_string": b"", "headers": []}
    )


async def test_a_request_is_answered_on_its_thread_between_the_two_signals(handler: OneTrip):
    def note(signal: object, **_: object) -> None:
        happened.append("started" if signal is request_started else "finished")

    request_started.connect(note)
    request_finished.connect(note)
    try:
        client = opened(handler, "/plain", "POST")
        await client.send_input({"type": "http.request", "body": b"ab", "more_body": True})
        await client.send_input({"type": "http.request", "body": b"cd"})
        start, body = await client.receive_output(10), await client.receive_output(10)
    finally:
        request_started.disconnect(note)
        request_finished.disconnect(note)
    assert (start["status"], body["body"]) == (202, b"dcba")
    assert (b"X-Own", b"yes") in start["headers"]
    assert happened == ["started", "request", "finished"]
    await client.wait(10)


async def test_a_client_that_leaves_before_its_body_is_there_is_not_answered(handler: OneTrip):
    client = opened(handler, "/plain", "POST")
    await client.send_input({"type": "http.request", "body": b"ab", "more_body": True})
    await client.send_input({"type": "http.disconnect"})
    await client.wait(10)
    assert (happened, client.output_queue.qsize()) == ([], 0)


async def test_a_streamed_answer_is_closed_when_all_is_sent(handler: OneTrip):
    client = opened(handler, "/streamed/2")
    await client.send_input({"type": "http.request", "body": b""})
    await client.wait(10)
    messages = [client.output_queue.get_nowait() for _ in range(client.output_queue.qsize())]
    assert b"".join(message.get("body", b"") for message in messages) == b"piecepiece"
    assert (messages[-1].get("more_body", False), happened) == (False, ["closed"])


async def test_a_streamed_answer_ends_and_is_closed_when_the_client_leaves(handler: OneTrip):
    client = opened(handler, "/streamed/1000000000")
    await client.send_input({"type": "http.request", "body": b""})
    assert (await client.receive_output(10))["status"] == 200
    await client.send_input({"type": "http.disconnect"})
    await client.wait(10)
    assert happened == ["closed"]


async def test_what_breaks_while_streaming_is_raised_after_closing(handler: OneTrip):
    async def send(message: dict[str, object]) -> None:
        happened.append(str(message["type"]))
        raise ConnectionResetError

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ConnectionResetError):
        await handler.stream(StreamingHttpResponse(Pieces(2)), receive, send)
    assert happened == ["http.response.start", "closed"]


async def test_who_waits_too_long_gets_503_and_what_comes_late_is_closed(
    handler: OneTrip, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("wireflow_ui.handler.seconds_for", lambda path: 0.05)
    let_go.clear()
    client = opened(handler, "/slow")
    await client.send_input({"type": "http.request", "body": b""})
    start, body = await client.receive_output(60), await client.receive_output(60)
    headers = dict(start["headers"])
    assert (start["status"], headers[b"Retry-After"]) == (503, b"5")
    told = json.loads(body["body"])
    assert (told["code"], told["type"], told["retryAfter"]) == ("timeout", "api_error", 5)
    let_go.set()
    async with asyncio.timeout(60):
        while happened != ["closed"]:
            await asyncio.sleep(0.01)


async def test_a_person_who_waits_too_long_gets_a_page(handler: OneTrip, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("wireflow_ui.handler.seconds_for", lambda path: 0.05)
    let_go.clear()
    client = opened(handler, "/slow")
    client.scope["headers"] = [(b"accept", b"text/html,application/xhtml+xml")]
    await client.send_input({"type": "http.request", "body": b""})
    start, body = await client.receive_output(60), await client.receive_output(60)
    assert (start["status"], dict(start["headers"])[b"Retry-After"]) == (503, b"5")
    assert "look whether it was, before you do it again." in body["body"].decode()
    assert b"Go to your workflows" in body["body"]
    let_go.set()


async def test_files_have_more_time_than_other_calls(settings: LazySettings):
    settings.REQUEST_SECONDS = 15
    assert [seconds_for(path) for path in ("/api/v1/workflows", "/", "/schedules")] == [15, 15, 15]
    forms = ("/workflows/w1/schedules/new", "/schedules/0f7d2f0e-6a51-4c7e-9d51-1f1f6f2a7c11")
    longer = ("/api/v1/media/upload", "/api/download", "/app/words", *forms)
    assert [seconds_for(path) for path in longer] == [60] * 5
