"""Holds, settlements, releases and top-ups of one team race each other in two processes on SQLite."""

from __future__ import annotations

import pytest

from tests import purse
from tests.chaos.conftest import House
from tests.processes import rows

pytestmark = pytest.mark.chaos


def test_every_credit_is_accounted_for_after_a_race(house: House):
    (before,) = rows(house.database, purse.WALLETS)
    told = purse.race(house.data, {})
    (after,) = rows(house.database, purse.WALLETS)
    purse.prove(told, after, before=before)
    house.history.prove_ledger()
