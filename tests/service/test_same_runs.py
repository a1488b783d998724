"""Many press Run for the same at once, at two servers on PostgreSQL: one run is paid, the others are asked."""

from __future__ import annotations

import json

import pytest

from tests.graphs import chain
from tests.service.conftest import Cluster
from tests.service.crowds import at_once, statuses

pytestmark = pytest.mark.service


def test_of_ten_who_press_at_once_one_starts_it(cluster: Cluster):
    webs = cluster.webs(2)
    with webs[0].client(cluster.key) as client:
        workflow = cluster.workflow(client)
    body = {**chain(), "reuse": True, "unlessRunning": True}  # no worker runs, so nothing ends meanwhile
    answers = at_once(webs, cluster.key, 10, "POST", f"/workflows/{workflow}/execute", body)
    assert statuses(answers) == {201: 1, 409: 9}
    (run,) = cluster.ask("SELECT id FROM executions_execution")
    assert {json.loads(body)["executionId"] for _, _, body in answers} == {str(run["id"])}
    assert cluster.ask("SELECT count(*) AS n FROM credits_hold") == [{"n": 1}]
