"""Alive and ready: ready names the part that is missing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection

from operations import parts


def test_alive_asks_for_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_says_which_part_is_missing(client, db, monkeypatch):
    monkeypatch.setattr(parts, "is_running", lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "unavailable",
        "checks": {"database": True, "channelLayer": True, "engine": False},
        "missing": {"engine": "The engine of this process has stopped. Start the server again."},
    }
    monkeypatch.setattr(parts, "is_running", lambda: True)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"], answer.json()["missing"]) == (200, "ok", {})


def test_a_database_that_is_away_is_a_missing_part(db, monkeypatch):
    def away(*_: object) -> None:
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        found = {part.name: part.problem for part in parts.parts()}
    assert (
        found["database"]
        == "The database does not answer. Nothing is accepted and nothing runs until it does."
    )
    assert found["channelLayer"] == ""


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError()])
def test_a_redis_that_is_away_or_silent_is_a_missing_part(db, monkeypatch, error):
    async def away(_layer: object) -> None:
        raise error

    monkeypatch.setattr(parts, "_say_nothing", away)
    found = {part.name: part.problem for part in parts.parts()}
    assert found["channelLayer"].startswith("Redis does not answer.")
    assert found["database"] == ""
