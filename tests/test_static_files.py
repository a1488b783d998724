"""Static files arrive whole under ASGI, in pieces where they are large, and without a warning."""

from __future__ import annotations

import warnings

import pytest
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory

from assets.serving import PIECE
from wireflow_ui.static_files import StaticFiles

CSS = (settings.BASE_DIR / "static" / "css" / "tokens.css").read_bytes()


@pytest.fixture(autouse=True)
def found_as_in_the_product(settings):
    settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture
def large(tmp_path, settings):
    content = bytes(range(256)) * (PIECE // 256 * 2 + 1)
    (tmp_path / "large.js").write_bytes(content)
    settings.STATICFILES_DIRS = [tmp_path]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    return content


def get(path: str, request_factory=AsyncRequestFactory, **headers):
    return StaticFiles(lambda request: HttpResponse(status=404))(request_factory().get(path, headers=headers))


def test_a_small_file_is_sent_at_once_with_its_type():
    answer = get("/static/css/tokens.css")
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, CSS, str(len(CSS)))
    assert answer.headers["Content-Type"] == 'text/css; charset="utf-8"'
    assert get("/static/css/nothing.css").status_code == 404


def test_the_whole_application_sends_them():
    answer = Client().get("/static/css/tokens.css")
    assert (answer.status_code, answer.content) == (200, CSS)


def test_a_browser_that_has_the_file_gets_304_and_no_type():
    etag = get("/static/css/tokens.css").headers["ETag"]
    answer = get("/static/css/tokens.css", **{"If-None-Match": etag})
    assert (answer.status_code, answer.content, "Content-Type" in answer.headers) == (304, b"", False)


def test_a_range_answers_206_with_exactly_its_bytes():
    answer = get("/static/css/tokens.css", Range="bytes=3-9")
    assert (answer.status_code, answer.content) == (206, CSS[3:10])
    assert answer.headers["Content-Range"] == f"bytes 3-9/{len(CSS)}"


def test_post_is_refused_and_head_sends_nothing():
    files = StaticFiles(lambda request: HttpResponse(status=404))
    assert files(RequestFactory().post("/static/css/tokens.css")).status_code == 405
    answer = files(RequestFactory().head("/static/css/tokens.css"))
    assert (answer.content, answer.headers["Content-Length"]) == (b"", str(len(CSS)))


@pytest.mark.asyncio
async def test_a_large_file_comes_in_pieces_without_a_warning(large):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        answer = get("/static/large.js")
        assert isinstance(answer, StreamingHttpResponse)
        pieces = [piece async for piece in answer]
    assert (b"".join(pieces), [len(piece) for piece in pieces]) == (large, [PIECE, PIECE, 256])
    answer.close()
