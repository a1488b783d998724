"""Pages in the place of what went wrong."""

from __future__ import annotations

from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory

from wireflow_ui import api


def test_a_request_that_cannot_be_read_is_answered_with_a_page():
    answer = api.bad_request(RequestFactory().get("/"), SuspiciousOperation())
    assert answer.status_code == 400
    assert b"This request cannot be read" in answer.content


def test_visiting_the_address_of_a_button_is_answered_with_a_page(client, db):
    answer = client.get("/sign-out")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert b"only takes what a button sends" in answer.content
    assert client.get("/sign-out", headers={"Accept": "application/json"}).content == b""
