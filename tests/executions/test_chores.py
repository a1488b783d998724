"""Chores are done each for itself."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from executions import chores


def breaks_off() -> None:
    raise KeyError("a mistake")


def is_away() -> None:
    raise OperationalError("server closed the connection unexpectedly")


def test_a_chore_that_breaks_off_is_logged_and_those_behind_it_are_done(monkeypatch, caplog):
    done: list[str] = []
    monkeypatch.setattr(chores, "CHORES", [breaks_off, lambda: done.append("the next")])
    chores.do_chores()
    assert done == ["the next"]
    assert f"The chore {__name__}.breaks_off broke off." in caplog.text
    assert "KeyError" in caplog.text


def test_a_round_ends_while_the_database_is_away(monkeypatch):
    done: list[str] = []
    monkeypatch.setattr(chores, "CHORES", [is_away, lambda: done.append("the next")])
    with pytest.raises(OperationalError):
        chores.do_chores()
    assert done == []
