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
