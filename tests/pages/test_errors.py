"""Pages in the place of what went wrong."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import OperationalError
from django.test import RequestFactory

from tests.factories import make_user
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


@pytest.mark.parametrize("address", ["/workflows/nothing/settings", "/no-such-page"])
def test_what_is_not_there_leads_back_and_home(client, db, address):
    headers = {"Referer": "http://testserver/templates?q=fox", "Host": "testserver"}
    client.force_login(make_user("alice"))
    page = client.get(address, headers=headers)
    assert page.status_code == 404
    shown = page.content.decode()
    assert 'href="/templates?q=fox">Back to where you were' in shown
    assert 'href="/">Go to your workflows' in shown


def test_who_is_signed_out_is_led_to_the_door(client, db):
    page = client.get("/no-such-page")
    shown = page.content.decode()
    assert (page.status_code, 'href="/sign-in">Sign in' in shown) == (404, True)
    assert "Go to your workflows" not in shown and "Look in the history" not in shown


def test_what_a_role_may_not_leads_back(signed_in, alice, vera):
    headers = {"Referer": "http://testserver/templates", "Host": "testserver", "Accept": "text/html"}
    page = signed_in(vera).post("/templates/contact-sheet/use", headers=headers)
    assert page.status_code == 403
    assert 'href="/templates">Back to where you were' in page.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (OperationalError("away"), 503, "The server cannot answer just now"),
        (KeyError("x"), 500, "Something broke on our side"),
    ],
)
def test_what_broke_says_so_and_leads_back(error, status, words):
    request = RequestFactory().get("/usage", headers={"Referer": "http://here/", "Host": "here"})
    try:
        raise error
    except type(error):
        page = api.server_error(request)
    shown = page.content.decode()
    assert (page.status_code, words in shown, f">{status}<" in shown) == (status, True, True)
    assert 'href="/">Back to where you were' in shown
