"""Holds, settlements, releases and top-ups of one team race each other in two processes on PostgreSQL."""

from __future__ import annotations

import pytest

from tests import purse
from tests.service.conftest import Cluster

pytestmark = pytest.mark.service


def test_every_credit_is_accounted_for_after_a_race(cluster: Cluster):
    (before,) = cluster.ask(purse.WALLETS)
    told = purse.race(cluster.data, cluster.settings)
    (after,) = cluster.ask(purse.WALLETS)
    purse.prove(told, after, before=before)
    cluster.history.prove_ledger()
