"""Every refusal has one shape and a request id, wherever it arises."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from wireflow_ui import api
from wireflow_ui.body_limit import BodyLimit
from wireflow_ui.errors import NotFound, WireflowError

FAULTS = {
    "ours": WireflowError("Give it a name.", code="no_name", field="name"),
    "missing": Http404("No Workflow matches the given query."),
    "denied": PermissionDenied("secret reason"),
    "throttled": exceptions.Throttled(wait=41.5),
    "invalid": exceptions.ValidationError({"nodes": [{"id": ["This field is required."]}]}),
    "crash": RuntimeError("/srv/secret/path"),
    "database": OperationalError("could not connect to server"),
}


class FaultView(APIView):
    authentication_classes: list = []
    permission_classes: list = []

    def get(self, request: Request, name: str) -> Response:
        raise FAULTS[name]

    def post(self, request: Request, name: str) -> Response:
        return Response({"given": request.data, "at": datetime(2026, 11, 21, 7, 0, 0, 123456, UTC)})


def plain(request: HttpRequest, name: str) -> HttpResponse:
    raise FAULTS[name]


urlpatterns = [
    path("api/v1/faults/<str:name>", FaultView.as_view()),
    path("api/plain/<str:name>", plain),
    path("pages/<str:name>", plain),
]
handler400, handler403, handler404, handler500 = (
    api.bad_request,
    api.permission_denied,
    api.not_found,
    api.server_error,
)

pytestmark = pytest.mark.urls("tests.test_api_errors")


def body(error: str, code: str, kind: str = "invalid_request_error", **context: object) -> dict:
    return {"error": error, "code": code, "type": kind, **context}


EXPECTED = {
    "ours": (400, body("Give it a name.", "no_name", field="name")),
    "missing": (404, body("Not found", "not_found")),
    "denied": (403, body("Forbidden", "forbidden")),
    "throttled": (
        429,
        body("Too many requests. Please try again later.", "rate_limited", "rate_limit_error", retryAfter=42),
    ),
    "crash": (500, body("Internal server error", "internal_error", "api_error")),
    "database": (
        503,
        body(
            "The database does not answer right now. Try again in a moment.",
            "unavailable",
            "api_error",
            retryAfter=2,
        ),
    ),
}


@pytest.fixture
def client(db: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_fault_of_a_view_has_its_answer(client, name):
    answer = client.get(f"/api/v1/faults/{name}")
    assert (answer.status_code, answer.json()) == EXPECTED[name]
    assert answer.headers["X-Request-Id"].startswith("req_")
    assert answer.headers.get("Retry-After") == {"throttled": "42", "database": "2"}.get(name)


@pytest.mark.parametrize("name", ["ours", "missing", "denied", "crash", "database"])
def test_faults_beside_drf_have_the_same_answers(client, name):
    answer = client.get(f"/api/plain/{name}")
    assert (answer.status_code, answer.json()) == EXPECTED[name]
    assert answer.headers["X-Request-Id"].startswith("req_")


def test_invalid_fields_are_named_in_the_sentence(client):
    answer = client.get("/api/v1/faults/invalid")
    assert answer.status_code == 400
    assert answer.json() == body(
        "nodes.id: This field is required.",
        "invalid_request",
        fields={"nodes": [{"id": ["This field is required."]}]},
    )


def test_an_unknown_address_is_json_below_api_and_a_page_elsewhere(client, db):
    unknown = client.get("/api/v1/nothing")
    assert (unknown.status_code, unknown.json()) == (404, body("Not found", "not_found"))
    assert client.get("/nothing").headers["Content-Type"].startswith("text/html")
    assert client.get("/nothing", headers={"Accept": "application/json"}).json()["code"] == "not_found"


def test_a_page_without_a_database_is_a_503_to_be_tried_again(client):
    answer = client.get("/pages/database")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Retry-After" not in client.get("/pages/crash").headers


def test_pages_get_pages(client, db):
    for name, status in (("ours", 400), ("missing", 404), ("denied", 403), ("crash", 500)):
        answer = client.get(f"/pages/{name}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert answer.headers["X-Request-Id"].startswith("req_")
        assert b"/srv/secret" not in answer.content
    assert b"Give it a name." in client.get("/pages/ours").content
    crash = client.get("/pages/crash")
    assert crash.headers["X-Request-Id"] in crash.content.decode()


def test_a_wrong_method_names_the_right_ones(client):
    answer = client.put("/api/v1/faults/ours")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST, HEAD, OPTIONS")
    assert answer.json()["code"] == "method_not_allowed"


def test_a_crash_is_logged_once_with_its_request_id_and_tells_nothing(client, caplog):
    with caplog.at_level(logging.INFO):
        answer = client.get("/api/v1/faults/crash")
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert answer.headers["X-Request-Id"] in errors[0].getMessage()
    assert errors[0].exc_info[1] is FAULTS["crash"]


@pytest.mark.parametrize(
    "given",
    [b"[" * 5_000, b'"\\ud800"', b'"\\u0000"', b"1e999", b"9" * 30, b"{", b"\xff", b'{"a":1,"a":2}'],
)
def test_a_strange_body_is_a_400(client, given):
    answer = client.post("/api/v1/faults/ours", given, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


def test_another_content_type_is_a_415(client):
    answer = client.post("/api/v1/faults/ours", b"<a/>", content_type="text/xml")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_answers_are_compact_and_times_have_milliseconds(client):
    answer = client.post("/api/v1/faults/ours", {"a": "é"}, content_type="application/json")
    assert answer.content.decode() == '{"given":{"a":"é"},"at":"2026-11-21T07:00:00.123Z"}'


def test_every_answer_carries_the_security_headers(client, db):
    for address in ("/nothing", "/api/v1/faults/crash"):
        headers = client.get(address, headers={"Host": "localhost:8000"}).headers
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
        assert policy["connect-src"] == "'self' ws://localhost:8000 wss://localhost:8000"
        assert policy["frame-ancestors"] == "'none'"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_forged_host_is_refused_with_an_id(client, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    answer = client.get("/api/v1/nothing", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.headers["X-Request-Id"].startswith("req_")
    assert "evil" not in answer.headers["Content-Security-Policy"]


def test_another_name_of_the_host_is_told_what_allows_it(client, settings, caplog):
    settings.ALLOWED_HOSTS = ["localhost"]
    sentence = (
        "This server does not answer to the name box.lan. "
        "Whoever looks after it can add the name to ALLOWED_HOSTS."
    )
    answer = client.get("/api/v1/workflows", headers={"Host": "box.lan:8000"})
    assert (answer.status_code, answer.json()) == (400, body(sentence, "unknown_host"))
    page = client.get("/sign-in", headers={"Host": "box.lan"})
    assert (page.status_code, page.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert sentence in page.content.decode()
    assert [(one.getMessage(), one.exc_info) for one in caplog.records] == [
        ("Refused a request for the host 'box.lan', which is not in ALLOWED_HOSTS.", None)
    ] * 2


@pytest.mark.parametrize("path", ["/api/v1/workflows", "/sign-in"])
def test_a_host_that_is_no_name_is_not_repeated(client, settings, path):
    settings.ALLOWED_HOSTS = ["localhost"]
    answer = client.get(path, headers={"Host": "<script>alert(1)</script>"})
    assert answer.status_code == 400
    assert b"alert(1)" not in answer.content


# The outermost door, which speaks ASGI.

MB = 1024 * 1024


async def knock(path: str, chunks: list[bytes], **headers: str) -> tuple[int, dict, dict, list[bytes]]:
    """Status, headers, JSON body, and what reached the application behind the door."""
    reached: list[bytes] = []
    sent: list[dict] = []
    waiting = [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    ]

    async def application(scope, receive, send):
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size, more = size + len(message["body"]), message["more_body"]
        reached.append(size)
        length = dict(scope["headers"]).get(b"content-length", b"none").decode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps({"length": length}).encode()})

    async def receive():
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    await BodyLimit(application)(scope, receive, send)
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    got = {name.decode(): value.decode() for name, value in starts[0]["headers"]}
    assert got["x-request-id"].startswith("req_")
    return starts[0]["status"], got, json.loads(sent[-1]["body"]), reached


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "content_type", "allowed"),
    [
        ("/api/v1/workflows", "application/json", int(4.5 * MB)),
        ("/workflows/cm1/draft", "application/json", int(4.5 * MB)),
        ("/api/v1/media/upload", "multipart/form-data; boundary=x", 26 * MB),
        ("/api/v1/media/upload", "application/json", int(4.5 * MB)),
        ("/api/v1/workflow/whk_x/trigger", "application/json", MB),
        ("/sign-in", "application/x-www-form-urlencoded", MB),
        ("/workflows/w1/schedules/new", "multipart/form-data; boundary=x", 26 * MB),
        ("/schedules/0f7d2f0e-6a51-4c7e-9d51-1f1f6f2a7c11", "multipart/form-data; boundary=x", 26 * MB),
        ("/schedules/0f7d2f0e-6a51-4c7e-9d51-1f1f6f2a7c11/do", "application/x-www-form-urlencoded", MB),
    ],
)
async def test_a_body_may_be_so_large_and_not_a_byte_more(address, content_type, allowed):
    for length, expected in ((allowed, 200), (allowed + 1, 413)):
        for declared in ({"content_length": str(length)}, {}):
            status, _, answer, reached = await knock(
                address, [b"x" * length], content_type=content_type, **declared
            )
            assert (status, reached) == (expected, [length] if expected == 200 else [])
            if expected == 413:
                assert (answer["code"], answer["limitBytes"]) == ("too_large", allowed)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("address", "accept", "content_type"),
    [
        ("/assets", "text/html,*/*;q=0.8", "text/html; charset=utf-8"),
        ("/assets", "*/*", "application/json"),
        ("/api/v1/media/upload", "text/html,*/*;q=0.8", "application/json"),
    ],
)
async def test_whoever_sends_too_large_a_form_reads_a_sentence(address, accept, content_type):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"content-length", b"31457280"), (b"accept", accept.encode())]
    headers += [(b"host", b"here"), (b"referer", b"http://here/assets")]
    await BodyLimit(None)({"type": "http", "path": address, "headers": headers}, receive, send)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"content-type"].decode()) == (413, content_type)
    assert b"too large: this address takes up to" in sent[1]["body"]
    assert (b"Back to where you were" in sent[1]["body"]) is (content_type != "application/json")


@pytest.mark.asyncio
async def test_a_body_longer_than_it_said_is_stopped_while_it_arrives():
    status, _, answer, reached = await knock("/sign-in", [b"x" * MB, b"x"], content_length="5")
    assert (status, answer["code"], reached) == (413, "too_large", [])


@pytest.mark.asyncio
async def test_what_is_left_of_a_refused_body_is_dropped_before_the_answer():
    heard = []

    async def receive():
        heard.append(MB)
        return {"type": "http.request", "body": b"x" * MB, "more_body": len(heard) < 30}

    async def send(message):
        assert len(heard) == 30

    scope = {"type": "http", "path": "/api/v1/x", "headers": [(b"content-length", b"31457280")]}
    await BodyLimit(None)(scope, receive, send)


@pytest.mark.asyncio
async def test_a_body_without_a_length_gets_one():
    _, _, answer, reached = await knock("/api/v1/x", [b"ab", b"cd"], content_type="application/json")
    assert (answer, reached) == ({"length": "4"}, [4])
    _, _, answer, reached = await knock("/api/v1/x", [b""])
    assert (answer, reached) == ({"length": "none"}, [0])


@pytest.mark.asyncio
async def test_an_encoded_body_is_refused_unread():
    status, headers, answer, reached = await knock("/api/v1/x", [b"x"], content_encoding="gzip")
    assert (status, answer["code"], reached) == (415, "unsupported_media_type", [])
    assert headers["connection"] == "close"


def test_our_not_found_says_what_was_not_found():
    assert NotFound("Workflow not found").as_body() == body("Workflow not found", "not_found")
