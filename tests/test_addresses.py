"""Addresses that no database takes are refused at the door, by every page and route alike."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/media/%00", 404),
        ("/sign-in/link/%00", 404),
        ("/flow/a%00b", 404),
        ("/api/v1/workflows/%00", 404),
        ("/?q=%00", 400),
        ("/executions?status=%00", 400),
        ("/api/v1/workflows?search=%00", 400),
        ("/api/v1/workflows?search=%2500", 200),
    ],
)
def test_a_nul_in_an_address_is_refused(address, status, alice, signed_in):
    answer = signed_in(alice).get(address)
    assert answer.status_code == status
    if status >= 400:
        assert answer.headers["Content-Type"].startswith(
            "application/json" if address.startswith("/api/") else "text/html"
        )


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/templates/", "/templates"),
        ("/executions/?status=FAILED&q=%C3%BC", "/executions?status=FAILED&q=%C3%BC"),
        ("/settings//", "/settings"),
        ("/app/h%C3%BCte/", "/app/h%C3%BCte"),
        ("/tm%23/", None),
        ("/nothing/", None),
        ("/%2Ftemplates/", None),
        ("/%2Fexample.org/", None),
        ("/api/v1/workflows/", None),
    ],
)
def test_a_slash_behind_the_address_of_a_page_leads_to_the_page(address, place, alice, signed_in):
    answer = signed_in(alice).get(address)
    assert (answer.status_code, answer.get("Location")) == ((301, place) if place else (404, None))


def test_what_is_sent_to_an_address_with_a_slash_is_sent_nowhere_else(alice, signed_in):
    assert signed_in(alice).post("/executions/bulk/", {"do": "delete"}).status_code == 404
    assert signed_in(alice).get("/templates/", headers={"Accept": "application/json"}).status_code == 404
